package call

import (
	"strings"
	"testing"

	"parley/internal/dialect"
)

// Each endpoint is told of media in the family that it speaks, and with ICE of both families where its dialect can take them.
func TestEachEndpointHasItsFamily(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		w.media.six = true
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		offer := strings.ReplaceAll(a.sdp(4000), "IP4 192.0.2.11", "IP6 2001:db8::11")
		a.call("bob", offer)
		inv := b.request("INVITE") // from IPv4, as far as is known
		has(t, inv, "c=IN IP4 192.0.2.1", "192.0.2.1 4", "2001:db8::1 4")
		b.reply(inv, 200, b.sdp(5000))
		b.request("ACK")
		answer := a.response(200)
		has(t, answer, "c=IN IP6 2001:db8::1", "o=- ", "IN IP6 2001:db8::1")
		a.ack("")
		a.send("BYE", "", "")
		a.response(200)
		b.reply(b.request("BYE"), 200, "")
	})
	inWorld(t, Limits{}, func(w *world) {
		w.media.six = true
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Lync)
		a.call("bob", a.sdp(4000))
		inv := b.request("INVITE")
		has(t, inv, "c=IN IP4 192.0.2.1", "192.0.2.1 4")
		if strings.Contains(inv.BodyString(), "2001:db8::1") {
			t.Errorf("the Lync dialect was told of a second family:\n%s", inv.BodyString())
		}
		b.reply(inv, 486, "")
		a.response(486)
	})
}
