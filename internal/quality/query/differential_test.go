package query_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/classify"
	"parley/internal/quality/mapping"
	"parley/internal/quality/query"
)

var (
	dims = []string{"media_type", "codec", "transport", "clock", "verdict", "ice_failed", "pair.net", "call.outcome", "rating.stars", "time.month", "time.day", "time.week", "time.hour",
		"time.hour_of_day", "time.day_of_week", "time.week_of_year", "first.net", "second.net", "second.user", "first.ip", "second.subnet", "second.inside", "second.told", "second.ua_category", "second.wifi_rssi",
		"first.building", "second.building", "second.inside_corp", "second.city", "jitter", "loss"}
	eitherDims = []string{"building", "net", "ip", "ua_category"}
	measures   = []string{"streams", "audio.streams", "poor", "audio.poor", "good", "unclassified", "poor_pct", "audio.poor_pct", "video.poor_pct", "appshare.poor", "calls", "poor_calls", "good_calls", "poor_call_pct",
		"minutes", "second.users", "setup_failed_pct", "feedback_avg", "audio.poor_due_jitter", "avg.jitter", "max.rtt", "min.send_signal", "p50.jitter", "p95.loss", "p90.rtt", "audio.p99.jitter", "count.degradation", "avg.send_signal"}
	zones = []string{"UTC", "Europe/Lisbon", "America/St_Johns", "Asia/Kathmandu"}
)

// dated is a mapping in which a network moves house in the middle of the time.
func dated() mapping.View {
	prefix := netip.MustParsePrefix
	moved := worldStart.Add(12 * 24 * time.Hour)
	return mapping.Of(&mapping.Set{Name: "m",
		Buildings: []mapping.Building{{Key: "A", Name: "SEA1", City: "Seattle", InsideCorp: true}, {Key: "B", Name: "x' OR '1'='1", City: "Lisboa"}},
		Networks: []mapping.Network{{Prefix: prefix("10.1.0.0/16"), Building: "A"}, {Prefix: prefix("10.1.2.0/24"), Building: "A", Validity: mapping.Validity{To: moved}},
			{Prefix: prefix("10.1.2.0/24"), Building: "B", Validity: mapping.Validity{From: moved}}, {Prefix: prefix("2001:db8::/32"), Building: "B"}}})
}

// condition is a filter and what it means.
type condition struct {
	filter *query.Filter
	test   func(n *naive, s stream) bool
}

func randomCondition(rnd *rand.Rand, depth int) condition {
	if depth > 0 && rnd.IntN(2) == 0 {
		a, b := randomCondition(rnd, depth-1), randomCondition(rnd, depth-1)
		switch rnd.IntN(3) {
		case 0:
			return condition{&query.Filter{And: []*query.Filter{a.filter, b.filter}}, func(n *naive, s stream) bool { return a.test(n, s) && b.test(n, s) }}
		case 1:
			return condition{&query.Filter{Or: []*query.Filter{a.filter, b.filter}}, func(n *naive, s stream) bool { return a.test(n, s) || b.test(n, s) }}
		}
		return condition{&query.Filter{Not: a.filter}, func(n *naive, s stream) bool { return !a.test(n, s) }}
	}
	text := func(dim string, op query.Op, test func(v any) bool, values ...any) condition {
		return condition{query.Where(dim, op, values...), func(n *naive, s stream) bool {
			if rest, ok := strings.CutPrefix(dim, "either."); ok {
				return test(n.value(s, "first."+rest, "cqd2015")) || test(n.value(s, "second."+rest, "cqd2015"))
			}
			return test(n.value(s, dim, "cqd2015"))
		}}
	}
	str := func(v any) string { s, _ := v.(string); return s }
	num := func(v any, test func(f float64) bool) bool { f, ok := asFloat(v); return ok && test(f) }
	switch rnd.IntN(16) {
	case 0:
		return text("media_type", query.In, func(v any) bool { return v == "audio" || v == "video" }, "audio", "video")
	case 1:
		return text("codec", query.Ne, func(v any) bool { return v != "opus" }, "opus")
	case 2:
		return text("second.net", query.Null, func(v any) bool { return v == nil }, true)
	case 3:
		return text("first.ip", query.InSubnet, func(v any) bool { return strings.HasPrefix(str(v), "10.1.") }, "10.1.0.0/16")
	case 4:
		return text("either.ip", query.InSubnet, func(v any) bool { return strings.HasPrefix(str(v), "2001:db8:1:") }, "2001:db8:1::/64")
	case 5:
		return text("second.user", query.Contains, func(v any) bool { return strings.Contains(str(v), "user3") }, "USER3")
	case 6:
		return text("second.ua_category", query.Regex, func(v any) bool { return v == "OC" || v == "Softphone" }, "^(OC|Soft.*)$")
	case 7:
		return text("jitter", query.Gt, func(v any) bool { return num(v, func(f float64) bool { return f > 7.5 }) }, 7.5)
	case 8:
		return text("loss", query.Between, func(v any) bool { return num(v, func(f float64) bool { return f >= 0.025 && f <= 0.1 }) }, 0.025, 0.1)
	case 9:
		return text("either.building", query.Eq, func(v any) bool { return v == "SEA1" }, "SEA1")
	case 10:
		return text("second.building", query.In, func(v any) bool { return v == "x' OR '1'='1" || v == nil }, "x' OR '1'='1", nil)
	case 11:
		return text("verdict", query.Eq, func(v any) bool { return v == "poor" }, "poor")
	case 12:
		return text("call.outcome", query.Begins, func(v any) bool { return v == "answered" }, "ANS")
	case 13:
		return text("time.hour_of_day", query.Lt, func(v any) bool { return num(v, func(f float64) bool { return f < 9 }) }, 9.0)
	case 14:
		return text("duration", query.Ge, func(v any) bool { return num(v, func(f float64) bool { return f >= 30.5 }) }, 30.5)
	}
	return text("pair.net", query.Eq, func(v any) bool { return v == "wired : wifi" }, "wired : wifi")
}

