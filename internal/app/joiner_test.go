package app

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"parley/internal/quality/ingest"
	"parley/internal/quality/metric"
	"parley/internal/stack/relay"
	"parley/internal/wire/rtp"
)

// What the relay measured finds its dialog whether the call's record comes before it or after.
func TestJoinerInAnyOrder(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	legs := map[string]ingest.Leg{
		"caller": {Role: "caller", Dialog: ingest.Dialog{CallID: "a", TagA: "1", TagB: "2"}, User: "alice@parley.test", Initiated: true},
		"callee": {Role: "callee", Dialog: ingest.Dialog{CallID: "b", TagA: "3", TagB: "4"}, User: "bob@parley.test"},
	}
	report := func(leg string, packets uint64, rtcp int) relay.Report {
		r := relay.Report{Session: "call-1", Kind: relay.Audio, Leg: leg, Final: true, Begin: now, End: now.Add(time.Minute), Codec: "PCMU", ClockRate: 8000,
			Remote: netip.MustParseAddrPort("10.0.0.1:5000"), Encrypted: true}
		r.Totals.Packets, r.Totals.Expected, r.Sent.Reports, r.Sent.Loss = packets, packets+10, rtcp, 0.25
		return r
	}
	reports := []relay.Report{report("caller", 990, 3), report("callee", 500, 0), report("callee", 20, 0), report("stranger", 5, 0)}
	for _, recordAt := range []int{0, 2, 4} {
		got := map[string]ingest.StreamMeasurement{}
		j := &joiner{out: func(m ingest.StreamMeasurement) {
			got[fmt.Sprintf("%s %v %s", m.Dialog.CallID, m.FromEndpoint, m.Source)] = m
		}}
		for i, r := range slices.Insert(slices.Clone(reports), recordAt, relay.Report{}) {
			if i == recordAt {
				j.record("call-1", legs, true, now)
				continue
			}
			j.report(r, now)
		}
		if len(got) != 3 {
			t.Fatalf("record after %d: %d measurements: %v", recordAt, len(got), got)
		}
		a, rtcp, b := got["a true relay"], got["a false rtcp"], got["b true relay"]
		if loss, _ := a.Values.Get(metric.LossRate); loss != 0.01 || !a.Initiated || a.User != "alice@parley.test" || a.Security != "SRTP" || a.Label != "main-audio" {
			t.Errorf("alice: %+v", a)
		}
		if loss, _ := rtcp.Values.Get(metric.LossRate); loss != 0.25 {
			t.Errorf("alice's RTCP: %+v", rtcp)
		}
		if n, _ := b.Values.Get(metric.Packets); n != 500 {
			t.Errorf("bob: the short stream replaced the long one: %v", n)
		}
	}
}

func TestJoinerForgets(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	j := &joiner{out: func(ingest.StreamMeasurement) {}}
	j.record("ended", nil, true, now)
	j.record("ended", map[string]ingest.Leg{}, true, now)
	j.report(relay.Report{Session: "running"}, now)
	j.report(relay.Report{Session: "other"}, now.Add(2*joinLate))
	if _, ok := j.calls["ended"]; ok {
		t.Error("an ended call is kept")
	}
	if _, ok := j.calls["running"]; !ok {
		t.Error("a running call was forgotten")
	}
	j.report(relay.Report{Session: "next"}, now.Add(joinNever+3*joinLate))
	if len(j.calls) != 1 {
		t.Errorf("%d calls kept", len(j.calls))
	}
}

