package archive_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/metric"
)

func at(minute int) time.Time {
	return time.Date(2026, 11, 22, 10, minute, 0, 123e6, time.UTC)
}

// sample is a call with one leg and two streams, with something in every kind
// of column.
func sample(n int64) archive.Rows {
	var v metric.Set
	v.Put(metric.Jitter, 12.25)
	v.Put(metric.LossRate, 0.0123)
	v.Put(metric.Packets, 5e9/2)
	v.Put(metric.SendSignal, -26.5)
	call := archive.Call{Key: n, ID: fmt.Sprintf("call-%d", n), Started: at(0), Answered: at(1), Ended: at(9), Caller: "alice@parley.test",
		Callee: "o'brien\\@parley.test", Outcome: "answered", SIPCode: 200, Reason: "it's\tover\nnow", HungUpBy: "caller", Known: true, Written: at(10)}
	leg := archive.Leg{Key: 10 * n, CallKey: n, Role: "caller", CallID: fmt.Sprintf(`a'b\c%d`, n), TagA: "x", TagB: "y", User: "alice@parley.test",
		UserAgent: "UCCAPI/16", Dialect: "lync", Endpoint: "epid-1", Initiated: true, Known: true}
	streams := make([]archive.Stream, 2)
	for i := range streams {
		streams[i] = archive.Stream{Key: 100*n + int64(i), LegKey: leg.Key, CallKey: n, Label: "main-audio", Media: metric.Audio,
			Sender: archive.Side(i + 1), Server: archive.Responder, Started: at(1), Ended: at(9), Received: at(10), Clock: archive.ClockRepaired,
			Skew: -3600, Codec: "opus", ClockRate: 48000, Transport: "UDP", Security: "SRTP", FEC: true, BandwidthSource: "API",
			MOSModel: "g107.1/1", ICEFailed: i == 1, Sources: 6, Remarks: 1, Values: v}
		streams[i].Sides[0] = archive.End{User: "alice@parley.test", UserAgent: "UCCAPI/16", Endpoint: "PC-1", OS: "Windows", CPU: "x", Cores: 8, MHz: 3000,
			Virtual: 1, IP: "2001:db8::1", Subnet: "2001:db8::/64", MAC: "00-11", Port: 50000, Reflexive: "198.51.100.1", Relay: "203.0.113.8",
			Inside: archive.Yes, VPN: archive.No, Network: "wifi", LinkSpeed: 1e10, BSSID: "aa", SSID: "office", WifiDriver: "d", WifiVersion: "1",
			WifiRadio: "802.11ac", WifiRSSI: -61, WifiChannel: 36, WifiHandovers: 2, Capture: "Mic", CaptureDriver: "m", Render: "Ear", RenderDriver: "e",
			ICE: "DIRECT", ICEWarning: 1 << 31, Told: true}
		streams[i].Sides[1] = archive.End{IP: "192.0.2.1", Port: 40000}
	}
	measured := []archive.Measurement{
		{StreamKey: streams[0].Key, LegKey: leg.Key, Source: metric.Relay, Format: "rtp", Received: at(9), Started: at(1), Ended: at(9), Values: v},
		{StreamKey: streams[0].Key, LegKey: leg.Key, Source: metric.Relay, Part: 1, Format: "rtp", Received: at(2), Started: at(1), Ended: at(2)},
		{StreamKey: streams[0].Key, LegKey: leg.Key, Source: metric.SendingEnd, Format: "ms-qoe", Reporter: "alice@parley.test", Received: at(10), Remarks: "a\nb", Values: v},
	}
	return archive.Rows{
		Calls: []archive.Call{call}, Legs: []archive.Leg{leg}, Streams: streams, Measurements: measured,
		Ratings:  []archive.Rating{{Key: 1000 * n, LegKey: leg.Key, CallKey: n, User: "alice@parley.test", Stars: 2, Text: "I heard myself", Tokens: "3=1", Received: at(11)}},
		Rejected: []archive.Rejected{{Seq: n, Received: at(1), Format: "ms-qoe", Reporter: "eve@parley.test", Reason: "bad", Body: "<\x7f>\t'"}},
	}
}

