package call

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
)

// The Lync client called by us waits for a second INVITE with the candidates that the checks chose.
func TestFinalOfferToLyncCallee(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Lync)
		talk(a, b)
		b.silent(time.Second)
		leg := w.media.leg(t, "callee")
		leg.nominate()
		inv := b.request("INVITE")
		has(t, inv, "CSeq: 2 INVITE", "RTP/SAVP", "a=remote-candidates:1 192.0.2.12 5000 2 192.0.2.12 5001",
			"a=candidate:1 1 UDP 2130706431 192.0.2.1 40002", "a=candidate:1 2 UDP")
		b.reply(inv, 200, b.sdp(5000, "a=remote-candidates:1 192.0.2.1 40002 2 192.0.2.1 40003"))
		b.request("ACK")
		leg.nominate() // once only
		b.silent(time.Second)
		a.silent(time.Second)
	})
}

// The Lync client that calls sends the second INVITE itself; the other side does not hear of it, and it may be repeated.
func TestFinalOfferOfLyncCaller(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard)
		talk(a, b)
		for range 2 {
			a.send("INVITE", "application/sdp", a.sdp(4000, "a=remote-candidates:1 192.0.2.1 40004 2 192.0.2.1 40005"))
			ok := a.response(200)
			has(t, ok, "RTP/SAVP", "a=remote-candidates:1 192.0.2.11 4000 2 192.0.2.11 4001", "192.0.2.1 40004 typ host", "192.0.2.1 40005 typ host")
			a.ack("")
		}
		b.silent(time.Second)
	})
}

func TestHold(t *testing.T) {
	for name, tt := range map[string]struct {
		holder, held                   dialect.Kind
		offer, told, answer, confirmed string
	}{
		"standard holds Lync":     {dialect.Standard, dialect.Lync, "a=sendonly", "a=inactive", "a=inactive", "a=recvonly"},
		"Lync holds standard":     {dialect.Lync, dialect.Standard, "a=inactive", "a=sendonly", "a=recvonly", "a=inactive"},
		"standard holds standard": {dialect.Standard, dialect.Standard, "a=sendonly", "a=sendonly", "a=recvonly", "a=recvonly"},
		"Lync holds Lync":         {dialect.Lync, dialect.Lync, "a=inactive", "a=inactive", "a=inactive", "a=inactive"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a, b := w.phone("alice", tt.holder), w.phone("bob", tt.held)
				talk(a, b)
				exchange := func(offer, told, answer, confirmed string) {
					a.send("INVITE", "application/sdp", a.sdp(4000, offer))
					inv := b.request("INVITE")
					has(t, inv, told, "o=- 946684800 ")
					b.reply(inv, 200, b.sdp(5000, answer))
					b.request("ACK")
					has(t, a.response(200), confirmed)
					a.ack("")
					synctest.Wait()
				}
				exchange(tt.offer, tt.told, tt.answer, tt.confirmed)
				if l := w.media.leg(t, "callee"); l.rec {
					t.Error("sound of who is held still passes")
				}
				active := "m=audio"
				exchange("a=x-y", active, "a=x-y", active)
				if l := w.media.leg(t, "callee"); !l.rec || !l.send {
					t.Error("no sound after the hold")
				}
				if l := w.media.leg(t, "caller"); !l.rec || !l.send {
					t.Error("no sound after the hold")
				}
			})
		})
	}
}

func TestRefusedHoldLeavesTheCall(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		talk(a, b)
		a.send("INVITE", "application/sdp", a.sdp(4000, "a=sendonly"))
		b.reply(b.request("INVITE"), 488, "")
		b.request("ACK")
		a.response(488)
		a.ack("")
		if l := w.media.leg(t, "callee"); !l.rec || !l.send {
			t.Error("a refused hold stopped the sound")
		}
		a.send("BYE", "", "")
		a.response(200)
	})
}

func TestRefreshIsAnsweredHere(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		talk(a, b)
		a.send("INVITE", "application/sdp", a.sdp(4000))
		first := a.response(200)
		a.ack("")
		a.send("UPDATE", "application/sdp", a.sdp(4000))
		second := a.response(200)
		if string(first.Body()) != string(second.Body()) {
			t.Errorf("the description changed:\n%s\n%s", first.Body(), second.Body())
		}
		a.send("UPDATE", "", "")
		has(t, a.response(200), "Content-Length: 0")
		a.send("INVITE", "application/sdp", a.sdp(4100)) // another address
		a.response(200)
		a.ack("")
		if p := w.media.leg(t, "caller").remote.RTP.Port(); p != 4100 {
			t.Errorf("media still goes to port %d", p)
		}
		b.silent(time.Second)
	})
}

