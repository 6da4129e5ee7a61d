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
				j.record("call-1", legs, now)
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
	j.record("ended", nil, now)
	j.record("ended", map[string]ingest.Leg{}, now)
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
