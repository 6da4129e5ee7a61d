package call

import (
	"fmt"
	"testing"
	"time"

	"parley/internal/dialect"
	"parley/internal/wire/sip"
)

// A device that redirects to another user of this server makes that user ring.
func TestRedirectionIsFollowed(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b, c := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard), w.phone("carol", dialect.Lync)
		a.call("bob", a.sdp(4000))
		b.redirect(b.request("INVITE"), 302, "<sip:carol@parley.test>")
		b.request("ACK")
		inv := c.request("INVITE")
		has(t, inv, "From: <sip:alice@parley.test>", "To: <sip:carol@parley.test>")
		c.reply(inv, 200, c.sdp(5000))
		c.request("ACK")
		a.response(200)
		a.ack("")
		a.send("BYE", "", "")
		a.response(200)
		c.reply(c.request("BYE"), 200, "")
		if r := w.record(); r.Outcome != Answered || r.Callee != "bob@parley.test" || r.Legs[1].User != "carol@parley.test" {
			t.Errorf("record %+v", r)
		}
	})
}

// Other devices of the user go on ringing while one redirects.
func TestRedirectionBesideRinging(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b1, b2, c := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("carol", dialect.Standard)
		a.call("bob", a.sdp(4000))
		b1.redirect(b1.request("INVITE"), 302, "<sip:carol@parley.test>")
		b1.request("ACK")
		c.reply(c.request("INVITE"), 486, "")
		c.request("ACK")
		a.silent(time.Second)
		b2.reply(b2.request("INVITE"), 200, b2.sdp(5000))
		b2.request("ACK")
		a.response(200)
	})
}

// Redirections end: a device is rung once, and a chain has a limit.
func TestRedirectionsEnd(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b, c := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("carol", dialect.Standard)
		a.call("bob", a.sdp(4000))
		b.redirect(b.request("INVITE"), 302, "<sip:carol@parley.test>")
		b.request("ACK")
		c.redirect(c.request("INVITE"), 302, "<sip:bob@parley.test>")
		c.request("ACK")
		has(t, a.response(482), "Redirected in a circle")
	})
	inWorld(t, Limits{}, func(w *world) {
		a := w.phone("alice", dialect.Standard)
		var chain []*phone
		for i := range maxRedirects + 2 {
			chain = append(chain, w.phone(fmt.Sprintf("user%d", i), dialect.Standard))
		}
		a.call("user0", a.sdp(4000))
		for i, p := range chain[:maxRedirects+1] {
			p.redirect(p.request("INVITE"), 302, fmt.Sprintf("<sip:user%d@parley.test>", i+1))
			p.request("ACK")
		}
		a.response(482)
		chain[maxRedirects+1].silent(time.Second)
	})
}

// What leads out of this server is the caller's to follow; a Lync-dialect caller, who would not, is told in words.
func TestRedirectionElsewhereIsPassedOn(t *testing.T) {
	const contacts = "<sip:nobody@parley.test>;q=0.2, <tel:+3222220001>;q=0.9"
	for name, tt := range map[string]struct {
		caller dialect.Kind
		code   int
		want   []string
	}{
		"standard": {dialect.Standard, 302, []string{"Contact: <tel:+3222220001>;q=0.9\r\nContact: <sip:nobody@parley.test>;q=0.2\r\n"}},
		"Lync":     {dialect.Lync, 480, []string{`ms-diagnostics: 90100;reason="302 Moved Temporarily to <tel:+3222220001>;q=0.9"`, "!Contact"}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a, b := w.phone("alice", tt.caller), w.phone("bob", dialect.Standard)
				a.call("bob", a.sdp(4000))
				inv := b.request("INVITE")
				b.redirect(inv, 302, contacts)
				b.request("ACK")
				has(t, a.response(tt.code), tt.want...)
			})
		})
	}
	inWorld(t, Limits{}, func(w *world) { // a user of ours without devices
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		b.redirect(b.request("INVITE"), 302, "<sip:dave@parley.test>")
		b.request("ACK")
		has(t, a.response(480), "Redirected to nobody who is signed in")
	})
	inWorld(t, Limits{}, func(w *world) { // 305 names a proxy, not a user (RFC 3261 section 21.3.4)
		a, b, c := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("carol", dialect.Standard)
		a.call("bob", a.sdp(4000))
		b.redirect(b.request("INVITE"), 305, "<sip:carol@parley.test>")
		b.request("ACK")
		a.response(305)
		c.silent(time.Second)
	})
}

// redirect answers an INVITE with other targets.
func (p *phone) redirect(m *sip.Message, code int, contacts string) {
	p.t.Helper()
	res := sip.NewResponse(m, code, "")
	res.SetTag(p.tag)
	res.Add("Contact", contacts)
	if err := p.end.Send(res.Bytes()); err != nil {
		p.t.Fatal(err)
	}
}
