package report_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/classify"
	"parley/internal/quality/metric"
	"parley/internal/quality/report"
)

var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func now() time.Time { return start.Add(6 * time.Hour) }

type backlog struct{}

func (backlog) Backlog() (uint64, time.Time) { return 3, now().Add(-2 * time.Second) }

func service(t *testing.T, a *archive.Archive) *report.Service {
	t.Helper()
	s, err := report.New(report.Config{Archive: a, Backlog: backlog{}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// corpus is 60 calls of six hours with streams of every kind, the same in every
// run: values around the limits, metrics missing, ICE failures.
func corpus() (rows archive.Rows, want map[int64]*report.Hour) {
	rnd := rand.New(rand.NewPCG(1, 2))
	rules, _ := classify.ByName("cqd2015")
	want = map[int64]*report.Hour{}
	for n := range int64(60) {
		at := start.Add(time.Duration(n) * 6 * time.Minute)
		h := at.Truncate(time.Hour)
		if want[h.Unix()] == nil {
			want[h.Unix()] = &report.Hour{Start: h}
		}
		want[h.Unix()].Calls++
		call := archive.Call{Key: n + 1, ID: fmt.Sprintf("call-%02d", n), Started: at, Answered: at, Ended: at.Add(time.Minute), Caller: fmt.Sprintf("user%d@parley.test", n%7),
			Callee: "Bob.O'Hara@parley.test", Outcome: "answered", SIPCode: 200, Known: true, Written: at.Add(2 * time.Minute)}
		leg := archive.Leg{Key: 1000 + n, CallKey: call.Key, Role: "caller", CallID: fmt.Sprint("sip-", n), User: call.Caller, UserAgent: "UA/1", Dialect: "lync", Initiated: true, Known: true}
		rows.Calls, rows.Legs = append(rows.Calls, call), append(rows.Legs, leg)
		for i := range n % 6 {
			st := archive.Stream{Key: 100000 + 10*n + i, LegKey: leg.Key, CallKey: call.Key, Label: "x", Media: metric.Media(rnd.IntN(5)), Sender: archive.Side(1 + i%2),
				Server: archive.Responder, Started: at, Ended: at.Add(time.Minute), Received: at, ICEFailed: rnd.IntN(10) == 0, Sources: 1 << metric.Relay}
			for _, r := range rules.Media[metric.Audio].Limits {
				put(&st.Values, rnd, r)
			}
			for _, r := range append(rules.Media[metric.Video].Limits, rules.Media[metric.AppShare].Limits...) {
				put(&st.Values, rnd, r)
			}
			switch v, _ := rules.Judge(st.Media, &st.Values, st.ICEFailed); v {
			case classify.Good:
				want[h.Unix()].Streams.Good++
			case classify.Poor:
				want[h.Unix()].Streams.Poor++
			default:
				want[h.Unix()].Streams.Unclassified++
			}
			rows.Streams = append(rows.Streams, st)
		}
	}
	return rows, want
}

func put(v *metric.Set, rnd *rand.Rand, r classify.Rule) {
	switch step := 1 / r.Metric.Get().Scale; rnd.IntN(6) {
	case 0, 1, 2:
	case 3:
		v.Put(r.Metric, r.Limit)
	case 4:
		v.Put(r.Metric, r.Limit+step)
	case 5:
		v.Put(r.Metric, r.Limit-step)
	}
}

func filled(t *testing.T, cfg archive.Config) (*report.Service, map[int64]*report.Hour) {
	t.Helper()
	a := archivetest.Open(t, cfg)
	rows, want := corpus()
	if err := a.Write(t.Context(), &archive.Batch{Put: rows, Cursor: 1}); err != nil {
		t.Fatal(err)
	}
	return service(t, a), want
}

// The verdicts of SQL are those of Go, in both engines.
func TestOverview(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		s, want := filled(t, cfg)
		got, err := s.Overview(t.Context(), report.Range{From: start.Add(-time.Hour), To: start.Add(7 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Hours) != 8 || got.Calls != 60 || got.Classifier != "cqd2015" {
			t.Fatalf("%d hours, %d calls", len(got.Hours), got.Calls)
		}
		var total report.StreamCounts
		for _, h := range got.Hours {
			expect := report.Hour{Start: h.Start}
			if w := want[h.Start.Unix()]; w != nil {
				expect = *w
			}
			if h != expect {
				t.Errorf("%s: %+v, want %+v", h.Start, h, expect)
			}
			total.Good += h.Streams.Good
			total.Poor += h.Streams.Poor
			total.Unclassified += h.Streams.Unclassified
		}
		if got.Streams != total || total.Poor == 0 || total.Good == 0 || total.Unclassified == 0 {
			t.Errorf("sums %+v, %+v", got.Streams, total)
		}
		f := got.Freshness
		if !f.LastRow.Equal(start.Add(59*6*time.Minute+2*time.Minute)) || !f.LastCall.Equal(start.Add(59*6*time.Minute)) || f.Pending != 3 || f.LagSeconds != 2 || !f.AsOf.Equal(now()) {
			t.Errorf("%+v", f)
		}
		// A range without ends is all of it.
		all, err := s.Overview(t.Context(), report.Range{})
		if err != nil || len(all.Hours) != 6 || all.Calls != 60 {
			t.Errorf("%d hours, %d calls, %v", len(all.Hours), all.Calls, err)
		}
		half, err := s.Overview(t.Context(), report.Range{From: start.Add(30 * time.Minute), To: start.Add(90 * time.Minute)})
		if err != nil || len(half.Hours) != 2 || half.Calls != 10 {
			t.Errorf("half past: %d hours, %d calls, %v", len(half.Hours), half.Calls, err)
		}
	})
}

func TestEmptyArchive(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		s := service(t, archivetest.Open(t, cfg))
		o, err := s.Overview(t.Context(), report.Range{})
		if err != nil || len(o.Hours) == 0 || o.Calls != 0 || !o.Freshness.LastRow.IsZero() {
			t.Errorf("%+v %v", o, err)
		}
		p, err := s.Calls(t.Context(), report.CallFilter{})
		if err != nil || p.Calls == nil || len(p.Calls) != 0 || p.Next != "" {
			t.Errorf("%+v %v", p, err)
		}
		if _, err := s.Call(t.Context(), "x' OR '1'='1"); !errors.Is(err, report.ErrNoCall) {
			t.Errorf("%v", err)
		}
	})
}

func ids(p report.CallPage) (out []string) {
	for _, c := range p.Calls {
		out = append(out, c.ID)
	}
	return out
}

func TestCallsPageThroughEverythingOnce(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		s, _ := filled(t, cfg)
		var seen []string
		f := report.CallFilter{Limit: 7}
		for {
			p, err := s.Calls(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, ids(p)...)
			if f.Cursor = p.Next; f.Cursor == "" {
				break
			}
		}
		if len(seen) != 60 || seen[0] != "call-59" || !slices.IsSortedFunc(seen, func(a, b string) int { return strings.Compare(b, a) }) {
			t.Errorf("%d calls: %v", len(seen), seen)
		}
	})
}

