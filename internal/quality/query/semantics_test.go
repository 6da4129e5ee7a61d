package query_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/classify"
	"parley/internal/quality/mapping"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
)

func num(v any) float64 { f, _ := asFloat(v); return f }

func TestOrderLimitTotalsOthers(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		s := open(t, cfg, world(150), dated())
		all := table(t, s, `{"dimensions":["second.user"],"measures":["streams","poor_pct","calls"],"totals":true,"intervals":true}`)
		top := table(t, s, `{"dimensions":["second.user"],"measures":["streams","poor_pct","calls"],"limit":3,"totals":true,"others":true}`)
		if len(top.Rows) != 3 || len(all.Rows) <= 3 || top.Totals[1] != all.Totals[1] {
			t.Fatalf("%d of %d rows, totals %v and %v", len(top.Rows), len(all.Rows), top.Totals, all.Totals)
		}
		rest := num(all.Totals[1])
		for i, row := range top.Rows {
			if row[0] != all.Rows[i][0] || i > 0 && num(row[1]) > num(top.Rows[i-1][1]) {
				t.Errorf("row %d: %v, %v", i, row, all.Rows[i])
			}
			rest -= num(row[1])
		}
		if num(top.Others[1]) != rest || top.Others[3] != nil || top.Others[0] != nil {
			t.Errorf("others %v, want %v streams and no calls", top.Others, rest)
		}
		for _, row := range all.Rows {
			if row[2] != nil && !(num(row[3]) <= num(row[2]) && num(row[2]) <= num(row[4]) && num(row[3]) < num(row[4])) {
				t.Errorf("interval of %v", row)
			}
		}
		byText := table(t, s, `{"dimensions":["second.user"],"measures":["streams"],"order":["second.user"],"having":{"or":[{"measure":"streams","gt":30},{"measure":"audio.poor_pct","gt":20}]}}`)
		for i := 1; i < len(byText.Rows); i++ {
			if fmt.Sprint(byText.Rows[i-1][0]) > fmt.Sprint(byText.Rows[i][0]) {
				t.Errorf("order of %v and %v", byText.Rows[i-1], byText.Rows[i])
			}
		}
		if len(byText.Rows) == 0 || len(byText.Rows) > len(all.Rows) {
			t.Errorf("%d rows of having", len(byText.Rows))
		}
	})
}

func TestClassifiersSideBySide(t *testing.T) {
	s := open(t, archive.Config{Engine: archive.EngineDuckDB}, world(150), nil)
	r := table(t, s, `{"classifier":["cqd2015","jpdr"],"measures":["audio.poor","audio.streams"]}`)
	if len(r.Columns) != 3 || r.Columns[1].Name != "audio.poor@jpdr" || r.Columns[1].Classifier != "jpdr" || num(r.Rows[0][0]) <= num(r.Rows[0][1]) {
		t.Errorf("%+v %v", r.Columns, r.Rows)
	}
	jpdr, _ := classify.ByName("jpdr")
	rows := world(150)
	want := 0
	for i := range rows.Streams {
		st := &rows.Streams[i]
		if v, _ := jpdr.Judge(st.Media, &st.Values, st.ICEFailed); v == classify.Poor && st.Media.String() == "audio" {
			want++
		}
	}
	if int(num(r.Rows[0][1])) != want {
		t.Errorf("%v poor by jpdr, want %d", r.Rows[0][1], want)
	}
}

func TestComparisonAndExcess(t *testing.T) {
	s := open(t, archive.Config{Engine: archive.EngineDuckDB}, world(300), nil)
	r := table(t, s, `{"time":{"from":"2026-11-04","to":"2026-11-14","compare":"previous","grain":"day"},"measures":["streams",{"excess":"poor"}]}`)
	before := table(t, s, `{"time":{"from":"2026-10-25","to":"2026-11-04","grain":"day"},"measures":["streams","poor","good"]}`)
	now := table(t, s, `{"time":{"from":"2026-11-04","to":"2026-11-14","grain":"day"},"measures":["poor","good"]}`)
	if len(r.Rows) != 10 || len(before.Rows) != 10 {
		t.Fatalf("%d and %d days", len(r.Rows), len(before.Rows))
	}
	for i, row := range r.Rows {
		b := before.Rows[i]
		if num(row[2]) != num(b[1]) || num(row[3]) != num(row[1])-num(b[1]) {
			t.Errorf("%v beside %v", row, b)
		}
		expected := (num(now.Rows[i][1]) + num(now.Rows[i][2])) * num(b[2]) / (num(b[2]) + num(b[3]))
		if !near(row[4], num(now.Rows[i][1])-expected) {
			t.Errorf("excess %v, want %v", row[4], num(now.Rows[i][1])-expected)
		}
	}
}

