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