func load(t *testing.T, a *archive.Archive, legs ...int64) archive.Rows {
	t.Helper()
	got, err := a.Legs(t.Context(), legs)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func count(t *testing.T, a *archive.Archive, table string) (n int64) {
	t.Helper()
	if err := a.Query(t.Context(), "SELECT count(*) FROM "+a.From(table), func(row []any) error { n = row[0].(int64); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func same(t *testing.T, want, got archive.Rows) {
	t.Helper()
	byKey := cmp.Options{
		cmp.AllowUnexported(metric.Set{}),
		cmp.Transformer("sorted", func(m []archive.Measurement) map[string]archive.Measurement {
			out := map[string]archive.Measurement{}
			for _, r := range m {
				out[fmt.Sprint(r.StreamKey, r.Source, r.Part)] = r
			}
			return out
		}),
		cmp.Transformer("streams", func(m []archive.Stream) map[int64]archive.Stream {
			out := map[int64]archive.Stream{}
			for _, r := range m {
				out[r.Key] = r
			}
			return out
		}),
	}
	want.Rejected = nil // has no leg
	if d := cmp.Diff(want, got, byKey); d != "" {
		t.Errorf("read something else than was written (-want +got):\n%s", d)
	}
}

func TestEveryColumnSurvives(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		want := sample(1)
		if err := a.Write(t.Context(), &archive.Batch{Put: want, Cursor: 7}); err != nil {
			t.Fatal(err)
		}
		same(t, want, load(t, a, 10))
		legs, err := a.LegsOfCallIDs(t.Context(), []string{`a'b\c1`, "none"})
		if err != nil || len(legs) != 1 || legs[0] != want.Legs[0] {
			t.Errorf("legs by Call-ID: %+v %v", legs, err)
		}
		if c, err := a.Cursor(t.Context()); err != nil || c != 7 {
			t.Errorf("cursor %d %v", c, err)
		}
	})
}

func TestWritingTwiceChangesNothing(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		b := &archive.Batch{Put: sample(1), Cursor: 1}
		for range 3 {
			if err := a.Write(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		for table, n := range map[string]int64{"calls": 1, "legs": 1, "streams": 2, "measurements": 3, "ratings": 1, "rejected": 1} {
			if got := count(t, a, table); got != n {
				t.Errorf("%d rows in %s, want %d", got, table, n)
			}
		}
		// A late second report amends.
		amended := sample(1)
		amended.Streams[0].Values.Put(metric.Jitter, 99)
		amended.Measurements[0].Values.Put(metric.Jitter, 99)
		if err := a.Write(t.Context(), &archive.Batch{Put: amended, Cursor: 2}); err != nil {
			t.Fatal(err)
		}
		same(t, amended, load(t, a, 10))
	})
}

func TestDrop(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		if err := a.Write(t.Context(), &archive.Batch{Put: sample(1), Cursor: 1}); err != nil {
			t.Fatal(err)
		}
		if err := a.Write(t.Context(), &archive.Batch{Put: sample(2), Drop: sample(1), Cursor: 2}); err != nil {
			t.Fatal(err)
		}
		if got := load(t, a, 10); len(got.Legs)+len(got.Streams)+len(got.Measurements)+len(got.Calls) != 0 {
			t.Errorf("still there: %+v", got)
		}
		same(t, sample(2), load(t, a, 20))
	})
}

func TestReopenKeepsEverything(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a, err := archive.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Write(t.Context(), &archive.Batch{Put: sample(1), Cursor: 41}); err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		a = archivetest.Open(t, cfg)
		same(t, sample(1), load(t, a, 10))
		if c, _ := a.Cursor(t.Context()); c != 41 {
			t.Errorf("cursor %d", c)
		}
		if got := a.Codes(archive.User, func(s string) bool { return strings.HasPrefix(s, "alice") }); len(got) != 1 || a.Text(archive.User, got[0]) != "alice@parley.test" {
			t.Errorf("codes %v", got)
		}
	})
}

