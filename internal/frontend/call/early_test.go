package call

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
)

// onlyOpus is a description with Opus alone.
func (p *phone) onlyOpus(port int) string {
	text := strings.Replace(p.sdp(port), "RTP/AVP 9 0 101", "RTP/AVP 96", 1)
	return strings.Replace(text, "a=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n", "a=rtpmap:96 opus/48000/2\r\n", 1)
}

// Of several devices with early media the first is heard, until it gives up.
func TestEarlyMediaOfOneDevice(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b1, b2 := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		inv1, inv2 := b1.request("INVITE"), b2.request("INVITE")
		b1.reply(inv1, 183, b1.sdp(5000))
		first := a.response(183)
		b2.reply(inv2, 183, b2.sdp(6000))
		a.silent(time.Second)
		b1.reply(inv1, 486, "")
		b1.request("ACK")
		synctest.Wait() // the call has heard of it
		b2.reply(inv2, 183, b2.sdp(6000))
		a.silent(time.Second)
		synctest.Wait()
		if got := strings.Join(w.media.bridges, " "); got != "caller+callee caller+callee-2" {
			t.Errorf("bridges %s", got)
		}
		b2.reply(inv2, 200, b2.sdp(6000))
		b2.request("ACK")
		if second := a.response(200); string(second.Body()) != string(first.Body()) {
			t.Errorf("the answer changed:\n%s\n%s", first.Body(), second.Body())
		}
		a.ack("")
		a.silent(time.Second)
	})
}

// A device that answers with other formats than the one whose early media was heard: the caller's answer stays, and a
// re-INVITE changes it.
func TestAnswerUnlikeEarlyMedia(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b1, b2 := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("bob", dialect.Standard)
		offer := strings.Replace(a.sdp(4000), "AVP 9 0", "AVP 96 9 0", 1) + "a=rtpmap:96 opus/48000/2\r\n"
		a.call("bob", offer)
		inv1, inv2 := b1.request("INVITE"), b2.request("INVITE")
		b1.reply(inv1, 183, b1.onlyOpus(5000))
		first := a.response(183)
		has(t, first, "opus", "!PCMU")
		b2.reply(inv2, 200, b2.sdp(6000))
		b2.request("ACK")
		b1.reply(b1.request("CANCEL"), 200, "")
		if second := a.response(200); string(second.Body()) != string(first.Body()) {
			t.Errorf("the answer changed:\n%s\n%s", first.Body(), second.Body())
		}
		a.ack("")
		re := a.request("INVITE")
		has(t, re, "G722", "PCMU")
		a.reply(re, 200, a.sdp(4000))
		a.request("ACK")
		synctest.Wait()
		if got := w.media.bridges[len(w.media.bridges)-1]; got != "caller+callee-2" {
			t.Errorf("bridge %s", got)
		}
		b2.silent(time.Second)
	})
}

// The INVITE is not answered while the description of early media waits for its PRACK (RFC 3262 section 3).
func TestAnswerWaitsForPrack(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000), "Supported", "100rel")
		inv := b.request("INVITE")
		b.reply(inv, 183, b.sdp(5000))
		a.response(183)
		b.reply(inv, 200, b.sdp(5000))
		b.request("ACK")
		a.response(183) // again
		a.send("PRACK", "", "", "RAck", "1 1 INVITE")
		a.response(200)
		has(t, a.response(200), "INVITE", "m=audio")
		a.ack("")
		a.send("BYE", "", "")
		a.response(200)
	})
	inWorld(t, Limits{}, func(w *world) { // and none comes
		a, b1, b2 := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000), "Require", "100rel")
		inv1, inv2 := b1.request("INVITE"), b2.request("INVITE")
		b1.reply(inv1, 180, "")
		b2.reply(inv2, 183, b2.sdp(5000))
		for code := 0; code != 504; {
			code = a.next().StatusCode()
		}
		has(t, b1.request("CANCEL"), "Reason: SIP;cause=504")
		b2.request("CANCEL")
	})
}

// A caller may leave an early dialog by BYE; the INVITE is answered all the same.
func TestByeBeforeTheAnswer(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		b.reply(b.request("INVITE"), 180, "")
		a.response(180)
		a.send("BYE", "", "", "Reason", `SIP;cause=487;text="No time"`)
		a.response(200)
		a.response(487)
		a.ack("")
		has(t, b.request("CANCEL"), "No time")
		if r := w.record(); r.Outcome != Cancelled || r.EndedBy != "caller" {
			t.Errorf("record %+v", r)
		}
	})
}
