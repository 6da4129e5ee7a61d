package classify

import (
	"fmt"
	"slices"
	"strings"

	"parley/internal/quality/metric"
)

// SQL is an expression that gives the verdict's number for a row of the
// archive. It uses the metrics' columns (stored integers), the column media and
// the column ice_failed, and only what every SQL engine has.
func (s RuleSet) SQL() string {
	var b strings.Builder
	b.WriteString("CASE WHEN ice_failed = 1 THEN 0")
	for _, m := range s.kinds() {
		rules := s.Media[m]
		if e := rules.Enough; e != nil {
			fmt.Fprintf(&b, " WHEN media = %d AND NOT (%s) THEN 0", m, e.sql())
		}
		if rules.FirstDecides {
			for _, r := range rules.Limits {
				fmt.Fprintf(&b, " WHEN media = %d AND %s IS NOT NULL THEN CASE WHEN %s THEN 2 ELSE 1 END", m, r.Metric, r.sql())
			}
			continue
		}
		poor, known := make([]string, len(rules.Limits)), make([]string, len(rules.Limits))
		for i, r := range rules.Limits {
			poor[i], known[i] = r.sql(), r.Metric.String()+" IS NOT NULL"
		}
		fmt.Fprintf(&b, " WHEN media = %d AND (%s) THEN 2", m, strings.Join(poor, " OR "))
		fmt.Fprintf(&b, " WHEN media = %d AND (%s) THEN 1", m, strings.Join(known, " OR "))
	}
	b.WriteString(" ELSE 0 END")
	return b.String()
}

// kinds lists the media with rules in a fixed order, so that the same rule set
// always gives the same text.
func (s RuleSet) kinds() []metric.Media {
	kinds := make([]metric.Media, 0, len(s.Media))
	for m := range s.Media {
		kinds = append(kinds, m)
	}
	slices.Sort(kinds)
	return kinds
}

// sql compares the stored integer. A missing value is replaced by the limit,
// which crosses nothing: engines differ in what NULL means inside OR.
func (r Rule) sql() string {
	op := ">"
	if r.Below {
		op = "<"
	}
	limit := r.Metric.Stored(r.Limit)
	return fmt.Sprintf("coalesce(%s, %d) %s %d", r.Metric, limit, op, limit)
}