// An archive that an earlier program wrote, with fewer columns, is brought up.
func TestMissingColumnsAreAdded(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a, err := archive.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Write(t.Context(), &archive.Batch{Put: sample(1), Cursor: 1}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []string{"jitter", "second_ssid", "fec"} {
			if err := archive.Exec(t.Context(), a, "ALTER TABLE "+archive.MonthTable(a, 202611)+" DROP COLUMN "+c); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		a = archivetest.Open(t, cfg)
		got := load(t, a, 10)
		if len(got.Streams) != 2 {
			t.Fatalf("%d streams", len(got.Streams))
		}
		if err := a.Write(t.Context(), &archive.Batch{Put: sample(1), Cursor: 2}); err != nil {
			t.Fatal(err)
		}
		same(t, sample(1), load(t, a, 10))
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a, err := archive.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := archive.Exec(t.Context(), a, "INSERT INTO schema_version (number) VALUES (999)"); err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "999") {
			t.Fatalf("opened a newer archive: %v", err)
		}
	})
}

func TestBadConfiguration(t *testing.T) {
	for _, cfg := range []archive.Config{
		{Engine: "oracle"},
		{Engine: archive.EngineClickHouse, URL: "127.0.0.1:8123"},
		{Engine: archive.EngineClickHouse, URL: "http://127.0.0.1:8123", Database: "a;b"},
		{Engine: archive.EngineClickHouse, URL: "http://127.0.0.1:1", Database: "a"},
	} {
		if a, err := archive.Open(t.Context(), cfg); err == nil {
			t.Errorf("%+v was opened: %v", cfg, a)
		}
	}
}

// More keys than a statement lists, in a second write over the first.
func TestManyKeysAndUnusualText(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		var all archive.Rows
		for n := int64(1); n <= 600; n++ {
			r := sample(n)
			r.Calls[0].Caller = fmt.Sprintf("user%d\t\\N'\"@parley.test", n%50)
			all.Calls = append(all.Calls, r.Calls...)
			all.Streams = append(all.Streams, r.Streams...)
		}
		for cursor := uint64(1); cursor <= 2; cursor++ {
			if err := a.Write(t.Context(), &archive.Batch{Put: all, Cursor: cursor}); err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, a, "calls"); n != 600 {
			t.Errorf("%d calls", n)
		}
		if n := count(t, a, "streams"); n != 1200 {
			t.Errorf("%d streams", n)
		}
		calls, err := a.Calls(t.Context(), "call_key = 51")
		if err != nil || len(calls) != 1 || calls[0].Caller != "user1\t\\N'\"@parley.test" {
			t.Errorf("%+v %v", calls, err)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	a := archivetest.Open(b, archive.Config{Engine: archive.EngineDuckDB, Path: b.TempDir() + "/q.duckdb", Threads: 2})
	var rows archive.Rows
	n := int64(0)
	for b.Loop() {
		rows.Streams = rows.Streams[:0]
		for range 1000 {
			n++
			rows.Streams = append(rows.Streams, sample(n).Streams...)
		}
		if err := a.Write(b.Context(), &archive.Batch{Put: rows, Cursor: uint64(n)}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(2*n)/b.Elapsed().Seconds(), "streams/s")
}

func TestLookup(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		for _, pairs := range [][]int64{{1, 2}, {3}} {
			values := make([]int64, len(pairs))
			for i := range pairs {
				values[i] = 10 * pairs[i]
			}
			if err := a.AddLookup(t.Context(), "by_code", pairs, values); err != nil {
				t.Fatal(err)
			}
		}
		var sum int64
		err := a.Query(t.Context(), "SELECT sum(k), sum(v) FROM "+a.Lookup("by_code"), func(row []any) error {
			sum = row[0].(int64)*1000 + row[1].(int64)
			return nil
		})
		if err != nil || sum != 6060 {
			t.Errorf("%d %v", sum, err)
		}
		if err := a.DropLookup(t.Context(), "by_code"); err != nil {
			t.Fatal(err)
		}
		if err := a.AddLookup(t.Context(), "x; DROP TABLE streams", nil, nil); err == nil {
			t.Error("a name that is none was taken")
		}
		if got := a.Texts(archive.User, 1); len(got) != 0 {
			t.Errorf("texts of an empty dictionary: %v", got)
		}
	})
}
