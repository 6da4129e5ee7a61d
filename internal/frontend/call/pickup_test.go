package call

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
)

// Bob's desk telephone rings; he takes the call on another device that did not (RFC 3891 with an early dialog).
func TestPickUpOfARingingCall(t *testing.T) {
	for _, kind := range []dialect.Kind{dialect.Lync, dialect.Standard} {
		t.Run(kind.String()+" calls", func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a, b := w.phone("alice", kind), w.phone("bob", dialect.Standard)
				a.call("bob", a.sdp(4000))
				inv := b.request("INVITE")
				b.reply(inv, 180, "")
				a.response(180)
				_, ours, _ := strings.Cut(inv.Get("From"), "tag=")
				replaces := inv.CallID() + ";to-tag=" + ours + ";from-tag=" + b.tag + ";early-only"

				thief := w.phone("mallory", dialect.Standard)
				thief.call("alice", thief.sdp(4400), "Replaces", replaces)
				thief.response(481)

				other := w.phone("bob", dialect.Standard)
				other.call("alice", other.sdp(4200), "Replaces", replaces, "Require", "replaces")
				has(t, b.request("CANCEL"), "Call completed elsewhere")
				b.reply(inv, 487, "")
				b.request("ACK")
				has(t, other.response(200), "m=audio", "a=sendrecv")
				other.ack("")
				has(t, a.response(200), "m=audio")
				a.ack("")
				synctest.Wait()
				if got := w.media.bridges[len(w.media.bridges)-1]; got != "caller+callee-2" {
					t.Errorf("bridge %s", got)
				}
				if w.svc.Active() != 1 || w.svc.talking["bob@parley.test"] != 1 || w.svc.talking["alice@parley.test"] != 1 {
					t.Errorf("%d calls, talking %v", w.svc.Active(), w.svc.talking)
				}
				late := w.phone("bob", dialect.Standard)
				late.call("alice", late.sdp(4300), "Replaces", replaces)
				late.response(481) // the dialog is gone
				other.send("BYE", "", "")
				other.response(200)
				a.reply(a.request("BYE"), 200, "")
				synctest.Wait()
				if len(w.records) != 3 || w.media.open != 0 { // and the two that were refused
					t.Errorf("%d records, %d media sessions are left", len(w.records), w.media.open)
				}
			})
		})
	}
}

func TestPickUpThatIsRefused(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) { // the caller's own early dialog: it is not ours to replace
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		b.reply(b.request("INVITE"), 180, "")
		_, ours, _ := strings.Cut(a.response(180).Get("To"), "tag=")
		other := w.phone("alice", dialect.Standard)
		other.call("bob", other.sdp(4200), "Replaces", a.callID+";to-tag="+ours+";from-tag="+a.tag)
		has(t, other.response(481), "Only a device that rings")
		other.ack("")
		b.silent(time.Second)
		a.cancel()
	})
	inWorld(t, Limits{}, func(w *world) { // answered, and wanted only while it rings
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		talk(a, b)
		_, ours, _ := strings.Cut(a.to, "tag=")
		other := w.phone("alice", dialect.Standard)
		other.call("bob", other.sdp(4200), "Replaces", a.callID+";early-only;to-tag="+ours+";from-tag="+a.tag)
		other.response(486)
		b.silent(time.Second)
	})
}
