package generate_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/classify"
	"parley/internal/quality/generate"
	"parley/internal/quality/metric"
)

func config(streams int) generate.Config {
	return generate.Config{Streams: streams, Seed: 7, From: time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)}
}

func make1(t testing.TB, cfg generate.Config) *generate.Generator {
	t.Helper()
	g, err := generate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// all makes every stream, the parts backwards when asked.
func all(g *generate.Generator, backwards bool) map[int64]archive.Stream {
	out := map[int64]archive.Stream{}
	for _, m := range g.Months() {
		for i := range m.Streams.Count {
			if backwards {
				i = m.Streams.Count - 1 - i
			}
			for _, s := range m.Streams.Fill(i, nil) {
				out[s.Key] = s
			}
		}
	}
	return out
}

func TestSameSeedGivesTheSameStreams(t *testing.T) {
	a, b := all(make1(t, config(20_001)), false), all(make1(t, config(20_001)), true)
	if len(a) != 20_001 || len(b) != len(a) {
		t.Fatalf("%d and %d streams with keys of their own, want 20001", len(a), len(b))
	}
	for k, s := range a {
		if b[k] != s {
			t.Fatalf("stream %d differs", k)
		}
	}
	other := config(20_001)
	other.Seed = 8
	for k := range all(make1(t, other), false) {
		if _, both := a[k]; both {
			t.Fatal("another seed gave a stream of the same key")
		}
	}
}

func TestStreamsAreLikeRealOnes(t *testing.T) {
	distinct := map[string]map[string]bool{}
	seen := func(what, v string) {
		if distinct[what] == nil {
			distinct[what] = map[string]bool{}
		}
		if v != "" {
			distinct[what][v] = true
		}
	}
	rules, err := classify.ByName("cqd2015")
	if err != nil {
		t.Fatal(err)
	}
	byDay := map[time.Weekday]int{}
	poor, judged, wifiPoor, wifi := 0, 0, 0, 0
	agents := map[string]string{}
	for _, s := range all(make1(t, config(200_000)), false) {
		byDay[s.Started.Weekday()]++
		if m := archive.Month(s.Started); m != 202610 && m != 202611 {
			t.Fatalf("a stream of %d", m)
		}
		for i := range s.Sides {
			e := &s.Sides[i]
			seen("user", e.User)
			seen("endpoint", e.Endpoint)
			seen("ip", e.IP)
			seen("subnet", e.Subnet)
			seen("bssid", e.BSSID)
			seen("device", e.Capture)
			seen("driver", e.CaptureDriver)
			seen("agent", e.UserAgent)
			if before, ok := agents[e.Endpoint]; ok && e.Endpoint != "" && before != e.OS {
				t.Fatalf("%s has two operating systems: %s and %s", e.Endpoint, before, e.OS)
			}
			agents[e.Endpoint] = e.OS
		}
		for id, v := range s.Values.All() {
			if err := id.Check(v); err != nil {
				t.Fatal(err)
			}
		}
		if s.Media != metric.Audio {
			continue
		}
		v, _ := rules.Judge(s.Media, &s.Values, s.ICEFailed)
		if v == classify.Unclassified {
			continue
		}
		onAir := s.Sides[0].Network == "wifi" || s.Sides[1].Network == "wifi"
		judged++
		if onAir {
			wifi++
		}
		if v == classify.Poor {
			poor++
			if onAir {
				wifiPoor++
			}
		}
	}
	for what, want := range map[string][2]int{
		"user": {30_000, 50_002}, "endpoint": {30_000, 60_000}, "ip": {30_000, 200_000}, "subnet": {6000, 8010}, "bssid": {6000, 20_000},
		"device": {400, 610}, "driver": {500, 1000}, "agent": {100, 390},
	} {
		if n := len(distinct[what]); n < want[0] || n > want[1] {
			t.Errorf("%d different values of %s, want %d to %d", n, what, want[0], want[1])
		}
	}
	if share := float64(poor) / float64(judged); share < 0.015 || share > 0.08 {
		t.Errorf("%.3f of the audio streams are poor", share)
	}
	if air, cable := float64(wifiPoor)/float64(wifi), float64(poor-wifiPoor)/float64(judged-wifi); air < 1.5*cable {
		t.Errorf("Wi-Fi is poor in %.3f, cable in %.3f", air, cable)
	}
	if byDay[time.Sunday]*8 > byDay[time.Tuesday] {
		t.Errorf("by weekday: %v", byDay)
	}
}

func TestCauseSpoilsWhatItMatches(t *testing.T) {
	causes, err := generate.ReadCauses(strings.NewReader(`
[[cause]]
name = "an access point's firmware"
from = 2026-10-20T00:00:00Z
to = 2026-11-01T00:00:00Z
match = { building = "London 1", network = "wifi", media = "audio" }
share = 0.6
metric = "jitter"
value = 70
`))
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(60_000)
	before := all(make1(t, cfg), false)
	cfg.Causes = causes
	g := make1(t, cfg)
	var file bytes.Buffer
	if err := g.WriteBuildings(&file); err != nil {
		t.Fatal(err)
	}
	london := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(file.String()), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 15 {
			t.Fatalf("%d columns: %s", len(f), line)
		}
		if f[3] == "London 1" {
			london[f[0]+"/24"] = true
		}
	}
	spoiled, hit, others := 0, 0, 0
	for k, s := range all(g, false) {
		matches := false
		for i := range s.Sides {
			matches = matches || london[s.Sides[i].Subnet] && s.Sides[i].Network == "wifi"
		}
		in := !s.Started.Before(causes[0].From) && s.Started.Before(causes[0].To) && s.Media == metric.Audio && !s.ICEFailed
		if matches && in {
			hit++
			if j, _ := s.Values.Get(metric.Jitter); j > 45 {
				spoiled++
			}
		} else if before[k] != s {
			others++
		}
	}
	if hit < 20 || float64(spoiled) < 0.5*float64(hit) || float64(spoiled) > 0.75*float64(hit) || others != 0 {
		t.Errorf("%d of %d matching streams spoiled, %d others changed", spoiled, hit, others)
	}
}