func TestCallFilters(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		s, _ := filled(t, cfg)
		byVerdict := map[string]int{}
		for _, v := range []string{report.Good, report.Poor, report.Unclassified} {
			p, err := s.Calls(t.Context(), report.CallFilter{Verdict: v, Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			byVerdict[v] = len(p.Calls)
			for _, c := range p.Calls {
				if c.Verdict != v {
					t.Errorf("%s is %s, asked for %s: %+v", c.ID, c.Verdict, v, c.Streams)
				}
			}
		}
		if byVerdict[report.Good]+byVerdict[report.Poor]+byVerdict[report.Unclassified] != 60 || byVerdict[report.Good] == 0 || byVerdict[report.Poor] == 0 {
			t.Errorf("%v", byVerdict)
		}
		for user, n := range map[string]int{"USER3": 9, "o'hara": 60, "nobody": 0, "%": 0, `\`: 0} {
			p, err := s.Calls(t.Context(), report.CallFilter{User: user, Limit: 500})
			if err != nil || len(p.Calls) != n {
				t.Errorf("user %q: %d calls, want %d (%v)", user, len(p.Calls), n, err)
			}
		}
		p, err := s.Calls(t.Context(), report.CallFilter{Range: report.Range{From: start, To: start.Add(12 * time.Minute)}})
		if err != nil || !slices.Equal(ids(p), []string{"call-01", "call-00"}) {
			t.Errorf("%v %v", ids(p), err)
		}
		for name, f := range map[string]report.CallFilter{
			"range": {Range: report.Range{From: start, To: start.Add(-1)}}, "limit": {Limit: 501}, "negative": {Limit: -1},
			"verdict": {Verdict: "meh"}, "cursor": {Cursor: "1.2; DROP TABLE calls"}, "cursor text": {Cursor: "x"},
		} {
			if _, err := s.Calls(t.Context(), f); !errors.Is(err, report.ErrBadQuery) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Overview(t.Context(), report.Range{From: start.AddDate(-9, 0, 0), To: start}); !errors.Is(err, report.ErrBadQuery) {
			t.Errorf("nine years by the hour: %v", err)
		}
	})
}

func set(pairs ...any) (s metric.Set) {
	for i := 0; i < len(pairs); i += 2 {
		s.Put(pairs[i].(metric.ID), pairs[i+1].(float64))
	}
	return s
}

func value(v float64) *float64 { return &v }

// One call with both legs: what the relay measured beside what the endpoint
// reported, and which of them the row took.
func TestCallSideBySide(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		at := start.Add(time.Minute)
		legs := []archive.Leg{
			{Key: 20, CallKey: 1, Role: "callee", CallID: "b-call", User: "bob@parley.test", UserAgent: "baresip", Dialect: "standard", Known: true},
			{Key: 10, CallKey: 1, Role: "caller", CallID: "a-call", User: "alice@parley.test", UserAgent: "UCCAPI/16", Dialect: "lync", Initiated: true, Known: true},
		}
		toAlice := archive.Stream{Key: 100, LegKey: 10, CallKey: 1, Label: "main-audio", Media: metric.Audio, Sender: archive.Responder, Server: archive.Responder,
			Started: at, Ended: at.Add(90 * time.Second), Codec: "PCMU", Clock: archive.ClockRepaired, Sources: 1<<metric.Relay | 1<<metric.ReceivingEnd,
			Values: set(metric.Jitter, 41.0, metric.LossRate, 0.02, metric.MOSLQ, 4.2)}
		toAlice.Sides[0] = archive.End{User: "alice@parley.test", Told: true}
		fromAlice := toAlice
		fromAlice.Key, fromAlice.Sender, fromAlice.Sources, fromAlice.Values = 101, archive.Initiator, 1<<metric.Relay, set(metric.Jitter, 5.0, metric.MOSLQ, 4.0)
		fromBob := archive.Stream{Key: 200, LegKey: 20, CallKey: 1, Label: "main-audio", Media: metric.Audio, Sender: archive.Responder, Server: archive.Initiator, Started: at, Ended: at}
		rows := archive.Rows{
			Calls: []archive.Call{{Key: 1, ID: "c/1", Started: start, Answered: at, Ended: at.Add(90 * time.Second), Caller: "alice@parley.test", Callee: "bob@parley.test",
				Outcome: "answered", SIPCode: 200, Reason: "Normal", HungUpBy: "callee", Known: true, Written: now()}},
			Legs: legs, Streams: []archive.Stream{fromBob, toAlice, fromAlice},
			Measurements: []archive.Measurement{
				{StreamKey: 100, LegKey: 10, Source: metric.ReceivingEnd, Format: "ms-qoe", Reporter: "alice@parley.test", Received: at, Remarks: "network_mos is 7: left out",
					Values: set(metric.Jitter, 41.0, metric.LossRate, 0.02)},
				{StreamKey: 100, LegKey: 10, Source: metric.Relay, Format: "rtp", Received: at, Values: set(metric.Jitter, 6.0, metric.MOSLQ, 4.2)},
				{StreamKey: 100, LegKey: 10, Source: metric.Relay, Part: 1, Format: "rtp", Received: at, Values: set(metric.Jitter, 99.0)},
				{StreamKey: 101, LegKey: 10, Source: metric.Relay, Part: 1, Format: "rtp", Received: at, Values: set(metric.Jitter, 4.0)},
				{StreamKey: 101, LegKey: 10, Source: metric.Relay, Part: 2, Format: "rtp", Received: at, Values: set(metric.Jitter, 5.0)},
			},
			Ratings: []archive.Rating{{Key: 5, LegKey: 10, CallKey: 1, User: "alice@parley.test", Stars: 2, Text: "echo", Tokens: "3=1,4=0", Received: at}},
		}
		if err := a.Write(t.Context(), &archive.Batch{Put: rows, Cursor: 1}); err != nil {
			t.Fatal(err)
		}
		s := service(t, a)
		got, err := s.Call(t.Context(), "c/1")
		if err != nil {
			t.Fatal(err)
		}
		if got.Verdict != report.Poor || got.Seconds != 90 || *got.WorstMOS != 4.0 || !slices.Equal(got.ReportedBy, []string{"relay", "caller"}) ||
			got.Caller.UserAgent != "UCCAPI/16" || got.Callee.Dialect != "standard" || got.HungUpBy != "callee" || got.Streams.Total() != 3 {
			t.Errorf("%+v", got.CallSummary)
		}
		if len(got.Legs) != 2 || got.Legs[0].Role != "caller" || len(got.Legs[0].Streams) != 2 || got.Legs[0].Streams[0].Direction != "from-endpoint" {
			t.Fatalf("%+v", got.Legs)
		}
		want := report.Stream{
			ID: "0000000000000064", Label: "main-audio", Media: "audio", Direction: "to-endpoint", Codec: "PCMU", Started: at, Seconds: 90, Verdict: "poor",
			Why: []string{"Jitter is 41 ms, above the limit of 30"}, Clock: "repaired", Notes: []string{"receiver: network_mos is 7: left out"},
			Sources: []report.Source{{By: "relay", Format: "rtp", Received: at, Intervals: 1}, {By: "receiver", Format: "ms-qoe", Reporter: "alice@parley.test", Received: at}},
			Metrics: []report.Metric{
				{Name: "loss", Title: "Packet Loss Rate", Unit: "%", Values: []*float64{nil, value(2)}, Used: 1},
				{Name: "jitter", Title: "Jitter", Unit: "ms", Values: []*float64{value(6), value(41)}, Used: 1},
				{Name: "mos_lq", Title: "MOS Listening Quality", Unit: "MOS", Values: []*float64{value(4.2), nil}, Used: 0},
			},
			Failure: "unknown", Strip: []report.Interval{{By: "relay", Jitter: value(99)}},
		}
		if d := cmp.Diff(want, got.Legs[0].Streams[1]); d != "" {
			t.Errorf("stream (-want +got):\n%s", d)
		}
		if m := got.Legs[0].Streams[0].Metrics; len(m) != 1 || *m[0].Values[0] != 5 || got.Legs[0].Streams[0].Sources[0].Intervals != 2 {
			t.Errorf("only intervals: %+v", m)
		}
		if bob := got.Legs[1].Streams; len(bob) != 1 || bob[0].Direction != "from-endpoint" || bob[0].Verdict != "unclassified" || bob[0].Metrics == nil {
			t.Errorf("%+v", bob)
		}
		if d := cmp.Diff([]report.Rating{{User: "alice@parley.test", Stars: 2, Text: "echo", Tokens: []string{"3=1", "4=0"}, Received: at}}, got.Ratings); d != "" {
			t.Error(d)
		}
	})
}

func TestUnknownClassifier(t *testing.T) {
	if _, err := report.New(report.Config{Classifier: "best"}); err == nil {
		t.Error("made a service")
	}
}

func TestPoorPercent(t *testing.T) {
	if p, ok := (report.StreamCounts{Good: 3, Poor: 1, Unclassified: 96}).PoorPercent(); !ok || p != 25 {
		t.Errorf("%v %v", p, ok)
	}
	if _, ok := (report.StreamCounts{Unclassified: 5}).PoorPercent(); ok {
		t.Error("a share of nothing")
	}
}
