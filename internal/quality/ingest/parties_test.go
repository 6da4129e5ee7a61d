package ingest

import (
	"fmt"
	"testing"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
	"parley/internal/wire/qoe"
	"parley/internal/wire/rtcpxr"
)

const eve = "eve@parley.test"

// eves is a report of Eve's, in her own name, of Alice's leg.
func eves() []byte {
	return report(func(r *qoe.Report) {
		r.Dialog.FromURI, r.Dialog.LocalPAI = "sip:"+eve, "sip:"+eve
		r.Lines[0].Inbound.Numbers.Put(qoe.JitterInterArrival, 5000)
	})
}

// Somebody who knows a call's Call-ID and tags was not in it for that.
func TestAStrangerIsRefused(t *testing.T) {
	w := open(t)
	w.feed(record())
	rating := (&qoe.Feedback{CallID: "a-call", FromTag: "s1", ToTag: "a1", User: "sip:" + eve, Rating: 1}).Append(nil)
	for typ, body := range map[string][]byte{qoe.ReportType: eves(), qoe.FeedbackType: rating} {
		if got := w.send("SERVICE", eve, eve, typ, body, nil); got.code != 401 {
			t.Errorf("%s: answered %d (%v), want 401", typ, got.code, got.err)
		}
	}
	if got := w.send("PUBLISH", "alice@parley.test", "alice@parley.test", rtcpxr.ContentType, vq("bob-session.txt", t), nil); got.code != 403 {
		t.Errorf("PUBLISH: answered %d (%v), want 403", got.code, got.err)
	}
	w.feed(report(nil)) // Alice's own
	w.settleAll()
	if n := w.count("rejected"); n != 0 {
		t.Errorf("%d set aside", n)
	}
}

// Before the record of the call, or after a restart, who was in it is not known
// when the report comes: it is accepted and does not get into the call.
func TestAStrangersReportStaysOutOfTheCall(t *testing.T) {
	for name, feed := range map[string]func(w *world) *world{
		"before the record": func(w *world) *world {
			w.accept(eve, eves())
			w.settleAll()
			w.feed(record(), relayed(aliceLeg, false, 3))
			return w
		},
		"in one batch": func(w *world) *world {
			w.accept(eve, eves())
			w.feed(record(), relayed(aliceLeg, false, 3))
			return w
		},
		"after a restart": func(w *world) *world {
			w.feed(record(), relayed(aliceLeg, false, 3))
			w.settleAll()
			w = start(t, w.archive, w.journal)
			w.accept(eve, eves())
			return w
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := feed(open(t))
			w.settleAll()
			rows := w.legs(aliceLeg.Dialog)
			if len(rows.Streams) != 1 || len(rows.Measurements) != 1 || rows.Measurements[0].Source != metric.Relay {
				t.Fatalf("%d streams, %d measurements", len(rows.Streams), len(rows.Measurements))
			}
			if v, _ := rows.Streams[0].Values.Get(metric.Jitter); v != 3 {
				t.Errorf("jitter %v is Eve's", v)
			}
			if n := w.count("rejected"); n == 0 {
				t.Error("what Eve told is not kept")
			}
		})
	}
}

func (w *world) accept(user string, body []byte) {
	w.t.Helper()
	w.wantAccepted(w.send("SERVICE", user, user, qoe.ReportType, body, nil), 202)
}

// Each group of metrics says whose values it has.
func TestProvenanceOfGroups(t *testing.T) {
	w := open(t)
	w.feed(record(), relayed(aliceLeg, false, 3), report(nil))
	w.settleAll()
	var in *archive.Stream
	rows := w.legs(aliceLeg.Dialog)
	for i := range rows.Streams {
		if rows.Streams[i].Sender == archive.Responder {
			in = &rows.Streams[i]
		}
	}
	if in == nil {
		t.Fatalf("%d streams", len(rows.Streams))
	}
	network, scores := in.Provenance.Of(metric.NetworkReceived), in.Provenance.Of(metric.Scores)
	if len(network) != 2 || network[0] != metric.ReceivingEnd || network[1] != metric.Relay || len(scores) != 2 || in.Provenance.Of(metric.Picture) != nil {
		t.Errorf("network from %v, scores from %v", network, scores)
	}
}

func TestPartiesAreBounded(t *testing.T) {
	var p parties
	leg := func(i int) Leg { return Leg{Dialog: Dialog{CallID: fmt.Sprint(i)}, User: "a@b"} }
	for i := range maxParties + 10 {
		p.add(&CallRecord{Legs: []Leg{leg(i)}})
	}
	if len(p.legs) > maxParties {
		t.Errorf("%d legs", len(p.legs))
	}
	if p.check(leg(maxParties).Dialog, "x@y") == nil {
		t.Error("the latest is forgotten")
	}
	if err := p.check(leg(3).Dialog, "x@y"); err != nil {
		t.Errorf("the oldest is remembered: %v", err)
	}
}
