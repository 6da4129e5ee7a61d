package im

import (
	"errors"

	"parley/internal/diag"
	"parley/internal/frontend"
	"parley/internal/stack/dialog"
	"parley/internal/wire/sip"
)

// inDialog takes a request of an endpoint in its session.
func (s *Service) inDialog(r *frontend.Request, x *session) {
	account, display, ok := from(r)
	if !ok || account != x.key.user {
		r.Reply(403, "From is not who signed in", nil)
		return
	}
	x.mu.Lock()
	if x.state != standing {
		x.mu.Unlock()
		r.Refuse(diag.New(diag.ConversationUnknown, nil))
		return
	}
	// Order is not enforced: pidgin-sipe starts to count again after the ACK, and a repeated number is told by the arrival.
	err := x.dialog.Receive(r.Message)
	x.mu.Unlock()
	if errors.Is(err, dialog.ErrForeign) {
		r.Refuse(diag.New(diag.ConversationUnknown, err))
		return
	}
	switch r.Method() {
	case "MESSAGE":
		s.wrote(x, r, display)
	case "INFO":
		s.informed(x, r)
	case "BYE":
		s.forgetSession(x)
		x.fail(refused(diag.Undelivered, errors.New("the client ended the session")))
		r.Reply(200, "", nil)
	case "INVITE": // a refresh; the answer is what it was
		x.mu.Lock()
		x.tx = r.Tx
		x.mu.Unlock()
		r.Tx.OnAck(func(*sip.Message) {})
		if err := r.Tx.Answer(s.accepted(x, r), nil); err != nil {
			s.log.Debug("session refresh not answered", "error", err)
		}
	case "UPDATE", "OPTIONS":
		r.Reply(200, "", func(res *sip.Message) {
			res.Add("Contact", contact(r.Flow))
			res.Add("Allow", allowed)
		})
	default:
		r.Reply(405, "", func(res *sip.Message) { res.Add("Allow", allowed) })
	}
}

// wrote takes a message in a session.
func (s *Service) wrote(x *session, r *frontend.Request, display string) {
	if !s.exists(x.key.peer) {
		refused(diag.UserNotFound, nil).answer(r)
		return
	}
	m, err := s.newMessage(x.key.user, display, x.key.peer, r.Get("Content-Type"), r.Body())
	if err != nil {
		r.Refuse(err)
		return
	}
	s.take(m, r.Message, "MESSAGE", func(o outcome) { o.answer(r) })
}
