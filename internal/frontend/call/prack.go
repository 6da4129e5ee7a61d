package call

import (
	"fmt"
	"time"

	"parley/internal/dialect"
	"parley/internal/stack/dialog"
	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

// reliable is a caller's provisional responses that are repeated until their PRACK (RFC 3262 section 3).
type reliable struct {
	sequence  uint32 // RSeq of the last
	waiting   bool   // for its PRACK
	described bool   // it has a description
	next      func() // what to send once it is there
	repeat    *time.Timer
	rang      int // the last status that the caller was sent
}

// ringBack tells the caller how the call gets on: 180, or 183 with the description of early media. It goes reliably when
// the caller requires that, or supports it and a description is in it.
func (l *leg) ringBack(code int, body []byte) {
	p := &l.reliable
	if l.state != ringing || p.rang == code && body == nil || p.rang == 183 && code == 180 && l.kind == dialect.Lync {
		return
	}
	if p.waiting {
		p.next = func() { l.ringBack(code, body) }
		return
	}
	p.rang = code
	res := sip.NewResponse(l.request, code, "")
	res.SetTag(l.tag)
	res.Add("Contact", l.contact())
	res.Add("Allow", allow)
	res.Add("Server", userAgent)
	if body != nil {
		res.SetBody("application/sdp", body)
	}
	if l.request.HasToken("Require", "100rel") || body != nil && l.supports["100rel"] {
		p.sequence++
		p.waiting, p.described = true, body != nil
		res.Add("Require", "100rel")
		res.Add("RSeq", number(int(p.sequence)))
		l.repeatProvisional(res, transaction.T1)
	}
	_ = l.server.Respond(res.Clone())
}

func (l *leg) repeatProvisional(res *sip.Message, wait time.Duration) {
	if wait >= 64*transaction.T1 { // the waits so far make that up (RFC 3262 section 3)
		l.call.fail(dialect.Failure{Code: 504, Text: "No PRACK"})
		return
	}
	l.reliable.repeat = l.call.after(wait, func() {
		if l.reliable.waiting && l.state == ringing {
			_ = l.server.Respond(res.Clone())
			l.repeatProvisional(res, 2*wait)
		}
	})
}

func (l *leg) stopReliable() {
	l.reliable.waiting, l.reliable.next = false, nil
	if l.reliable.repeat != nil {
		l.reliable.repeat.Stop()
	}
}

// acknowledgeProvisional sends the PRACK that a device's reliable provisional response asks for. It returns false for a
// repetition, which has been acted upon.
func (l *leg) acknowledgeProvisional(res *sip.Message) bool {
	if l.dialog == nil {
		if d, err := dialog.FromResponse(l.request, res); err == nil {
			l.begins(d)
		}
	}
	var sequence uint32
	if _, err := fmt.Sscanf(res.Get("RSeq"), "%d", &sequence); err != nil || !res.HasToken("Require", "100rel") || l.dialog == nil {
		return true
	}
	if sequence <= l.reliable.sequence {
		return false
	}
	l.reliable.sequence = sequence
	m := l.dialog.Request("PRACK")
	m.Add("RAck", fmt.Sprintf("%d %d INVITE", sequence, 1))
	l.send(m, func(*sip.Message, error) {})
	return true
}
