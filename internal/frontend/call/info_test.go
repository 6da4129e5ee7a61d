package call

import (
	"strings"
	"testing"
	"time"

	"parley/internal/dialect"
)

func TestDigitsByInfo(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Lync)
		talk(a, b)
		a.send("INFO", "application/dtmf-relay", "Signal=5\r\nDuration=160\r\n")
		a.response(200)
		a.send("INFO", "application/dtmf", "#")
		a.response(200)
		a.send("INFO", "application/dtmf-relay", "Signal=zz\r\n")
		a.response(415)
		if got := string(w.media.leg(t, "callee").digits); got != "5#" {
			t.Errorf("digits %q", got)
		}
		b.silent(time.Second)
	})
}

// An endpoint without RFC 4733 gets the INFO as it came, and its answer goes back.
func TestDigitsByInfoOnBothSides(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		b.reply(b.request("INVITE"), 200, strings.Replace(b.sdp(5000), " 101\r\n", "\r\n", 1))
		b.request("ACK")
		a.response(200)
		a.ack("")
		a.send("INFO", "application/dtmf-relay", "Signal=5\r\nDuration=160\r\n")
		info := b.request("INFO")
		has(t, info, "Content-Type: application/dtmf-relay", "Signal=5\r\nDuration=160\r\n")
		b.reply(info, 415, "")
		a.response(415)
	})
}
