package call

import (
	"strings"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

// serveInfo takes an INFO: digits of endpoints that have no RFC 4733 go into the other side's media.
func (l *leg) serveInfo(r *frontend.Request) {
	digit, ok := digitOf(r.MediaType(), r.BodyString())
	if !ok {
		code := 200
		if len(r.Body()) > 0 {
			code = 415
		}
		l.respond(r, code)
		return
	}
	o := l.call.other(l)
	if o == nil {
		l.respond(r, 480)
		return
	}
	for st, m := range o.session.media {
		if st.kind != "audio" {
			continue
		}
		if err := m.SendDigit(digit); err != nil {
			l.passInfo(r, o, err)
			return
		}
		o.changed(dialect.Change{What: "INFO", From: r.MediaType(), To: dialect.TelephoneEvent, Reason: "digits travel in the media of the other side (RFC 4733)"})
		l.respond(r, 200)
		return
	}
	l.respond(r, 480)
}

// passInfo hands a digit on as it came, to an endpoint that agreed on no telephone-event: a standard one knows INFO perhaps.
func (l *leg) passInfo(r *frontend.Request, o *leg, why error) {
	if o.kind == dialect.Lync || o.state != talking {
		l.call.log.Info("a digit could not be passed", "user", l.user, "error", why)
		l.respond(r, 488)
		return
	}
	m := o.dialog.Request("INFO")
	m.SetBody(r.Get("Content-Type"), r.Body())
	o.send(m, func(res *sip.Message, err error) {
		code := transaction.FailureCode(err)
		if err == nil {
			code = res.StatusCode()
		}
		l.respond(r, code)
	})
}

// digitOf reads the two bodies that telephones send digits in: application/dtmf-relay with Signal= and Duration=, and
// application/dtmf with the digit alone.
func digitOf(kind, body string) (byte, bool) {
	switch kind {
	case "application/dtmf":
	case "application/dtmf-relay":
		for line := range strings.Lines(body) {
			name, value, ok := strings.Cut(line, "=")
			if ok && strings.EqualFold(strings.TrimSpace(name), "Signal") {
				body = value
			}
		}
	default:
		return 0, false
	}
	body = strings.ToUpper(strings.TrimSpace(body))
	switch body {
	case "10":
		body = "*"
	case "11":
		body = "#"
	}
	if len(body) != 1 || !strings.Contains("0123456789*#ABCD", body) {
		return 0, false
	}
	return body[0], true
}
