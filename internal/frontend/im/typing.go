package im

import (
	"time"

	"parley/internal/diag"
	"parley/internal/frontend"
	"parley/internal/wire/richtext"
)

// keyboardTime is how long a Lync client's notice counts: while its user types it sends one every few seconds, and it
// does not always tell the end.
const keyboardTime = 10 * time.Second

// composingRefresh is what standard devices are told about how long a notice counts; 60 s is the least (RFC 3994
// section 3.3).
const composingRefresh = 60 * time.Second

// direction is who types to whom.
type direction struct{ from, to string }

// typing is a user who types.
type typing struct {
	told time.Time // when standard devices were last told
	idle *time.Timer
}

// informed takes an INFO in a session: a typing notice, or news that matter to nobody here.
func (s *Service) informed(x *session, r *frontend.Request) {
	if t, err := richtext.ParseTyping(r.Body()); err == nil {
		t.Refresh = keyboardTime
		s.types(direction{x.key.user, x.key.peer}, t)
	}
	r.Reply(200, "", nil)
}

// typed takes a typing notice in a MESSAGE. It is no message: nothing is stored.
func (s *Service) typed(r *frontend.Request, from, to string) {
	body, err := richtext.Inflate(r.Get("Content-Encoding"), r.Body())
	var t richtext.Typing
	if err == nil {
		t, err = richtext.ParseTyping(body)
	}
	if err != nil {
		r.Refuse(diag.New(diag.FormatUnsupported, err))
		return
	}
	if _, o := s.reach(to); !o.ok() {
		o.answer(r)
		return
	}
	s.types(direction{from, to}, t)
	r.Reply(200, "", nil)
}

// types passes on that a user types, or no longer does.
func (s *Service) types(d direction, t richtext.Typing) {
	s.mu.Lock()
	known := s.typing[d]
	switch {
	case !t.Active:
		if known == nil {
			s.mu.Unlock()
			return
		}
		known.idle.Stop()
		delete(s.typing, d)
	case known == nil:
		known = &typing{}
		known.idle = time.AfterFunc(t.Refresh, func() { s.types(d, richtext.Typing{}) })
		s.typing[d] = known
	default:
		known.idle.Reset(t.Refresh)
	}
	standard := !t.Active || time.Since(known.told) > composingRefresh/2
	if standard && t.Active {
		known.told = time.Now()
	}
	s.mu.Unlock()
	s.notify(d, t, standard)
}

// notify tells the recipient's devices. Lync endpoints are told in the session that they have; a notice opens none.
func (s *Service) notify(d direction, t richtext.Typing, standard bool) {
	t.Refresh = composingRefresh
	devices := s.location.Lookup(d.to)
	for i := range devices {
		b := &devices[i]
		if isLync(b) {
			s.mu.Lock()
			x := s.sessions[sessionKey{user: d.to, peer: d.from, device: b.Key()}]
			s.mu.Unlock()
			if x == nil {
				continue
			}
			if req := x.request("INFO"); req != nil {
				req.SetBody(richtext.KeyboardType, t.Keyboard())
				s.sendQuietly(req, x.target)
			}
			continue
		}
		if standard {
			req := pageRequest(d.from, "", d.to, b)
			req.SetBody(richtext.ComposingType, t.Composing())
			s.sendQuietly(req, b.Target())
		}
	}
}

// wroteMessage ends the typing that a message ends by itself (RFC 3994 section 3.2): no idle notice follows.
func (s *Service) wroteMessage(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.typing[direction{from, to}]; known != nil {
		known.idle.Stop()
		delete(s.typing, direction{from, to})
	}
}

// stopTyping ends all timers.
func (s *Service) stopTyping() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d, known := range s.typing {
		known.idle.Stop()
		delete(s.typing, d)
	}
}
