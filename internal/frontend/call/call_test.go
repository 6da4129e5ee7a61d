package call

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
)

func TestCallInAllPairings(t *testing.T) {
	for _, callerKind := range []dialect.Kind{dialect.Lync, dialect.Standard} {
		for _, calleeKind := range []dialect.Kind{dialect.Lync, dialect.Standard} {
			t.Run(callerKind.String()+" to "+calleeKind.String(), func(t *testing.T) {
				inWorld(t, Limits{}, func(w *world) {
					a, b := w.phone("alice", callerKind), w.phone("bob", calleeKind)
					a.call("bob", a.sdp(4000))
					inv := b.request("INVITE")
					if calleeKind == dialect.Lync {
						has(t, inv, "m=audio 40002 RTP/AVP 9 0 8 101", "|2^31", "a=ice-ufrag:", "a=candidate:1 2 UDP", "Ms-Conversation-ID", "!fingerprint", "!a=sendrecv")
					} else {
						has(t, inv, "m=audio 40002 RTP/AVP 9 0 8 101", "a=crypto:1 ", "!2^31", "a=fingerprint:", "a=setup:actpass", "Supported: 100rel", "Session-Expires: 1800", "!Ms-Conv")
					}
					has(t, inv, "From: <sip:alice@parley.test>", "P-Asserted-Identity: <sip:alice@parley.test>", "!10.77")
					b.reply(inv, 180, "")
					a.response(180)
					b.reply(inv, 200, b.sdp(5000))
					b.request("ACK")
					ok := a.response(200)
					if callerKind == dialect.Lync {
						has(t, ok, "RTP/SAVP 9 0 101", "a=crypto:1 ", "|2^31", "a=ice-ufrag", "!fingerprint")
					} else {
						has(t, ok, "RTP/AVP 9 0 101", "!a=crypto", "!ice-ufrag", "!fingerprint", "a=sendrecv")
					}
					a.ack("")
					synctest.Wait()
					if got := strings.Join(w.media.bridges, " "); got != "caller+callee" {
						t.Errorf("bridges %q", got)
					}
					ma, mb := w.media.leg(t, "caller"), w.media.leg(t, "callee")
					if ma.remote.RTP.Port() != 4000 || mb.remote.RTP.Port() != 5000 || ma.remote.Codecs[0].Name != "G722" {
						t.Errorf("remotes %+v %+v", ma.remote, mb.remote)
					}
					if (ma.remote.Crypto != nil) != (callerKind == dialect.Lync) || (mb.remote.Crypto != nil) != (calleeKind == dialect.Lync) {
						t.Error("Lync-dialect legs are encrypted, the plain ones are not")
					}
					if mb.remote.ICE != 0 && !mb.remote.Controlling || ma.remote.Controlling {
						t.Error("who offers controls ICE")
					}
					time.Sleep(time.Minute)
					b.send("BYE", "", "", "X-RTP-Stat", "PR=484;PS=484")
					b.response(200)
					bye := a.request("BYE")
					a.reply(bye, 200, "", "X-RTP-Stat", "PR=1")
					r := w.record()
					if r.Outcome != Answered || r.Code != 200 || r.EndedBy != "callee" || r.Ended.Sub(r.Answered) != time.Minute || r.Caller != "alice@parley.test" || r.Callee != "bob@parley.test" {
						t.Errorf("record %+v", r)
					}
					if len(r.Legs) != 2 || r.Legs[0].RTPStat != "PR=1" || r.Legs[1].RTPStat != "PR=484;PS=484" || r.Legs[0].Dialect != callerKind || r.Legs[1].Dialect != calleeKind ||
						!r.Legs[0].Initiated || r.Legs[1].Initiated || r.Legs[0].Dialog.CallID != a.callID || r.Legs[1].Dialog.CallID != b.callID {
						t.Errorf("legs %+v", r.Legs)
					}
					want := []string{"alice@parley.test true", "bob@parley.test true", "alice@parley.test false", "bob@parley.test false"}
					if !slices.Equal(w.presence, want) {
						t.Errorf("presence %v", w.presence)
					}
					if w.media.open != 0 {
						t.Error("media is left open")
					}
				})
			})
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		caller, callee dialect.Kind
		code           int
		fields         []string
		want           int
		text           []string
		outcome        Outcome
	}{
		"busy to Lync":               {dialect.Lync, dialect.Standard, 486, nil, 486, []string{`ms-diagnostics: 90100;reason="486 Busy Here";source="fe.parley.test"`}, Busy},
		"declined to Lync":           {dialect.Lync, dialect.Standard, 603, nil, 603, nil, Rejected},
		"no format to Lync":          {dialect.Lync, dialect.Lync, 488, nil, 488, []string{"ms-diagnostics: 90101"}, Failed},
		"busy to standard":           {dialect.Standard, dialect.Lync, 486, nil, 486, nil, Busy},
		"declined everywhere":        {dialect.Standard, dialect.Lync, 605, nil, 603, nil, Rejected},
		"do not disturb to standard": {dialect.Standard, dialect.Lync, 480, []string{"Warning", `391 lcs.microsoft.com "DND"`}, 486, []string{"Reason: SIP;cause=480"}, Busy},
		"do not disturb to Lync":     {dialect.Lync, dialect.Lync, 480, []string{"Warning", `391 lcs.microsoft.com "DND"`}, 480, []string{"Warning: 391 fe.parley.test"}, Busy},
		"away":                       {dialect.Standard, dialect.Lync, 480, nil, 480, nil, NoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a, b := w.phone("alice", tt.caller), w.phone("bob", tt.callee)
				a.call("bob", a.sdp(4000))
				b.reply(b.request("INVITE"), tt.code, "", tt.fields...)
				b.request("ACK")
				has(t, a.response(tt.want), tt.text...)
				a.ack("")
				if r := w.record(); r.Outcome != tt.outcome || !r.Answered.IsZero() || r.EndedBy != "callee" {
					t.Errorf("record %+v", r)
				}
			})
		})
	}
}

