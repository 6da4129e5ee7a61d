package cube

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/quality/classify"
	"parley/internal/quality/metric"
)

// Definitions lists the roll-ups, the smallest first.
func (s *Service) Definitions() []Definition { return definitions }

// Sums tells whether the roll-ups have the sum of a metric.
func (s *Service) Sums(id metric.ID) bool { return slices.Contains(metrics, id) }

// Verdict is SQL for a classifier's verdict, ok false when the roll-ups do not
// know it as it is now.
func (s *Service) Verdict(rules classify.RuleSet) (sql string, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range s.rules {
		if s.rules[i].Name == rules.Name && s.rules[i].SQL() == rules.SQL() {
			return fmt.Sprintf("((verdicts >> %d) & 3)", 2*i), true
		}
	}
	return "", false
}

// Due is the condition that a stream is poor because of a metric, ok false when
// the roll-ups cannot tell: they can for the default classifier.
func (s *Service) Due(rules classify.RuleSet, media metric.Media, id metric.ID) (sql string, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.rules) == 0 || s.rules[0].Name != rules.Name || s.rules[0].SQL() != rules.SQL() {
		return "", false
	}
	i := slices.Index(dueMetrics(rules), id)
	if i < 0 {
		return "1 = 0", true
	}
	sql = fmt.Sprintf("((due >> %d) & 1) = 1", i)
	if media != 0 {
		sql = fmt.Sprintf("(media = %d AND %s)", media, sql)
	}
	return sql, true
}

// Span is what a query looks at.
type Span struct {
	From, To time.Time
	// Whole tells whether all instants of a day (since 1970, UTC) may be counted
	// as if they were its first: its local time is all in one group and inside of
	// the span.
	Whole func(day int64) bool
	// Days tells that days can be used at all.
	Days bool
}

// Rows is the SELECT of a span's rows in the form of the roll-up: the time in
// milliseconds as started, the dimensions, and the sums. Hours that are stale
// or only in part in the span are read from the archive; read tells how many.
func (s *Service) Rows(ctx context.Context, d Definition, columns []string, span Span) (sql string, read int, err error) {
	from, to := span.From.UnixMilli(), span.To.UnixMilli()
	first, until := from/hourMillis, (to+hourMillis-1)/hourMillis
	if first < 0 {
		first = 0
	}
	stale, err := s.Stale(ctx, first, until)
	if err != nil {
		return "", 0, err
	}
	for _, edge := range []int64{from, to} {
		if h := edge / hourMillis; edge%hourMillis != 0 && edge > 0 && !slices.Contains(stale, h) {
			stale = append(stale, h)
		}
	}
	slices.Sort(stale)
	list := func(hours []int64) string {
		texts := make([]string, len(hours))
		for i, h := range hours {
			texts[i] = fmt.Sprint(h)
		}
		return strings.Join(texts, ",")
	}
	// Days that count as one, and the hours of the others.
	hourly := fmt.Sprintf("t >= %d AND t < %d", first, until)
	if len(stale) > 0 {
		hourly += " AND t NOT IN (" + list(stale) + ")"
	}
	s.mu.RLock()
	rows := s.rows(d, "")
	s.mu.RUnlock()
	cols := strings.Join(columns, ", ")
	var parts []string
	if span.Days {
		var odd []int64
		firstDay, lastDay := first/dayHours, (until-1)/dayHours
		broken := map[int64]bool{}
		for _, h := range stale {
			broken[h/dayHours] = true
		}
		for day := firstDay; day <= lastDay; day++ {
			if broken[day] || day*dayHours < first || (day+1)*dayHours > until || !span.Whole(day) {
				odd = append(odd, day)
			}
		}
		daily := fmt.Sprintf("t >= %d AND t <= %d", firstDay, lastDay)
		if len(odd) > 0 {
			daily += " AND t NOT IN (" + list(odd) + ")"
			hourly += fmt.Sprintf(" AND t >= %d AND t < %d AND t // %d IN (%s)", odd[0]*dayHours, (odd[len(odd)-1]+1)*dayHours, dayHours, list(odd))
		} else {
			hourly = ""
		}
		parts = append(parts, fmt.Sprintf("SELECT t * %d AS started, %s FROM %s WHERE %s", dayHours*hourMillis, cols, d.table(true), daily))
	}
	if hourly != "" {
		parts = append(parts, fmt.Sprintf("SELECT t * %d AS started, %s FROM %s WHERE %s", hourMillis, cols, d.table(false), hourly))
	}
	if len(stale) > 0 {
		where := fmt.Sprintf("%s AND started >= %d AND started < %d AND started // %d IN (%s)", startedSQL(stale[0], stale[len(stale)-1]+1), from, to, hourMillis, list(stale))
		parts = append(parts, fmt.Sprintf("SELECT t * %d AS started, %s FROM (%s%s) AS x", hourMillis, cols, rows, where))
	}
	return strings.Join(parts, " UNION ALL "), len(stale), nil
}
