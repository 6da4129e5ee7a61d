package frontend

import (
	"parley/internal/dialect"
	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

// Deregister tells a Lync-dialect device that it has been signed out, so that it says so instead of trying again. why is
// "unregistered" (signed in elsewhere), "rejected" (not allowed any more) or "deactivated" (moved). Standard endpoints
// learn of it from the answer to their next request.
func (s *Server) Deregister(b *Binding, why string) {
	if b.Dialect != dialect.Lync || b.Flow == nil {
		return
	}
	m := sip.NewRequest("BENOTIFY", b.URI())
	m.Add("From", "<sip:"+b.Account+">;tag="+sip.NewTag())
	to := "<sip:" + b.Account + ">"
	if b.Epid != "" {
		to += ";epid=" + b.Epid
	}
	m.Add("To", to)
	m.Add("Call-ID", sip.NewCallID())
	m.Add("CSeq", "1 BENOTIFY")
	m.Add("Event", "registration-notify")
	m.Add("subscription-state", "terminated;expires=0")
	m.SetBody("text/registration-event", []byte("deregistered;event="+why))
	// A BENOTIFY is never answered, so there is no transaction to wait for.
	if err := s.config.Layer.Send(m, transaction.Target{Flow: b.Flow}); err != nil {
		s.log.Info("cannot tell a device that it was signed out", "user", b.Account, "error", err)
	}
}
