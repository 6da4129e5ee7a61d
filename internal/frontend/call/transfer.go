package call

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/wire/sip"
)

// partingTime is how long who transferred a call may take to hang up before we do.
const partingTime = 5 * time.Second

// transfer is a REFER that is being carried out (RFC 5589). It ends here: who is transferred hears a re-INVITE at the
// most, so that endpoints of either dialect can be transferred by either.
type transfer struct {
	call  *call
	by    *leg // who asked; state ended when they have hung up meanwhile
	stays *leg
	quiet bool // no NOTIFY is wanted (RFC 4488)
	told  int  // last status told
}

// serveRefer takes a REFER in the dialog.
func (l *leg) serveRefer(r *frontend.Request) {
	c := l.call
	o := c.other(l)
	to, err := sip.ParseAddr(r.Get("Refer-To"))
	switch {
	case err != nil || len(r.List("Refer-To")) != 1 || to.URI.Scheme != "sip" && to.URI.Scheme != "sips":
		l.respond(r, 400) // RFC 3515 section 2.4.2
		return
	case o == nil || l.state != talking || c.moving != nil || o.offering != nil:
		l.respond(r, 491)
		return
	}
	t := &transfer{call: c, by: l, stays: o, quiet: strings.EqualFold(r.Get("Refer-Sub"), "false")}
	if replaced := replacesOf(to.URI); replaced != "" {
		t.attended(r, replaced)
		return
	}
	devices, known := c.svc.devices(to.URI)
	if !known || len(devices) == 0 {
		code := 404
		if known {
			code = 480
		}
		t.accept(r)
		t.notify(code, "")
		return
	}
	t.accept(r)
	c.moving, c.rung, c.redirects = t, nil, 0
	c.noAnswer = c.after(c.svc.Limits.NoAnswer, func() {
		if c.moving != t {
			return
		}
		for _, f := range c.forks {
			f.hangUp(dialect.Ended(480, "No answer"))
		}
		c.forks = nil
		t.refused(dialect.Failure{Code: 480, Text: "No answer"})
	})
	c.ring(devices, o)
}

// accept answers the REFER.
func (t *transfer) accept(r *frontend.Request) {
	res := sip.NewResponse(r.Message, 202, "Accepted")
	res.Add("Contact", t.by.contact())
	if t.quiet {
		res.Add("Refer-Sub", "false")
	}
	_ = r.Tx.Respond(res)
	t.notify(100, "Trying")
}

// notify tells who asked how the transfer gets on (RFC 3515 section 2.4.5).
func (t *transfer) notify(code int, reason string) {
	if t.quiet || t.by.state != talking || t.by.leaving || code == t.told {
		return
	}
	t.told = code
	if reason == "" {
		reason = sip.StatusText(code)
	}
	m := t.by.dialog.Request("NOTIFY")
	m.Add("Contact", t.by.contact())
	m.Add("Event", "refer")
	state := "active;expires=60"
	if code >= 200 {
		state = "terminated;reason=noresource"
	}
	m.Add("Subscription-State", state)
	m.SetBody("message/sipfrag;version=2.0", fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", code, reason))
	t.by.send(m, func(*sip.Message, error) {})
}

func (t *transfer) progress(code int, reason string) {
	if code > 100 && code != 199 {
		t.notify(code, reason)
	}
}

// answered connects who stays with the target that answered.
func (t *transfer) answered(l *leg) {
	c := t.call
	c.moving = nil
	c.exchange(t.by, l)
	l.setTalking(true)
	t.connect(l)
}

// exchange puts a leg in the place of another.
func (c *call) exchange(gone, comes *leg) {
	if c.caller == gone {
		c.caller = comes
	} else {
		c.callee = comes
	}
	gone.setTalking(false)
	c.past = append(c.past, gone)
}

// connect offers who stays what the target has, and lets who asked go.
func (t *transfer) connect(l *leg) {
	c := t.call
	fail := func(f dialect.Failure) {
		t.notify(f.Code, "")
		t.part()
		c.abort(f, "server", "transfer failed")
	}
	if err := t.stays.propose(l); err != nil {
		fail(dialect.Failure{Code: 488, Text: err.Error()})
		return
	}
	t.stays.reoffer(func(f *dialect.Failure) {
		if c.over {
			return
		}
		if f != nil {
			fail(*f)
			return
		}
		c.bridge(t.stays, l)
		l.finalIfConnected()
		t.notify(200, "OK")
		if t.by.state == talking {
			c.after(partingTime, t.part)
		}
	})
}

// part hangs up who asked, if they have not done so.
func (t *transfer) part() { t.by.hangUp(dialect.Ended(200, "Transferred")) }

// refused leaves the call as it was.
func (t *transfer) refused(f dialect.Failure) {
	c := t.call
	c.moving, c.failed = nil, false
	if c.noAnswer != nil {
		c.noAnswer.Stop()
	}
	t.notify(f.Code, "")
	if t.by.state == ended {
		c.abort(f, "server", "transfer failed")
	}
}

// leftBy takes the BYE of a leg while the target rings. True means that the call goes on without it.
func (t *transfer) leftBy(l *leg) bool {
	if l == t.by {
		l.setTalking(false)
		return true
	}
	t.notify(487, "")
	t.part()
	return false
}

// replacesOf returns the Replaces value in the headers of a Refer-To URI (RFC 3891).
func replacesOf(u sip.URI) string {
	for _, h := range strings.Split(u.Headers, "&") {
		name, value, _ := strings.Cut(h, "=")
		if strings.EqualFold(name, "Replaces") {
			if text, err := url.PathUnescape(value); err == nil {
				return text
			}
		}
	}
	return ""
}
