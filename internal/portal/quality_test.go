package portal

import (
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/portal/api"
	"parley/internal/quality/report"
)

func TestOverviewAddsUp(t *testing.T) {
	t.Parallel()
	b := newSite(t, Config{}).browser(t)
	b.signIn("alice@parley.test")
	var o api.Overview
	b.do("GET", "/api/v1/quality/overview", nil, &o)
	if o.To.Sub(o.From) != 24*time.Hour || len(o.Hours) < 24 || len(o.Hours) > 25 {
		t.Fatalf("range %s to %s with %d hours, want the last 24", o.From, o.To, len(o.Hours))
	}
	var sum api.Totals
	for i, h := range o.Hours {
		if i > 0 && !h.Start.Equal(o.Hours[i-1].Start.Add(time.Hour)) {
			t.Errorf("hour %s follows %s", h.Start, o.Hours[i-1].Start)
		}
		sum.Calls += h.Calls
		sum.Streams.Good += h.Streams.Good
		sum.Streams.Poor += h.Streams.Poor
		sum.Streams.Unclassified += h.Streams.Unclassified
	}
	if sum.Calls != o.Totals.Calls || sum.Streams != o.Totals.Streams || sum.Calls < 200 {
		t.Errorf("hours sum up to %+v, totals are %+v", sum, o.Totals)
	}
	want := 100 * float64(sum.Streams.Poor) / float64(sum.Streams.Poor+sum.Streams.Good)
	if o.Totals.PoorPercent == nil || math.Abs(*o.Totals.PoorPercent-want) > 1e-9 || *o.Totals.PoorPercentLow >= want || *o.Totals.PoorPercentHigh <= want {
		t.Errorf("poor per cent %v (%v to %v), want %v inside", o.Totals.PoorPercent, o.Totals.PoorPercentLow, o.Totals.PoorPercentHigh, want)
	}
	if o.Previous.Calls != 0 || o.Previous.PoorPercent != nil {
		t.Errorf("the day before: %+v, want nothing", o.Previous)
	}
}

func TestBadQuestionsAreExplained(t *testing.T) {
	t.Parallel()
	b := newSite(t, Config{}).browser(t)
	b.signIn("admin@parley.test")
	for query, want := range map[string]string{
		"overview?from=yesterday":                                    `parameter from: "yesterday" is not a time`,
		"overview?from=2026-11-22T10:00:00Z&to=2026-11-22T09:00:00Z": "ends before it begins",
		"overview?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z": "longer than 366 days",
		"calls?verdict=bad":                                          `parameter verdict: "bad" is not one of its values`,
		"calls?limit=ten":                                            `parameter limit: "ten" is not a whole number`,
		"calls?user=a&user=b":                                        "give it once",
		"calls?cursor=zzz":                                           "cursor",
		"calls?user=" + strings.Repeat("x", 2000):                    "longer than 1024 bytes",
	} {
		var p api.Problem
		if res := b.do("GET", "/api/v1/quality/"+query, nil, &p); res.StatusCode != http.StatusBadRequest || !strings.Contains(p.Detail, want) {
			t.Errorf("%.60s: status %d, detail %q; want 400 with %q", query, res.StatusCode, p.Detail, want)
		}
	}
}

func TestCallsArePaged(t *testing.T) {
	t.Parallel()
	b := newSite(t, Config{}).browser(t)
	b.signIn("admin@parley.test")
	seen := map[string]bool{}
	var last time.Time
	cursor := ""
	for pages := 0; ; pages++ {
		var p api.CallPage
		b.do("GET", "/api/v1/quality/calls?limit=60&cursor="+url.QueryEscape(cursor), nil, &p)
		for _, c := range p.Calls {
			if seen[c.ID] || !last.IsZero() && c.Started.After(last) {
				t.Fatalf("call %s again or out of order", c.ID)
			}
			seen[c.ID], last = true, c.Started
		}
		if p.Next == nil {
			break
		}
		if cursor = *p.Next; pages > 10 {
			t.Fatal("the pages do not end")
		}
	}
	if len(seen) != 201 {
		t.Errorf("%d calls over all pages, want 201", len(seen))
	}
}

func TestUserSeesOwnCallsOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	b := s.browser(t)
	b.signIn("alice@parley.test")
	for _, search := range []string{"", "bob", "dave"} {
		var p api.CallPage
		b.do("GET", "/api/v1/quality/calls?limit=500&user="+search, nil, &p)
		if len(p.Calls) == 0 {
			t.Errorf("search %q: no call", search)
		}
		for _, c := range p.Calls {
			if c.Caller.Address != "alice@parley.test" && c.Callee.Address != "alice@parley.test" {
				t.Fatalf("search %q shows the call %s of %s and %s", search, c.ID, c.Caller.Address, c.Callee.Address)
			}
			if !strings.Contains(c.Caller.Address+c.Callee.Address, search) {
				t.Errorf("search %q shows the call of %s and %s", search, c.Caller.Address, c.Callee.Address)
			}
		}
	}
	if got := s.world.quality.asked[0].User; got != "alice@parley.test" {
		t.Errorf("the archive was asked for calls of %q", got)
	}
}

func TestCallHasBothLegsAndItsRecord(t *testing.T) {
	t.Parallel()
	b := newSite(t, Config{}).browser(t)
	b.signIn("bob@parley.test")
	var c api.CallDetails
	b.do("GET", "/api/v1/quality/calls/c-poor", nil, &c)
	if len(c.Legs) != 2 || c.Legs[0].Role != api.LegCaller || c.Legs[1].Role != api.LegCallee {
		t.Fatalf("legs: %+v", c.Legs)
	}
	if c.Call.Caller.DisplayName != "Alice Archer" || *c.Call.Caller.Dialect != api.DialectLync || c.Call.Verdict != api.VerdictPoor {
		t.Errorf("call: %+v", c.Call)
	}
	first := c.Legs[0].Streams[0]
	if len(first.LossRuns) != 8 || first.LossRuns[0].Count != 212 || len(c.Legs[0].Streams[1].LossRuns) != 0 {
		t.Errorf("loss runs of the caller's leg: %v and %v", first.LossRuns, c.Legs[0].Streams[1].LossRuns)
	}
	for _, m := range first.Metrics {
		if len(m.Values) != len(first.Sources) {
			t.Errorf("metric %s has %d values from %d sources", m.Name, len(m.Values), len(first.Sources))
		}
	}
	if len(c.Translations) != 4 || len(c.Timeline) != 5 || len(c.Ratings) != 1 {
		t.Errorf("%d translations, %d events, %d ratings", len(c.Translations), len(c.Timeline), len(c.Ratings))
	}
}

func TestAddressesAreForAdministrators(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	for user, shown := range map[string]bool{"admin@parley.test": true, "bob@parley.test": false} {
		b := s.browser(t)
		b.signIn(user)
		var p api.People
		b.do("GET", "/api/v1/people?q=ARCHER", nil, &p)
		if len(p.People) != 1 || len(p.People[0].Endpoints) != 2 {
			t.Fatalf("search by name: %+v", p.People)
		}
		for _, e := range p.People[0].Endpoints {
			if (e.Address != nil) != shown {
				t.Errorf("%s is shown the address: %v, want %v", user, e.Address != nil, shown)
			}
		}
	}
}

func TestWilson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k, n      int64
		low, high float64
	}{{0, 10, 0, 27.75}, {10, 10, 72.25, 100}, {5, 10, 23.66, 76.34}, {2, 100, 0.55, 7.0}} {
		low, high := wilson(c.k, c.n)
		if math.Abs(low-c.low) > 0.01 || math.Abs(high-c.high) > 0.01 {
			t.Errorf("%d of %d: %.2f to %.2f, want %.2f to %.2f", c.k, c.n, low, high, c.low, c.high)
		}
	}
}

func TestEmptyAnswersAreLists(t *testing.T) {
	t.Parallel()
	if s := streamOf(report.Stream{}); s.Why == nil || s.Notes == nil || s.Sources == nil || s.Metrics == nil || s.LossRuns == nil {
		t.Errorf("an empty stream has a null list: %+v", s)
	}
}