func TestNobodyThere(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a := w.phone("alice", dialect.Standard)
		a.call("nobody", a.sdp(4000))
		a.response(404)
		b := w.phone("bob", dialect.Lync)
		b.call("carol", b.sdp(4000))
		has(t, b.response(480), "ms-diagnostics: 90100;reason=\"480 Not signed in\"")
	})
}

func TestBadDescriptions(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		kind string
		code int
	}{
		"not SDP":        {"hello", "application/sdp", 400},
		"other type":     {"<x/>", "application/xml", 415},
		"no media":       {"v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\ns=-\r\n", "application/sdp", 400},
		"bad port":       {"v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\ns=-\r\nm=audio x RTP/AVP 0\r\n", "application/sdp", 400},
		"nothing to use": {"v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\ns=-\r\nm=image 4000 udptl t38\r\n", "application/sdp", 488},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a := w.phone("alice", dialect.Standard)
				w.phone("bob", dialect.Standard)
				a.from, a.to, a.peer = "<sip:alice@parley.test>;tag=1", "<sip:bob@parley.test>", "sip:bob@parley.test"
				a.send("INVITE", tt.kind, tt.body)
				a.response(tt.code)
				a.ack("")
				if w.record().Code != tt.code {
					t.Errorf("record %+v", w.record())
				}
			})
		})
	}
}

func TestUnsupportedRequirement(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a := w.phone("alice", dialect.Standard)
		a.call("bob", a.sdp(4000), "Require", "precondition")
		has(t, a.response(420), "Unsupported: precondition")
	})
}

func TestNoAnswer(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		inv := b.request("INVITE")
		b.reply(inv, 180, "")
		a.response(180)
		a.response(480)
		a.ack("")
		b.reply(b.request("CANCEL"), 200, "")
		b.reply(inv, 487, "")
		b.request("ACK")
		if r := w.record(); r.Outcome != NoAnswer || r.Ended.Sub(r.Started) != time.Minute {
			t.Errorf("record %+v", r)
		}
	})
}

func TestCallerCancels(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		inv := b.request("INVITE")
		b.reply(inv, 180, "")
		a.response(180)
		a.cancel()
		a.response(200)
		a.response(487)
		a.ack("")
		b.reply(b.request("CANCEL"), 200, "")
		b.reply(inv, 487, "")
		b.request("ACK")
		if r := w.record(); r.Outcome != Cancelled || r.EndedBy != "caller" {
			t.Errorf("record %+v", r)
		}
	})
}

// cancel takes the last INVITE back.
func (p *phone) cancel(fields ...string) {
	p.t.Helper()
	m := p.asked.Clone()
	n, _, _ := m.CSeq()
	c := newCancel(m, n)
	for i := 0; i+1 < len(fields); i += 2 {
		c.Add(fields[i], fields[i+1])
	}
	if err := p.end.Send(c.Bytes()); err != nil {
		p.t.Fatal(err)
	}
}