// An answered call without a packet from an endpoint has rows that say so.
func TestJoinerTellsOfMediaThatNeverCame(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	legs := map[string]ingest.Leg{"caller": {User: "alice@parley.test"}}
	for name, c := range map[string]struct {
		sent     uint64
		oneWay   bool
		answered bool
		length   time.Duration
		want     string
	}{
		"nothing either way": {0, false, true, time.Minute, ingest.SetupFailed},
		"one way":            {3000, true, true, time.Minute, ingest.OneWay},
		"held":               {3000, false, true, time.Minute, ""},
		"short":              {0, false, true, time.Second, ""},
		"not answered":       {0, false, false, time.Minute, ""},
	} {
		var got []ingest.StreamMeasurement
		j := &joiner{out: func(m ingest.StreamMeasurement) { got = append(got, m) }}
		r := relay.Report{Session: "c", Leg: "caller", Kind: relay.Audio, Final: true, Begin: now, End: now.Add(c.length), OneWay: c.oneWay}
		r.Sent.Packets = c.sent
		j.report(r, now)
		j.record("c", legs, c.answered, now)
		if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || got[0].Failure != c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What an endpoint's extended report says is of the stream that it received.
func TestJoinerTakesExtendedReports(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var got []ingest.StreamMeasurement
	j := &joiner{out: func(m ingest.StreamMeasurement) { got = append(got, m) }}
	r := relay.Report{Session: "c", Leg: "caller", Kind: relay.Audio, Final: true, Begin: now, End: now.Add(time.Minute),
		VoIP: &rtp.VoIP{LossRate: 64, DiscardRate: 32, BurstDensity: 128, MOSLQ: 41, MOSCQ: 127, RFactor: 88, SignalLevel: -20, NoiseLevel: 127, EchoReturnLoss: 55, JitterNominal: 60}}
	j.report(r, now)
	j.record("c", map[string]ingest.Leg{"caller": {User: "alice@parley.test"}}, true, now)
	i := slices.IndexFunc(got, func(m ingest.StreamMeasurement) bool { return m.Source == metric.RTCP && !m.FromEndpoint })
	if i < 0 {
		t.Fatalf("%+v", got)
	}
	for id, want := range map[metric.ID]float64{metric.LossRate: 0.25, metric.DiscardRate: 0.125, metric.BurstDensity: 50, metric.MOSLQ: 4.1, metric.RConversational: 88,
		metric.ReceiveSignal: -20, metric.EchoReturnLoss: 55, metric.BufferNominal: 60} {
		if v, _ := got[i].Values.Get(id); v != want {
			t.Errorf("%s is %v, want %v", id, v, want)
		}
	}
	if got[i].Values.Has(metric.ReceiveNoise) || got[i].Values.Has(metric.MOSCQ) {
		t.Error("what was not measured is there")
	}
}

// Intervals are parts of the stream; those of a long call are longer, and nothing of them is lost.
func TestStripOfIntervals(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, n := range []int{1, 2, 60, 61, 1000} {
		var got []ingest.StreamMeasurement
		j := &joiner{out: func(m ingest.StreamMeasurement) { got = append(got, m) }}
		r := relay.Report{Session: "c", Leg: "caller", Kind: relay.Audio, Codec: "PCMU", ClockRate: 8000, Begin: now}
		for i := range n {
			r.End = now.Add(time.Duration(i+1) * 10 * time.Second)
			r.Interval.Totals.Packets, r.Interval.Totals.Expected = 500, 510
			if i < n-1 {
				j.interval(r, now)
			}
		}
		r.Final, r.Totals.Packets, r.Totals.Expected = true, uint64(500*n), uint64(510*n)
		j.report(r, now)
		j.record("c", map[string]ingest.Leg{"caller": {User: "alice@parley.test"}}, true, now)
		packets, last := 0.0, now
		for _, m := range got {
			if m.Part == 0 {
				continue
			}
			v, _ := m.Values.Get(metric.Packets)
			packets += v
			if !m.Started.Equal(last) || !m.Values.Has(metric.MOSLQ) || m.Failure != "" {
				t.Fatalf("%d: %+v", n, m)
			}
			last = m.Ended
		}
		switch {
		case n == 1 && len(got) != 1:
			t.Errorf("one interval: %d measurements", len(got))
		case n > 1 && (packets != float64(500*n) || !last.Equal(r.End)):
			t.Errorf("%d intervals: %v packets until %v", n, packets, last)
		case len(got) > 1+maxIntervals:
			t.Errorf("%d intervals became %d", n, len(got)-1)
		}
	}
}
