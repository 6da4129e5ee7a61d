package cube

import (
	"fmt"
	"strings"

	"parley/internal/quality/classify"
	"parley/internal/quality/metric"
)

// Times.
const (
	hourMillis = 3_600_000
	dayHours   = 24
)

// table is a roll-up's table by the hour or by the day.
func (d Definition) table(day bool) string {
	if day {
		return "cube_" + d.Name + "_day"
	}
	return "cube_" + d.Name + "_hour"
}

// keys are the columns that rows are grouped by, behind the time.
func (d Definition) keys() []string {
	return append([]string{"media", "verdicts", "due"}, d.Columns...)
}

// sums are the columns that are added up.
func sums() []string {
	all := []string{"n", "duration"}
	for _, id := range metrics {
		all = append(all, "s_"+id.String(), "c_"+id.String())
	}
	return all
}

// create makes the statements that create the tables.
func (d Definition) create() []string {
	var out []string
	for _, day := range []bool{false, true} {
		if !day && !d.Hourly {
			continue
		}
		cols := []string{"t BIGINT"}
		for _, k := range d.keys() {
			typ := " INTEGER"
			if k == "verdicts" || k == "due" {
				typ = " BIGINT"
			}
			cols = append(cols, k+typ)
		}
		for _, s := range sums() {
			cols = append(cols, s+" BIGINT")
		}
		out = append(out, "DROP TABLE IF EXISTS "+d.table(day), "CREATE TABLE "+d.table(day)+" ("+strings.Join(cols, ", ")+")")
	}
	return out
}

// rows is the SELECT of streams in the form of roll-ups with some columns: each
// is a row of its own with the hour as time. The verdicts are computed once, for
// what they are because of as well.
func (s *Service) rows(columns []string, where string) string {
	inner := []string{fmt.Sprintf("started // %d AS t", hourMillis), "*"}
	for i, r := range s.rules {
		inner = append(inner, fmt.Sprintf("%s AS v%d", r.SQL(), i))
	}
	cols := append([]string{"t", "media", s.verdicts + " AS verdicts", s.due + " AS due"}, columns...)
	for i, c := range cols {
		if sql, ok := computed[c]; ok {
			cols[i] = sql + " AS " + c
		}
	}
	cols = append(cols, "1 AS n", "CASE WHEN started > 0 AND ended > started THEN ended - started ELSE 0 END AS duration")
	for _, id := range metrics {
		cols = append(cols, fmt.Sprintf("coalesce(%s, 0) AS s_%s, CASE WHEN %s IS NULL THEN 0 ELSE 1 END AS c_%s", id, id, id, id))
	}
	return "SELECT " + strings.Join(cols, ", ") + " FROM (SELECT " + strings.Join(inner, ", ") + " FROM " + s.archive.From("streams") + " AS t WHERE " + where + ") AS judged"
}

// fill makes the statement that adds rows of one table to another, grouped.
func (d Definition) fill(into, time, from string) string {
	keys := strings.Join(d.keys(), ", ")
	var added []string
	for _, c := range sums() {
		added = append(added, "CAST(sum("+c+") AS BIGINT)")
	}
	return fmt.Sprintf("INSERT INTO %s SELECT %s AS x, %s, %s FROM %s GROUP BY x, %s ORDER BY x", into, time, keys, strings.Join(added, ", "), from, keys)
}

// verdictSQL packs the verdicts v0, v1 ... of all classifiers, two bits each.
func verdictSQL(rules []classify.RuleSet) string {
	var parts []string
	for i := range rules {
		parts = append(parts, fmt.Sprintf("v%d * %d", i, int64(1)<<(2*i)))
	}
	return "(" + strings.Join(parts, " + ") + ")"
}

// DueSQL is the condition that a stream is poor because of a metric; verdict is
// SQL for its verdict, media 0 all kinds.
func DueSQL(rules classify.RuleSet, verdict string, media metric.Media, id metric.ID) string {
	var or []string
	for m := metric.Other; m <= metric.AppShare; m++ {
		of, ok := rules.Media[m]
		if !ok || m != media && media != 0 {
			continue
		}
		missing := ""
		for _, r := range of.Limits {
			if r.Metric == id {
				or = append(or, fmt.Sprintf("(media = %d AND %s%s)", m, missing, crossedSQL(r)))
			}
			if of.FirstDecides {
				missing += r.Metric.String() + " IS NULL AND "
			}
		}
	}
	if len(or) == 0 {
		return "1 = 0"
	}
	return "(" + verdict + " = 2 AND (" + strings.Join(or, " OR ") + "))"
}

func crossedSQL(r classify.Rule) string {
	op := ">"
	if r.Below {
		op = "<"
	}
	limit := r.Metric.Stored(r.Limit)
	return fmt.Sprintf("coalesce(%s, %d) %s %d", r.Metric, limit, op, limit)
}

// dueMetrics are the metrics of a classifier, each a bit of the column due.
func dueMetrics(rules classify.RuleSet) []metric.ID {
	var out []metric.ID
	for id := range metric.Count {
		used := false
		for _, m := range rules.Media {
			for _, r := range m.Limits {
				used = used || r.Metric == id
			}
		}
		if used {
			out = append(out, id)
		}
	}
	return out
}

// dueColumn packs why a stream is poor by the default classifier.
func dueColumn(rules classify.RuleSet) string {
	var parts []string
	for i, id := range dueMetrics(rules) {
		parts = append(parts, fmt.Sprintf("CASE WHEN %s THEN %d ELSE 0 END", DueSQL(rules, "v0", 0, id), int64(1)<<i))
	}
	if len(parts) == 0 {
		return "0"
	}
	return "(" + strings.Join(parts, " + ") + ")"
}
