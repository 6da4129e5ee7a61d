package call

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
)

// sipfrag waits for a NOTIFY and returns the status line in it.
func (p *phone) sipfrag() string {
	p.t.Helper()
	n := p.request("NOTIFY")
	has(p.t, n, "Event: refer", "Content-Type: message/sipfrag;version=2.0")
	p.reply(n, 200, "")
	return strings.TrimSpace(n.BodyString())
}

func TestBlindTransfer(t *testing.T) {
	for _, kind := range []dialect.Kind{dialect.Lync, dialect.Standard} {
		t.Run("to "+kind.String(), func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a, b, c := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("carol", kind)
				talk(a, b)
				b.send("REFER", "", "", "Refer-To", "<sip:carol@parley.test>")
				b.response(202)
				if got := b.sipfrag(); got != "SIP/2.0 100 Trying" {
					t.Errorf("%q", got)
				}
				inv := c.request("INVITE")
				has(t, inv, "From: <sip:alice@parley.test>") // who is transferred calls
				c.reply(inv, 180, "")
				if got := b.sipfrag(); got != "SIP/2.0 180 Ringing" {
					t.Errorf("%q", got)
				}
				c.reply(inv, 200, c.sdp(6000))
				c.request("ACK")
				re := a.request("INVITE")
				a.reply(re, 200, a.sdp(4000))
				a.request("ACK")
				if got := b.sipfrag(); got != "SIP/2.0 200 OK" {
					t.Errorf("%q", got)
				}
				synctest.Wait()
				if got := w.media.bridges[len(w.media.bridges)-1]; got != "caller+callee-2" {
					t.Errorf("bridge %q", got)
				}
				bye := b.request("BYE") // it did not hang up itself
				has(t, bye, "Transferred")
				b.reply(bye, 200, "")
				c.send("BYE", "", "")
				c.response(200)
				a.reply(a.request("BYE"), 200, "")
				r := w.record()
				if len(r.Legs) != 3 || r.Legs[1].User != "carol@parley.test" || r.Legs[2].User != "bob@parley.test" {
					t.Errorf("legs %+v", r.Legs)
				}
			})
		})
	}
}

func TestTransferorHangsUpAtOnce(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b, c := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard), w.phone("carol", dialect.Standard)
		talk(a, b)
		b.send("REFER", "", "", "Refer-To", "sip:carol@parley.test", "Refer-Sub", "false")
		has(t, b.response(202), "Refer-Sub: false")
		b.send("BYE", "", "")
		b.response(200)
		inv := c.request("INVITE")
		a.silent(time.Second)
		c.reply(inv, 200, c.sdp(6000))
		c.request("ACK")
		re := a.request("INVITE")
		a.reply(re, 200, a.sdp(4000))
		a.request("ACK")
		c.silent(time.Second)
		a.send("BYE", "", "")
		a.response(200)
		c.reply(c.request("BYE"), 200, "")
	})
}

func TestTransferRefused(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b, c := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("carol", dialect.Standard)
		talk(a, b)
		b.send("REFER", "", "", "Refer-To", "<sip:carol@parley.test>")
		b.response(202)
		b.sipfrag()
		c.reply(c.request("INVITE"), 486, "")
		c.request("ACK")
		if got := b.sipfrag(); got != "SIP/2.0 486 Busy Here" {
			t.Errorf("%q", got)
		}
		b.send("REFER", "", "", "Refer-To", "<sip:nobody@parley.test>")
		b.response(202)
		b.sipfrag()
		if got := b.sipfrag(); got != "SIP/2.0 404 Not Found" {
			t.Errorf("%q", got)
		}
		b.send("REFER", "", "", "Refer-To", "<tel:+123>")
		b.response(400)
		a.silent(time.Second) // the call goes on
		a.send("BYE", "", "")
		a.response(200)
		b.request("BYE")
	})
}