func TestGlare(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		talk(a, b)
		a.send("INVITE", "application/sdp", a.sdp(4000, "a=sendonly"))
		inv := b.request("INVITE")
		b.send("INVITE", "application/sdp", b.sdp(5000, "a=sendonly")) // at the same time
		b.reply(inv, 491, "")
		if m := b.next(); m.Method() == "ACK" {
			b.response(491)
		} else if m.StatusCode() == 491 {
			b.request("ACK")
		}
		b.ack("")
		again := b.request("INVITE") // tried again after the wait
		b.reply(again, 200, b.sdp(5000, "a=recvonly"))
		b.request("ACK")
		has(t, a.response(200), "a=recvonly")
		a.ack("")
	})
}

func TestReinviteWhileOneIsOpen(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		talk(a, b)
		a.send("INVITE", "application/sdp", a.sdp(4000, "a=sendonly"))
		inv := b.request("INVITE")
		first := a.asked
		a.send("INVITE", "application/sdp", a.sdp(4000, "a=inactive"))
		has(t, a.response(500), "Retry-After")
		a.ack("")
		a.asked = first
		b.reply(inv, 200, b.sdp(5000, "a=recvonly"))
		b.request("ACK")
		a.response(200)
	})
}

// A client of the Lync dialect that holds and resumes before the hold is answered gets both, in order.
func TestHoldAndResumeAtOnce(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard)
		talk(a, b)
		a.send("INVITE", "application/sdp", a.sdp(4000, "a=inactive"))
		hold := a.asked
		inv := b.request("INVITE")
		a.send("INVITE", "application/sdp", a.sdp(4000))
		a.silent(time.Second)
		b.reply(inv, 200, b.sdp(5000, "a=recvonly"))
		b.request("ACK")
		has(t, a.response(200), "CSeq: 2 INVITE", "a=inactive")
		resume := a.asked
		a.asked = hold
		a.ack("")
		a.asked = resume
		inv = b.request("INVITE")
		has(t, inv, "!a=sendonly", "!a=inactive")
		b.reply(inv, 200, b.sdp(5000))
		b.request("ACK")
		has(t, a.response(200), "CSeq: 3 INVITE", "!a=inactive")
		a.ack("")
		synctest.Wait()
		for _, name := range []string{"caller", "callee"} {
			if l := w.media.leg(t, name); !l.rec || !l.send {
				t.Errorf("no sound at the %s after the hold", name)
			}
		}
	})
}

// What waited is answered too when the call ends before its time.
func TestHangUpBeforeResumeIsServed(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard)
		talk(a, b)
		a.send("INVITE", "application/sdp", a.sdp(4000, "a=inactive"))
		b.request("INVITE")
		for range maxPostponed {
			a.send("INVITE", "application/sdp", a.sdp(4000))
		}
		a.send("INVITE", "application/sdp", a.sdp(4000)) // too many
		has(t, a.response(500), "Retry-After")
		a.ack("")
		b.send("BYE", "", "")
		b.response(200)
		answered := map[string]bool{}
		for len(answered) < 1+maxPostponed {
			m := a.next()
			switch {
			case m.Method() == "INVITE":
				answered[m.Get("CSeq")] = true
			case m.IsRequest():
				a.reply(m, 200, "")
			}
		}
	})
}

// When both sides send a re-INVITE at once, the one of the Lync dialect's client is answered, and ours follows.
func TestGlareWithLync(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Lync)
		talk(a, b)
		a.send("INVITE", "application/sdp", a.sdp(4000, "a=sendonly"))
		ours := b.request("INVITE")
		b.send("INVITE", "application/sdp", b.sdp(5002))
		b.silent(time.Second)
		b.reply(ours, 491, "")
		b.request("ACK")
		b.response(200)
		b.ack("")
		again := b.request("INVITE")
		has(t, again, "a=inactive")
		b.reply(again, 200, b.sdp(5002, "a=inactive"))
		b.request("ACK")
		has(t, a.response(200), "a=recvonly")
		a.ack("")
	})
}

func TestProfileIsTriedAgain(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		b.reply(b.request("INVITE"), 488, "")
		b.request("ACK")
		inv := b.request("INVITE")
		has(t, inv, "RTP/SAVP ", "a=crypto:", "a=fingerprint:")
		b.reply(inv, 488, "")
		b.request("ACK")
		inv = b.request("INVITE")
		has(t, inv, "UDP/TLS/RTP/SAVP ", "a=fingerprint", "!a=crypto")
		b.reply(inv, 200, strings.Replace(b.sdp(5000, "a=fingerprint:sha-256 CC:DD", "a=setup:active"), "RTP/AVP", "UDP/TLS/RTP/SAVP", 1))
		b.request("ACK")
		a.response(200)
		a.ack("")
		d := w.media.leg(t, "callee-again-again").remote.DTLS
		if d == nil || !d.Active || d.Fingerprint != "sha-256 CC:DD" {
			t.Errorf("DTLS %+v", d)
		}
		a.silent(time.Second)
	})
}

