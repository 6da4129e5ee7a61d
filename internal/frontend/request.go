package frontend

import (
	"cmp"
	"log/slog"

	"parley/internal/diag"
	"parley/internal/dialect"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Request is a request whose sender is known. The service that gets it must answer it, at once or later, without
// blocking.
type Request struct {
	*sip.Message
	Tx      *transaction.ServerTx
	Flow    transport.Flow
	User    string       // account "user@domain" of the authenticated sender; "" when nobody had to sign in
	Dialect dialect.Kind // of the sender
	Host    string       // our name, for ms-diagnostics
	// ServiceRoute is, for a REGISTER, the Route by which the sender's requests reach us (RFC 3608).
	ServiceRoute string

	callee string // the account behind a temporary GRUU
	log    *slog.Logger
}

// Service handles requests of one kind.
type Service func(*Request)

// Reply answers with a status, the registered phrase for an empty reason, and the fields that edit adds (it may be nil).
// The To tag is a new one; a dialog's own goes in by edit.
func (r *Request) Reply(code int, reason string, edit func(res *sip.Message)) {
	r.reply(code, reason, nil, edit)
}

func (r *Request) reply(code int, reason string, why error, edit func(res *sip.Message)) {
	res := sip.NewResponse(r.Message, code, reason)
	if edit != nil {
		edit(res)
	}
	if code > 100 {
		res.SetTag(sip.NewTag())
	}
	r.logRefusal(code, reason, why)
	r.Tx.Respond(res)
}

// logRefusal tells the administrator of a request that was not acted upon. Users who are away or do not want to be called, and
// challenges, are everyday business.
func (r *Request) logRefusal(code int, reason string, err error) {
	if r.log == nil || code < 400 {
		return
	}
	switch code {
	case 401, 407, 408, 480, 481, 486, 487, 491, 603:
		return
	}
	reason = cmp.Or(reason, sip.StatusText(code))
	if err != nil {
		reason = err.Error()
	}
	r.log.Info("request refused", "method", r.Method(), "status", code, "user", r.User, "peer", r.Flow.Remote().String(),
		"to", r.RequestURI(), "event", r.Get("Event"), "reason", reason)
}

// Refuse answers with what err tells the sender: the status and public text of its [diag.Fault], with the diagnostics
// field of the sender's dialect. Other errors are internal ones, of which the sender learns nothing.
func (r *Request) Refuse(err error) {
	fault := diag.Of(err)
	r.reply(fault.SIP, "", fault, func(res *sip.Message) {
		if r.Dialect == dialect.Lync {
			res.Add("ms-diagnostics", fault.Header(r.Host))
			res.Add("ms-diagnostics-public", fault.Header(r.Host))
			return
		}
		res.Add("Reason", fault.ReasonHeader())
		res.Add("Warning", `399 `+r.Host+` `+sip.Quote(fault.Public))
	})
}

// Callee is the account that the Request-URI names.
func (r *Request) Callee() string {
	if r.callee != "" {
		return r.callee
	}
	u, err := sip.ParseURI(r.RequestURI())
	if err != nil {
		return ""
	}
	return u.Account()
}
