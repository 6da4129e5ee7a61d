package im

import (
	"strings"
	"sync/atomic"
	"time"

	"parley/internal/diag"
	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/stack/dialog"
	"parley/internal/wire/richtext"
	"parley/internal/wire/sip"
)

// allowed are the methods that sessions know.
const allowed = "INVITE, ACK, CANCEL, BYE, MESSAGE, INFO, UPDATE, OPTIONS"

// firstText is the option of a 200 by which a client learns that the message in its INVITE was taken and must not be
// sent again.
const firstText = "ms-text-format"

// Invite takes an INVITE to a message session with a user.
func (s *Service) Invite(r *frontend.Request) {
	account, display, ok := from(r)
	if !ok {
		r.Reply(403, "From is not who signed in", nil)
		return
	}
	if reason := unsuitable(r); reason != "" {
		r.Reply(488, "", func(res *sip.Message) {
			fault := diag.New(diag.FormatUnsupported, nil)
			if r.Dialect == dialect.Lync {
				res.Add("ms-diagnostics", fault.Header(r.Host))
			}
			res.Add("Warning", "399 "+r.Host+" "+sip.Quote(reason))
		})
		return
	}
	to := r.Callee()
	tag := sip.NewTag()
	dlg, err := dialog.FromRequest(r.Message, tag)
	if err != nil {
		r.Reply(400, "", nil)
		return
	}
	x := &session{
		key: sessionKey{user: account, peer: to, device: s.deviceKey(account, r)}, tag: tag, flow: r.Flow, dialog: dlg,
		state: standing, used: time.Now(),
	}
	x.target.Flow = r.Flow
	part, embedded, err := richtext.BestEmbedded(append(r.Values("ms-im-format"), r.Values("ms-text-format")...)...)
	if err != nil {
		r.Refuse(diag.New(diag.FormatUnsupported, err))
		return
	}
	if !embedded {
		if _, o := s.reach(to); !o.ok() {
			o.answer(r)
			return
		}
		s.open(x, r, false)
		return
	}
	m, err := s.newMessage(account, display, to, part.ContentType, part.Body)
	if err != nil {
		r.Refuse(err)
		return
	}
	r.Reply(100, "", nil) // the recipient's client may take ten seconds
	var cancelled atomic.Bool
	r.Tx.OnCancel(func() {
		cancelled.Store(true)
		r.Reply(487, "", nil)
	})
	s.take(m, r.Message, "tf", func(o outcome) {
		switch {
		case cancelled.Load():
		case o.ok():
			s.open(x, r, true)
		default:
			o.answer(r)
		}
	})
}

// unsuitable says why a session cannot be had, or "".
func unsuitable(r *frontend.Request) string {
	if r.HasToken("Require", "com.microsoft.rtc-multiparty") || len(r.List("EndPoints")) > 2 {
		return "Conversations of more than two need a conference"
	}
	for line := range strings.Lines(r.BodyString()) {
		if media, ok := strings.CutPrefix(line, "m=message "); ok {
			if f := strings.Fields(media); len(f) >= 2 && !strings.EqualFold(f[1], "sip") {
				return "Send messages by MESSAGE requests, " + f[1] + " is not supported"
			}
		}
	}
	return ""
}

// deviceKey is the registration that a request's sender uses, so that what others write to it finds the session.
func (s *Service) deviceKey(account string, r *frontend.Request) string {
	for _, b := range s.location.Lookup(account) {
		if b.Flow != nil && r.Flow != nil && b.Flow.ID() == r.Flow.ID() || b.Epid != "" && "epid:"+b.Epid == device(r.Message) {
			return b.Key()
		}
	}
	return device(r.Message)
}

// open accepts an endpoint's INVITE. taken says that the message in it was delivered.
func (s *Service) open(x *session, r *frontend.Request, taken bool) {
	s.mu.Lock()
	s.tags[x.tag] = x
	// A newer session takes the place of one that stands; one that we are opening keeps its waiting messages and its place.
	if old := s.sessions[x.key]; old == nil || !old.isInviting() {
		if old != nil {
			delete(s.tags, old.tag)
		}
		s.sessions[x.key] = x
	}
	s.mu.Unlock()
	res := s.accepted(x, r)
	if taken {
		res.Add("Supported", firstText)
	}
	r.Tx.OnAck(func(*sip.Message) {})
	x.mu.Lock()
	x.tx = r.Tx
	x.mu.Unlock()
	if err := r.Tx.Answer(res, func() { s.bye(x) }); err != nil {
		s.forgetSession(x)
	}
}

func (x *session) isInviting() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state == inviting
}

// accepted is the success response to an INVITE in a session.
func (s *Service) accepted(x *session, r *frontend.Request) *sip.Message {
	res := sip.NewResponse(r.Message, 200, "")
	res.SetTag(x.tag)
	res.Add("Contact", contact(r.Flow))
	res.Add("Allow", allowed)
	res.SetBody("application/sdp", description(r.Flow, x.key.peer))
	return res
}
