package call

import (
	"strings"
	"testing"
	"testing/synctest"

	"parley/internal/dialect"
)

// Old telephones hold by an address that nothing can be sent to (RFC 3264 section 8.4).
func TestHoldByAddress(t *testing.T) {
	for name, tt := range map[string]struct {
		held                    dialect.Kind
		told, answer, confirmed string
	}{
		"Lync":     {dialect.Lync, "a=inactive", "a=inactive", "a=recvonly"},
		"standard": {dialect.Standard, "a=sendonly", "a=recvonly", "a=recvonly"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a, b := w.phone("alice", dialect.Standard), w.phone("bob", tt.held)
				talk(a, b)
				a.send("INVITE", "application/sdp", strings.Replace(a.sdp(4000), "c=IN IP4 192.0.2.11", "c=IN IP4 0.0.0.0", 1))
				inv := b.request("INVITE")
				has(t, inv, tt.told)
				b.reply(inv, 200, b.sdp(5000, tt.answer))
				b.request("ACK")
				has(t, a.response(200), tt.confirmed)
				a.ack("")
				synctest.Wait()
				if l := w.media.leg(t, "caller"); l.send {
					t.Error("sound still goes to who holds")
				}
				a.send("INVITE", "application/sdp", a.sdp(4000))
				inv = b.request("INVITE")
				b.reply(inv, 200, b.sdp(5000))
				b.request("ACK")
				has(t, a.response(200), "!a=inactive", "!only")
				a.ack("")
				synctest.Wait()
				if l := w.media.leg(t, "caller"); !l.rec || !l.send {
					t.Error("no sound after the hold")
				}
			})
		})
	}
}

// A held call is transferred: who was held talks to the target, neither stays on hold.
func TestTransferEndsTheHold(t *testing.T) {
	for _, kind := range []dialect.Kind{dialect.Lync, dialect.Standard} {
		t.Run(kind.String(), func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a, b, c := w.phone("alice", kind), w.phone("bob", dialect.Standard), w.phone("carol", dialect.Standard)
				b.call("alice", b.sdp(4000))
				a.reply(a.request("INVITE"), 200, a.sdp(5000))
				a.request("ACK")
				b.response(200)
				b.ack("")
				b.send("INVITE", "application/sdp", b.sdp(4000, "a=sendonly"))
				a.reply(a.request("INVITE"), 200, a.sdp(5000, map[dialect.Kind]string{dialect.Lync: "a=inactive", dialect.Standard: "a=recvonly"}[kind]))
				a.request("ACK")
				b.response(200)
				b.ack("")
				first := *b
				b.cseq, b.callID, b.tag = 0, "consultation", "consult"
				talk(b, c)
				_, ours, _ := strings.Cut(b.to, "tag=")
				*b = first
				b.send("REFER", "", "", "Refer-To", "<sip:carol@parley.test?Replaces=consultation%3Bto-tag%3D"+ours+"%3Bfrom-tag%3Dconsult>")
				re := c.request("INVITE")
				has(t, re, "a=sendrecv")
				c.reply(re, 200, c.sdp(6000))
				c.request("ACK")
				re = a.request("INVITE")
				has(t, re, "!a=inactive", "!only")
				a.reply(re, 200, a.sdp(5000))
				a.request("ACK")
				synctest.Wait()
				for _, name := range []string{"callee", "callee-2"} {
					if l := w.media.leg(t, name); !l.rec || !l.send {
						t.Errorf("no sound at %s", name)
					}
				}
			})
		})
	}
}
