package ingest

import (
	"net/netip"
	"testing"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// seen is what an agent tells of Alice's leg: of what she sent, or of what she got.
func seen(fromAlice, final bool, jitter float64) ProbeMeasurement {
	m := ProbeMeasurement{Dialog: aliceLeg.Dialog, Correlation: "address", Caller: "alice@parley.test", Callee: "bob@parley.test", FromInitiator: fromAlice,
		Label: "main-audio", Codec: "PCMU", ClockRate: 8000, Agent: "edge", Final: final, Started: noon(1), Ended: noon(2),
		Sender: netip.MustParseAddrPort("10.0.0.5:50001"), Receiver: netip.MustParseAddrPort("192.0.2.1:40001")}
	m.Values.Put(metric.Jitter, jitter)
	m.Values.Put(metric.LossRate, 7) // cannot be
	return m
}

func (w *world) probe(m ProbeMeasurement) {
	w.t.Helper()
	w.Probe(m, func(err error) {
		if err != nil {
			w.t.Fatal(err)
		}
	})
}

func TestProbeOfACallThatNobodyElseTellsOf(t *testing.T) {
	w := open(t)
	w.probe(seen(true, false, 4))
	w.probe(seen(true, true, 5))
	w.settleAll()
	rows := w.legs(aliceLeg.Dialog)
	if len(rows.Streams) != 1 || len(rows.Measurements) != 2 || len(rows.Calls) != 1 {
		t.Fatalf("%d streams, %d measurements, %d calls", len(rows.Streams), len(rows.Measurements), len(rows.Calls))
	}
	s, m, c := rows.Streams[0], rows.Measurements[0], rows.Calls[0]
	if s.Sender != archive.Initiator || s.Of(archive.Initiator).User != "alice@parley.test" || s.Of(archive.Initiator).IP != "10.0.0.5" || s.Sources != 1<<metric.Probe {
		t.Errorf("%+v", s)
	}
	if m.Reporter != "edge" || m.Correlation != "address" || m.Format != formatProbe || m.Remarks == "" {
		t.Errorf("%+v", m)
	}
	if c.Caller != "alice@parley.test" || c.Callee != "bob@parley.test" || c.Started.IsZero() {
		t.Errorf("%+v", c)
	}
	if v, _ := s.Values.Get(metric.Jitter); v != 5 {
		t.Errorf("jitter %v, want that of the whole stream", v)
	}
}

// In a call of the server's the agent is one more source, behind the others.
func TestProbeJoinsACall(t *testing.T) {
	w := open(t)
	w.probe(seen(true, true, 5))
	w.feed(record(), relayed(aliceLeg, true, 3))
	w.probe(seen(false, true, 9))
	w.settleAll()
	rows := w.legs(aliceLeg.Dialog)
	if len(rows.Streams) != 2 || len(rows.Measurements) != 3 {
		t.Fatalf("%d streams, %d measurements", len(rows.Streams), len(rows.Measurements))
	}
	for _, s := range rows.Streams {
		want := map[archive.Side]float64{archive.Initiator: 3, archive.Responder: 9}[s.Sender]
		if v, _ := s.Values.Get(metric.Jitter); v != want {
			t.Errorf("%v: jitter %v, want %v", s.Sender, v, want)
		}
	}
	if n := w.count("rejected"); n != 0 {
		t.Errorf("%d set aside", n)
	}
}

// A report that an agent saw and the report itself are one.
func TestForwardedReportIsTheSame(t *testing.T) {
	w := open(t)
	body := vq("bob-session.txt", t)
	w.Forwarded(body, "edge", func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	})
	w.send("PUBLISH", "bob@parley.test", "bob@parley.test", "application/vq-rtcpxr", body, nil)
	w.settleAll()
	if n, m := w.count("streams"), w.count("measurements"); n != 2 || m != 2 {
		t.Errorf("%d streams, %d measurements", n, m)
	}
	var refused error
	w.Forwarded([]byte("x"), "edge", func(err error) { refused = err })
	if refused == nil {
		t.Error("nonsense was taken")
	}
}