// Text that is SQL stays text, wherever it stands.
func TestSQLInEveryText(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		s := open(t, cfg, world(30), dated())
		evil := []string{`'; DROP TABLE streams; --`, `x' OR '1'='1`, `\'`, "a\x00b", "\\", `") OR 1=1 --`, "$$", "/*", "日本\u202e"}
		whole := table(t, s, `{"measures":["streams"]}`).Rows[0][0]
		for _, e := range evil {
			for _, op := range []query.Op{query.Eq, query.Ne, query.Contains, query.Begins, query.Ends, query.Regex, query.In, query.Gt} {
				for _, dim := range []string{"codec", "second.user", "second.building", "either.ua_category", "verdict"} {
					_, err := s.Table(t.Context(), query.Everything{}, &query.Query{Measures: []query.Measure{{Name: "streams"}}, Filter: query.Where(dim, op, e)})
					if err != nil && !errors.Is(err, query.ErrBad) {
						t.Errorf("%s %s %q: %v", dim, op, e, err)
					}
				}
			}
			for _, q := range []*query.Query{
				{Dimensions: []string{e}}, {Measures: []query.Measure{{Name: e}}}, {Classifiers: []string{e}, Measures: []query.Measure{{Name: "poor"}}},
				{Measures: []query.Measure{{Name: "streams"}}, Order: []query.Order{{By: e}}}, {Dataset: model.Dataset(e), Measures: []query.Measure{{Name: "streams"}}},
			} {
				if _, err := s.Table(t.Context(), query.Everything{}, q); !errors.Is(err, query.ErrBad) {
					t.Errorf("%+v: %v", q, err)
				}
			}
			r, err := s.Table(t.Context(), query.Everything{}, &query.Query{Measures: []query.Measure{{Name: "streams", As: e}}})
			if err != nil || r.Columns[0].Name != e {
				t.Errorf("column %q: %v", e, err)
			}
		}
		if got := table(t, s, `{"measures":["streams"]}`).Rows[0][0]; got != whole {
			t.Errorf("%v streams are left of %v", got, whole)
		}
	})
}

// edited is a mapping that changes.
type edited struct{ mapping.View }

func (e *edited) Revision() uint64 {
	return e.View.Revision() + uint64(len(e.Attribute("building")("10.1.1.7", worldStart)))
}

func TestEditedMappingShowsInTheNextQuery(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		m := &edited{mapping.Of()}
		s := open(t, cfg, world(60), m)
		const q = `{"dimensions":["second.building"],"measures":["streams"],"filter":{"dim":"second.building","null":false}}`
		if r := table(t, s, q); len(r.Rows) != 0 {
			t.Errorf("without a mapping: %v", r.Rows)
		}
		m.View = dated()
		if r := table(t, s, q); len(r.Rows) != 2 {
			t.Errorf("with a mapping: %v", r.Rows)
		}
		m.View = mapping.Of()
		if r := table(t, s, q); len(r.Rows) != 0 {
			t.Errorf("without it again: %v", r.Rows)
		}
	})
}

// scoped sees one network only.
type scoped struct{ query.Aggregates }

func (scoped) Scope() *query.Filter { return query.Where("either.net", query.Eq, "wifi") }

func TestScopeAndPersonalData(t *testing.T) {
	s := open(t, archive.Config{Engine: archive.EngineDuckDB}, world(100), nil)
	q := &query.Query{Measures: []query.Measure{{Name: "streams"}}, Dimensions: []string{"pair.net"}, Totals: true}
	r, err := s.Table(t.Context(), scoped{}, q)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, row := range r.Rows {
		if !strings.Contains(row[0].(string), "wifi") {
			t.Errorf("outside of the scope: %v", row)
		}
		sum += num(row[1])
	}
	if sum == 0 || sum != num(r.Totals[1]) {
		t.Errorf("%v and totals %v", sum, r.Totals)
	}
	for _, q := range []*query.Query{
		{Dimensions: []string{"Second Sip Uri"}}, {Dimensions: []string{"either.ip"}}, {Measures: []query.Measure{{Name: "streams"}}, Filter: query.Where("first.mac", query.Eq, "x")},
	} {
		if _, err := s.Table(t.Context(), scoped{}, q); !errors.Is(err, query.ErrDenied) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	var all []string
	if err := s.Drill(t.Context(), scoped{}, &query.Query{Dimensions: []string{"pair.net"}, Limit: 20}, sinkFunc(func(row []any) { all = append(all, row[3].(string)) })); err != nil || len(all) == 0 {
		t.Errorf("drill: %d rows, %v", len(all), err)
	}
	for _, net := range all {
		if !strings.Contains(net, "wifi") {
			t.Errorf("drill outside of the scope: %s", net)
		}
	}
}

type sinkFunc func(row []any)

func (sinkFunc) Columns([]query.Column) error { return nil }
func (f sinkFunc) Row(row []any) error        { f(row); return nil }
func (sinkFunc) End(query.Tail) error         { return nil }

func TestCancelledQueryEnds(t *testing.T) {
	s := open(t, archive.Config{Engine: archive.EngineDuckDB}, world(100), nil)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	q := &query.Query{Dimensions: []string{"time.minute"}, Measures: []query.Measure{{Name: "p95.jitter"}}}
	if _, err := s.Table(ctx, query.Everything{}, q); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestMembers(t *testing.T) {
	s := open(t, archive.Config{Engine: archive.EngineDuckDB}, world(100), dated())
	m, err := s.Members(t.Context(), query.Everything{}, "second.building", "sea", query.Span{}, 5)
	if err != nil || len(m.Members) != 1 || m.Members[0] != "SEA1" || m.More {
		t.Errorf("%+v %v", m, err)
	}
	if m, err := s.Members(t.Context(), query.Everything{}, "second.user", "", query.Span{}, 2); err != nil || len(m.Members) != 2 || !m.More {
		t.Errorf("%+v %v", m, err)
	}
	if _, err := s.Members(t.Context(), query.Aggregates{}, "second.user", "", query.Span{}, 2); !errors.Is(err, query.ErrDenied) {
		t.Errorf("%v", err)
	}
}
