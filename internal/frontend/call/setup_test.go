package call

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
)

func TestDelayedOffer(t *testing.T) {
	for _, kind := range []dialect.Kind{dialect.Lync, dialect.Standard} {
		t.Run(kind.String(), func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a, b := w.phone("alice", dialect.Standard), w.phone("bob", kind)
				a.call("bob", "")
				inv := b.request("INVITE")
				has(t, inv, "m=audio 40002 RTP/AVP 9 0 8 101")
				b.reply(inv, 200, b.sdp(5000))
				b.request("ACK")
				ok := a.response(200)
				has(t, ok, "m=audio 40004 RTP/AVP 9 0 8 101", "a=crypto:1 ", "a=fingerprint")
				a.ack(a.sdp(4000))
				synctest.Wait()
				if got := strings.Join(w.media.bridges, " "); got != "caller+callee" {
					t.Errorf("bridges %q", got)
				}
				if !w.media.leg(t, "callee").send || w.media.leg(t, "caller").remote.RTP.Port() != 4000 {
					t.Error("the answer in the ACK was not used")
				}
				// And again in the call.
				a.send("INVITE", "", "")
				has(t, a.response(200), "m=audio 40004 RTP/AVP 9 0 8 101")
				a.ack(a.sdp(4000))
				b.silent(time.Second)
			})
		})
	}
}

func TestDelayedOfferWithoutAnswer(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", "")
		b.reply(b.request("INVITE"), 200, b.sdp(5000))
		b.request("ACK")
		a.response(200)
		a.ack("")
		b.reply(b.request("BYE"), 200, "")
		a.reply(a.request("BYE"), 200, "")
		if r := w.record(); r.EndedBy != "server" {
			t.Errorf("record %+v", r)
		}
	})
}

func TestAnswerWithoutAck(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		b.reply(b.request("INVITE"), 200, b.sdp(5000))
		b.request("ACK")
		a.response(200)
		for {
			m := a.next()
			if m.StatusCode() == 200 {
				continue // repeated until its ACK
			}
			if m.Method() != "BYE" {
				t.Fatalf("%s", m.Bytes())
			}
			a.reply(m, 200, "")
			break
		}
		b.reply(b.request("BYE"), 200, "")
		if r := w.record(); r.Reason != "no ACK" {
			t.Errorf("record %+v", r)
		}
	})
}

func TestEarlyMediaWithPrackOnBothSides(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000), "Supported", "100rel")
		inv := b.request("INVITE")
		b.reply(inv, 183, b.sdp(5000), "Require", "100rel", "RSeq", "41")
		prack := b.request("PRACK")
		has(t, prack, "RAck: 41 1 INVITE")
		b.reply(prack, 200, "")
		b.reply(inv, 183, b.sdp(5000), "Require", "100rel", "RSeq", "41") // repeated: no second PRACK
		res := a.response(183)
		has(t, res, "Require: 100rel", "RSeq: 1", "m=audio")
		has(t, a.response(183), "RSeq: 1") // repeated until the PRACK
		a.send("PRACK", "", "", "RAck", "9 1 INVITE")
		a.response(481)
		a.send("PRACK", "", "", "RAck", "1 1 INVITE")
		a.response(200)
		synctest.Wait()
		if len(w.media.bridges) == 0 {
			t.Error("early media is not connected")
		}
		b.reply(inv, 200, "") // the answer was in the 183
		b.request("ACK")
		has(t, a.response(200), "m=audio")
		a.ack("")
		b.silent(time.Second)
		a.send("BYE", "", "")
		a.response(200)
	})
}

func TestEarlyMediaWithoutReliability(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, l := w.phone("alice", dialect.Standard), w.phone("lea", dialect.Lync)
		b := w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		inv := b.request("INVITE")
		b.reply(inv, 183, b.sdp(5000))
		has(t, a.response(183), "m=audio", "!RSeq")
		b.reply(inv, 486, "")
		b.request("ACK")
		a.response(486)
		// A Lync client that does not ask for it hears the ringing only.
		l.call("bob", l.sdp(4000))
		inv = b.request("INVITE")
		b.reply(inv, 183, b.sdp(5000))
		l.silent(time.Second)
		b.reply(inv, 180, "")
		has(t, l.response(180), "!m=audio")
	})
}

func TestSessionTimers(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a := w.phone("alice", dialect.Standard)
		w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000), "Supported", "timer", "Session-Expires", "60")
		has(t, a.response(422), "Min-SE: 90")
	})
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000), "Supported", "timer", "Session-Expires", "600;refresher=uac")
		inv := b.request("INVITE")
		b.reply(inv, 422, "", "Min-SE", "3600")
		b.request("ACK")
		inv = b.request("INVITE")
		has(t, inv, "Session-Expires: 3600", "Min-SE: 3600")
		b.reply(inv, 200, b.sdp(5000), "Session-Expires", "3600;refresher=uac", "Require", "timer", "Allow", "INVITE, UPDATE")
		b.request("ACK")
		has(t, a.response(200), "Session-Expires: 600;refresher=uac", "Require: timer")
		a.ack("")
		time.Sleep(590 * time.Second / 2)
		a.send("UPDATE", "", "", "Supported", "timer", "Session-Expires", "600;refresher=uac")
		has(t, a.response(200), "Session-Expires: 600;refresher=uac")
		// The caller stops refreshing: 32 s before the interval ends both sides are hung up.
		time.Sleep(500 * time.Second)
		bye := a.next()
		if bye.Method() != "BYE" {
			t.Fatalf("%s", bye.Bytes())
		}
		a.reply(bye, 200, "")
		b.reply(b.request("BYE"), 200, "")
		if r := w.record(); r.Reason != "session timer expired" || r.Ended.Sub(r.Answered).Round(time.Second) != (295+568)*time.Second {
			t.Errorf("record %+v", r)
		}
	})
	inWorld(t, Limits{Refresh: 2 * time.Minute}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		inv := b.request("INVITE")
		b.reply(inv, 200, b.sdp(5000), "Session-Expires", "120;refresher=uac", "Require", "timer", "Allow", "INVITE, UPDATE")
		b.request("ACK")
		a.response(200)
		a.ack("")
		for range 3 {
			up := b.request("UPDATE") // we refresh, every half interval
			has(t, up, "Session-Expires: 120;refresher=uac", "Content-Length: 0")
			b.reply(up, 200, "", "Session-Expires", "120;refresher=uac")
		}
		up := b.request("UPDATE")
		b.reply(up, 481, "")
		has(t, a.request("BYE"), "Reason: SIP;cause=408")
	})
}