// A client answers although it was cancelled: the answer crossed the CANCEL, or it is a Lync client that answers after 10
// seconds whatever happens.
func TestAnswerAfterCancel(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Lync)
		a.call("bob", a.sdp(4000))
		inv := b.request("INVITE")
		b.reply(inv, 180, "")
		a.response(180)
		a.cancel()
		a.response(200)
		a.response(487)
		a.ack("")
		b.request("CANCEL") // and no answer to it
		time.Sleep(10 * time.Second)
		b.reply(inv, 200, b.sdp(5000))
		b.request("ACK")
		has(t, b.request("BYE"), "Reason: SIP;cause=200")
		a.silent(time.Second)
		if r := w.record(); r.Outcome != Cancelled {
			t.Errorf("record %+v", r)
		}
	})
}

func TestForkToAllDevicesFirstAnswerWins(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a := w.phone("alice", dialect.Standard)
		b1, b2, b3 := w.phone("bob", dialect.Lync), w.phone("bob", dialect.Lync), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		inv1, inv2, inv3 := b1.request("INVITE"), b2.request("INVITE"), b3.request("INVITE")
		b1.reply(inv1, 180, "")
		b2.reply(inv2, 180, "")
		a.response(180)
		a.silent(time.Second) // one ringing is told, the second is not news
		b3.reply(inv3, 486, "")
		b3.request("ACK")
		b2.reply(inv2, 200, b2.sdp(5000))
		b2.request("ACK")
		a.response(200)
		a.ack("")
		b1.request("CANCEL")
		b1.reply(inv1, 200, b1.sdp(5010)) // both answer
		b1.request("ACK")
		b1.reply(b1.request("BYE"), 200, "")
		if got := strings.Join(w.media.bridges, " "); got != "caller+callee-2" {
			t.Errorf("bridges %q", got)
		}
		a.send("BYE", "", "")
		a.response(200)
		b2.reply(b2.request("BYE"), 200, "")
		b1.silent(time.Second)
		b3.silent(time.Second)
		w.record()
	})
}

func TestBestRefusalOfSeveralDevices(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a := w.phone("alice", dialect.Standard)
		b1, b2, b3 := w.phone("bob", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		b1.reply(b1.request("INVITE"), 480, "")
		b2.reply(b2.request("INVITE"), 486, "")
		b3.reply(b3.request("INVITE"), 500, "")
		a.response(486)
	})
	inWorld(t, Limits{}, func(w *world) {
		a := w.phone("alice", dialect.Standard)
		b1, b2 := w.phone("bob", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		inv1 := b1.request("INVITE")
		b1.reply(inv1, 180, "")
		a.response(180)
		b2.reply(b2.request("INVITE"), 603, "")
		a.response(603) // a decline goes for all devices
		b1.request("CANCEL")
	})
}

// Clients of the Lync dialect that start in the same second use the same Call-ID and tags.
func TestCallersWithTheSameIdentifiers(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a1, a2 := w.phone("alice", dialect.Lync), w.phone("carol", dialect.Lync)
		b1, b2 := w.phone("bob", dialect.Standard), w.phone("dave", dialect.Standard)
		a2.callID, a2.tag = a1.callID, a1.tag
		talk(a1, b1)
		talk(a2, b2)
		a2.send("BYE", "", "")
		a2.response(200)
		b2.reply(b2.request("BYE"), 200, "")
		b1.silent(time.Second)
		a1.send("BYE", "", "")
		a1.response(200)
		b1.reply(b1.request("BYE"), 200, "")
	})
}

func TestStrangerCannotEndACall(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b, m := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard), w.phone("mallory", dialect.Standard)
		talk(a, b)
		m.from, m.to, m.callID, m.peer, m.cseq = a.from, a.to, a.callID, a.peer, 50
		m.send("BYE", "", "")
		m.response(403)
		b.silent(time.Second)
	})
}

func TestConnectionLost(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard)
		talk(a, b)
		a.end.Close(nil)
		bye := b.request("BYE")
		has(t, bye, "Reason: SIP;cause=503")
		b.reply(bye, 200, "")
		if r := w.record(); r.Reason != "connection lost" || r.EndedBy != "caller" {
			t.Errorf("record %+v", r)
		}
	})
}

func TestServerStops(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Standard)
		talk(a, b)
		c := w.phone("carol", dialect.Standard)
		c.call("bob", c.sdp(4010))
		b.request("INVITE")
		w.stop()
		c.response(503)
		a.reply(a.request("BYE"), 200, "")
		b.reply(b.next(), 200, "")
		<-w.stopped
		if len(w.records) != 2 {
			t.Errorf("%d records", len(w.records))
		}
	})
}