func TestVideoWithinOneDialectOnly(t *testing.T) {
	const video = "m=video 4010 RTP/AVP 122\r\na=rtpmap:122 X-H264UC/90000\r\na=fmtp:122 packetization-mode=1;mst-mode=NI-TC\r\na=x-ssrc-range:7-106\r\na=rtcp-fb:* x-message app send:src recv:src\r\na=label:main-video"
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Lync)
		a.call("bob", a.sdp(4000, video))
		inv := b.request("INVITE")
		has(t, inv, "m=video ", "a=x-ssrc-range:7-106", "mst-mode=NI-TC", "a=rtcp-fb:* x-message", "a=label:main-video")
		b.reply(inv, 200, b.sdp(5000, video))
		b.request("ACK")
		has(t, a.response(200), "m=video ", "!m=video 0", "a=label:main-video")
		a.ack("")
		synctest.Wait()
		if len(w.media.bridges) != 2 {
			t.Errorf("bridges %v", w.media.bridges)
		}
	})
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000, video))
		inv := b.request("INVITE")
		has(t, inv, "!m=video", "!x-ssrc")
		b.reply(inv, 200, b.sdp(5000))
		b.request("ACK")
		has(t, a.response(200), "m=video 0 RTP/AVP 122")
		a.ack("")
		a.send("BYE", "", "")
		a.response(200)
		b.reply(b.request("BYE"), 200, "")
		r := w.record()
		found := false
		for _, c := range r.Legs[1].Changes {
			found = found || c.What == "m=video" && c.Reason != ""
		}
		if !found {
			t.Errorf("changes %+v", r.Legs[1].Changes)
		}
	})
}

func TestEncryptionPolicy(t *testing.T) {
	const keyed = "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
	inWorldWith(t, Limits{}, EncryptionRequired, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		inv := b.request("INVITE")
		has(t, inv, "RTP/SAVP ", "a=crypto:1 ")
		b.reply(inv, 200, strings.Replace(b.sdp(5000, keyed), "RTP/AVP", "RTP/SAVP", 1))
		b.request("ACK")
		b.request("BYE")
		a.response(488) // the caller offered no keys
	})
	inWorldWith(t, Limits{}, EncryptionOff, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000, keyed))
		inv := b.request("INVITE")
		has(t, inv, "RTP/AVP ", "!a=crypto", "!fingerprint")
		b.reply(inv, 200, b.sdp(5000))
		b.request("ACK")
		has(t, a.response(200), "!a=crypto")
		a.ack("")
	})
}

func TestMediaThatCannotPassEndsTheCall(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard)
		talk(a, b)
		w.media.leg(t, "caller").failed(errors.New("no candidate pair answered"))
		has(t, a.request("BYE"), "Media connectivity")
		has(t, b.request("BYE"), "Media connectivity")
	})
}

// Who offers opens the handshake where they leave the choice: as its server, linphone fails.
func TestDTLSRoles(t *testing.T) {
	for offered, want := range map[string]struct {
		answer string
		active bool
	}{"actpass": {"a=setup:passive", true}, "active": {"a=setup:passive", true}, "passive": {"a=setup:active", false}} {
		inWorld(t, Limits{}, func(w *world) {
			a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
			a.call("bob", strings.Replace(a.sdp(4000, "a=fingerprint:sha-256 CC:DD", "a=setup:"+offered), "RTP/AVP", "UDP/TLS/RTP/SAVP", 1))
			b.reply(b.request("INVITE"), 200, b.sdp(5000))
			b.request("ACK")
			has(t, a.response(200), want.answer, "UDP/TLS/RTP/SAVP")
			a.ack("")
			if d := w.media.leg(t, "caller").remote.DTLS; d == nil || d.Active != want.active {
				t.Errorf("%s: %+v", offered, d)
			}
		})
	}
}

func TestReinviteBeforeTheAckOfTheLastOne(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard)
		talk(a, b)
		for _, direction := range []string{"a=inactive", "a=x-y"} {
			a.send("INVITE", "application/sdp", a.sdp(4000, direction))
			b.reply(b.request("INVITE"), 200, b.sdp(5000))
			b.request("ACK")
			a.response(200) // and no ACK yet
		}
		a.ack("")
		a.silent(time.Minute)
	})
}