// question is a query with what it is made of.
type question struct {
	query  *query.Query
	cond   condition
	dims   []string
	ms     []string
	either bool
}

func randomQuestion(rnd *rand.Rand) question {
	var qn question
	zone, _ := time.LoadLocation(zones[rnd.IntN(len(zones))])
	from := worldStart.Add(time.Duration(rnd.IntN(10)) * 24 * time.Hour)
	q := &query.Query{Zone: zone, Classifiers: []string{"cqd2015"}, Time: query.Span{From: from, To: from.Add(time.Duration(1+rnd.IntN(25)) * 24 * time.Hour)}}
	for range rnd.IntN(4) {
		d := dims[rnd.IntN(len(dims))]
		if !slices.Contains(qn.dims, d) {
			qn.dims = append(qn.dims, d)
		}
	}
	if rnd.IntN(5) == 0 {
		qn.either = true
		qn.dims = append(qn.dims, "either."+eitherDims[rnd.IntN(len(eitherDims))])
	}
	for len(qn.ms) == 0 || rnd.IntN(3) > 0 {
		m := measures[rnd.IntN(len(measures))]
		if !slices.Contains(qn.ms, m) {
			qn.ms = append(qn.ms, m)
			q.Measures = append(q.Measures, query.Measure{Name: m})
		}
	}
	q.Dimensions = qn.dims
	qn.cond = condition{nil, func(*naive, stream) bool { return true }}
	if rnd.IntN(3) > 0 {
		qn.cond = randomCondition(rnd, 2)
	}
	q.Filter = qn.cond.filter
	qn.query = q
	return qn
}

// answer is what the naive evaluator says: rows by their dimensions.
func (n *naive) answer(qn question) map[string][]any {
	n.zone = qn.query.Zone
	groups, labels := map[string][]stream{}, map[string][]any{}
	for _, s := range n.streams(qn.query.Time.From, qn.query.Time.To) {
		if !qn.cond.test(n, s) {
			continue
		}
		seen := map[string]bool{}
		for _, end := range []string{"first.", "second."} {
			var label []any
			for _, d := range qn.dims {
				if rest, ok := strings.CutPrefix(d, "either."); ok {
					d = end + rest
				}
				label = append(label, n.value(s, d, "cqd2015"))
			}
			if k := rowKey(label); !seen[k] {
				seen[k] = true
				groups[k], labels[k] = append(groups[k], s), label
			}
		}
	}
	if len(qn.dims) == 0 && len(groups) == 0 {
		groups[""] = nil
	}
	out := map[string][]any{}
	for k, g := range groups {
		row := labels[k]
		for _, m := range qn.ms {
			row = append(row, n.measure(g, m, "cqd2015"))
		}
		out[k] = row
	}
	return out
}

func rowKey(label []any) string {
	var b strings.Builder
	for _, v := range label {
		if f, ok := asFloat(v); ok {
			v = fmt.Sprintf("%.6f", f)
		}
		fmt.Fprintf(&b, "%T %v|", v, v)
	}
	return b.String()
}

// Both engines answer like somebody who looks at every row.
func TestGeneratedQueries(t *testing.T) {
	rows := world(200)
	cqd, _ := classify.ByName("cqd2015")
	n := &naive{rows: rows, view: dated(), rules: map[string]classify.RuleSet{"cqd2015": cqd}}
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		s := open(t, cfg, rows, dated())
		rnd := rand.New(rand.NewPCG(3, 5))
		count := 400
		if cfg.Engine == archive.EngineClickHouse {
			count = 150
		}
		filled := 0
		for i := range count {
			qn := randomQuestion(rnd)
			r, err := s.Table(t.Context(), query.Everything{}, qn.query)
			if err != nil {
				t.Fatalf("%d: %+v %v: %v", i, qn.dims, qn.ms, err)
			}
			want := n.answer(qn)
			if len(r.Rows) != len(want) {
				t.Errorf("%d: %v %v: %d rows, want %d", i, qn.dims, qn.ms, len(r.Rows), len(want))
				continue
			}
			filled += len(r.Rows)
			for _, row := range r.Rows {
				w, ok := want[rowKey(row[:len(qn.dims)])]
				if !ok {
					t.Errorf("%d: %v: a row %v that is not there", i, qn.dims, row)
					break
				}
				for c := range row {
					if !near(row[c], w[c]) {
						t.Errorf("%d: %v %v: row %v, want %v", i, qn.dims, qn.ms, row, w)
						break
					}
				}
			}
			if t.Failed() && i > 20 {
				break
			}
		}
		if filled < count {
			t.Errorf("only %d rows in %d answers", filled, count)
		}
	})
}