// Bob talks to Alice, consults Carol, and connects the two.
func TestAttendedTransfer(t *testing.T) {
	for _, kind := range []dialect.Kind{dialect.Lync, dialect.Standard} {
		t.Run("to "+kind.String(), func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a, b, c := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("carol", kind)
				talk(a, b)
				first := *b
				b.cseq, b.callID, b.tag = 0, "consultation", "consult"
				talk(b, c)
				second := *b
				_, ours, _ := strings.Cut(second.to, "tag=")
				*b = first
				b.send("REFER", "", "", "Refer-To", "<sip:carol@parley.test?Replaces=consultation%3Bto-tag%3D"+ours+"%3Bfrom-tag%3Dconsult>")
				b.response(202)
				b.sipfrag()
				b.reply(b.request("BYE"), 200, "") // of the consultation
				re := c.request("INVITE")
				c.reply(re, 200, c.sdp(6000))
				c.request("ACK")
				re = a.request("INVITE")
				a.reply(re, 200, a.sdp(4000))
				a.request("ACK")
				if got := b.sipfrag(); got != "SIP/2.0 200 OK" {
					t.Errorf("%q", got)
				}
				b.reply(b.request("BYE"), 200, "")
				a.send("BYE", "", "")
				a.response(200)
				c.reply(c.request("BYE"), 200, "")
				synctest.Wait()
				if len(w.records) != 2 || w.records[0].Reason != "transferred" {
					t.Errorf("records %+v", w.records)
				}
				if w.svc.talking["bob@parley.test"] != 0 || w.svc.talking["carol@parley.test"] != 0 {
					t.Errorf("talking %v", w.svc.talking)
				}
			})
		})
	}
}

// Alice takes her call over on another device.
func TestInviteWithReplaces(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		talk(a, b)
		_, ours, _ := strings.Cut(a.to, "tag=")
		replaces := a.callID + ";to-tag=" + ours + ";from-tag=" + a.tag
		thief := w.phone("mallory", dialect.Standard)
		thief.call("bob", thief.sdp(4400), "Replaces", replaces, "Require", "replaces")
		thief.response(481)
		other := w.phone("alice", dialect.Standard)
		other.call("bob", other.sdp(4200), "Replaces", replaces, "Require", "replaces")
		re := b.request("INVITE")
		b.reply(re, 200, b.sdp(5000))
		b.request("ACK")
		a.reply(a.request("BYE"), 200, "")
		other.response(200)
		other.ack("")
		b.send("BYE", "", "")
		b.response(200)
		other.reply(other.request("BYE"), 200, "")
	})
}

// A session timer goes on in the call that a leg was transferred to.
func TestTransferKeepsTheSessionTimer(t *testing.T) {
	inWorld(t, Limits{Refresh: 10 * time.Minute}, func(w *world) {
		a, b, c := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Lync), w.phone("carol", dialect.Standard)
		talk(a, b)
		first := *b
		b.cseq, b.callID, b.tag = 0, "consultation", "consult"
		b.call("carol", b.sdp(4000))
		c.reply(c.request("INVITE"), 200, c.sdp(5000), "Session-Expires", "600;refresher=uac", "Require", "timer", "Allow", "UPDATE")
		c.request("ACK")
		_, ours, _ := strings.Cut(b.response(200).Get("To"), "tag=")
		b.ack("")
		*b = first
		b.send("REFER", "", "", "Refer-To", "<sip:carol@parley.test?Replaces=consultation%3Bto-tag%3D"+ours+"%3Bfrom-tag%3Dconsult>")
		c.reply(c.request("INVITE"), 200, c.sdp(6000))
		c.request("ACK")
		re := a.request("INVITE")
		a.reply(re, 200, a.sdp(4000))
		a.request("ACK")
		for range 2 {
			time.Sleep(299 * time.Second)
			c.reply(c.request("UPDATE"), 200, "", "Session-Expires", "600;refresher=uac")
		}
	})
}