func TestBadCauses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "no [[cause]]",
		"[[cause]]\nshar = 1":                  "shar",
		"[[cause]]\nmetric = \"x\"\nshare = 1": `"x"`,
		"[[cause]]\nmetric = \"jitter\"\nvalue = 5\nshare = 1.5":                          "share",
		"[[cause]]\nmetric = \"loss\"\nshare = 1\nvalue = 7":                              "loss",
		"[[cause]]\nmetric = \"jitter\"\nshare = 1\nvalue = 7\nmatch = { floor = \"2\" }": "floor",
	} {
		causes, err := generate.ReadCauses(strings.NewReader(text))
		if err == nil {
			cfg := config(10)
			cfg.Causes = causes
			_, err = generate.New(cfg)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestGeneratedMonthsLoad(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		g := make1(t, config(30_000))
		calls := int64(0)
		for _, m := range g.Months() {
			if err := a.Load(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			for i := range m.Calls.Count {
				calls += int64(len(m.Calls.Fill(i, nil)))
			}
		}
		got := map[string]int64{}
		for _, table := range []string{"calls", "streams"} {
			err := a.Query(t.Context(), "SELECT count(*) FROM "+a.From(table), func(row []any) error { got[table] = row[0].(int64); return nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		if got["streams"] != 30_000 || got["calls"] != calls {
			t.Errorf("%v in the archive, %d calls made", got, calls)
		}
		// One row against what was made.
		m := g.Months()[1].Streams
		want := m.Fill(m.Count-1, nil)[0]
		rows, err := a.Legs(t.Context(), []int64{want.LegKey})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range rows.Streams {
			if s.Key == want.Key && fmt.Sprint(s.Sides) == fmt.Sprint(want.Sides) && s.Started.Equal(want.Started) {
				return
			}
		}
		t.Errorf("stream %d is not as it was made: %+v", want.Key, rows.Streams)
	})
}
