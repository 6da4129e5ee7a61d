package query_test

import (
	"errors"
	"strings"
	"testing"

	"parley/internal/quality/query"
)

// Every fault is told with its place, and the name that was probably meant.
func TestDecodeFaults(t *testing.T) {
	for text, want := range map[string][2]string{
		`[]`:                                         {"$", ""},
		`{"measure":["streams"]}`:                    {"$", "measures"},
		`{"measures":"streams"}`:                     {"$.measures", ""},
		`{"measures":[5]}`:                           {"$.measures[0]", ""},
		`{"measures":[{}]}`:                          {"$.measures[0]", ""},
		`{"time":{"last":"P7X"}}`:                    {"$.time.last", ""},
		`{"time":{"last":"P1M","from":"2026"}}`:      {"$.time", ""},
		`{"time":{"from":"2026-02","to":"2026-01"}}`: {"$.time", ""},
		`{"time":{"from":"1492"}}`:                   {"$.time.from", ""},
		`{"time":{"grain":"dya"}}`:                   {"$.time.grain", "day"},
		`{"timezone":"Europe/Lisabon"}`:              {"$.timezone", ""},
		`{"timezone":"../../etc/passwd"}`:            {"$.timezone", ""},
		`{"filter":{"and":[{"or":[{"dim":"codec","equals":"x"}]}]}}`: {"$.filter.and[0].or[0]", ""},
		`{"filter":{"and":[]}}`:                             {"$.filter.and", ""},
		`{"filter":{"and":[{"dim":"x","eq":1}],"dim":"y"}}`: {"$.filter", ""},
		`{"filter":{"dim":"codec"}}`:                        {"$.filter", ""},
		`{"filter":{"dim":"codec","eq":["a"]}}`:             {"$.filter.eq", ""},
		`{"filter":{"dim":"codec","in":[{"a":1}]}}`:         {"$.filter.in", ""},
		`{"filter":{"dim":"jitter","between":[1]}}`:         {"$.filter.between", ""},
		`{"filter":` + strings.Repeat(`{"not":`, 30) + `{"dim":"a","eq":1}` + strings.Repeat("}", 31): {"$.filter" + strings.Repeat(".not", 25), ""},
		`{"limit":-1}`:                      {"$.limit", ""},
		`{"limit":1.5}`:                     {"$.limit", ""},
		`{"limit":1e999}`:                   {"$.limit", ""},
		`{"totals":1}`:                      {"$.totals", ""},
		`{"order":[{"by":"x","asc":true}]}`: {"$.order[0]", ""},
		`{"source":"moon"}`:                 {"$.source", ""},
		`{} {}`:                             {"$", ""},
		`{"dataset":1}`:                     {"$.dataset", ""},
	} {
		_, err := query.Decode([]byte(text))
		var p *query.Problem
		if !errors.As(err, &p) || !errors.Is(err, query.ErrBad) || p.Path != want[0] || want[1] != "" && p.Nearest != want[1] {
			t.Errorf("%.80s: %v (%+v), want %v", text, err, p, want)
		}
	}
	if _, err := query.Decode([]byte(`{"measures":["` + strings.Repeat("x", 2<<20) + `"]}`)); !errors.Is(err, query.ErrBad) {
		t.Errorf("a query of 2 MB: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"dataset":"streams","classifier":["cqd2015","jpdr"],"timezone":"Europe/Lisbon","time":{"last":"P7M","grain":"day","compare":"previous"},"dimensions":["either.building"],"measures":["audio.poor_pct",{"p95":"jitter"},{"excess":"audio.poor"}],"filter":{"and":[{"dim":"media_type","in":["audio"]},{"not":{"dim":"first.ip","in_subnet":"10.0.0.0/8"}}]},"having":{"measure":"audio.streams","gt":1000},"order":[{"by":"audio.poor_pct","desc":true}],"limit":100,"totals":true,"others":true}`,
		`{"time":{"from":"2026-11","to":"2026-12-01T00:00:00Z"}}`, `{"filter":{"dim":"a","between":[1,2]}}`, `[]`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if q, err := query.Decode(text); err == nil && q == nil {
			t.Error("neither a query nor an error")
		}
	})
}
