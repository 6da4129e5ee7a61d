package cube

import (
	"context"
	"fmt"
	"slices"
	"strconv"
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
	cols := strings.Join(columns, ", ")
	var parts []string
	hourly := fmt.Sprintf("t >= %d AND t < %d", first, until)
	if span.Days {
		odd := oddDays(first, until, stale, span.Whole)
		daily := fmt.Sprintf("t >= %d AND t <= %d", first/dayHours, (until-1)/dayHours)
		switch {
		case len(odd) == 0:
			hourly = ""
		default:
			daily += " AND t NOT IN (" + list(odd) + ")"
			hourly += fmt.Sprintf(" AND t >= %d AND t < %d AND t // %d IN (%s)", odd[0]*dayHours, (odd[len(odd)-1]+1)*dayHours, dayHours, list(odd))
		}
		parts = append(parts, fmt.Sprintf("SELECT t * %d AS started, %s FROM %s WHERE %s", dayHours*hourMillis, cols, d.table(true), daily))
		if !d.Hourly { // the hours of odd days are read from the archive
			stale, hourly = hoursOf(odd, first, until), ""
		}
	}
	if hourly != "" {
		if len(stale) > 0 {
			hourly += " AND t NOT IN (" + list(stale) + ")"
		}
		parts = append(parts, fmt.Sprintf("SELECT t * %d AS started, %s FROM %s WHERE %s", hourMillis, cols, d.table(false), hourly))
	}
	if len(stale) > 0 {
		where := fmt.Sprintf("%s AND started >= %d AND started < %d AND started // %d IN (%s)", startedSQL(stale[0], stale[len(stale)-1]+1), from, to, hourMillis, list(stale))
		s.mu.RLock()
		rows := s.rows(d.Columns, where)
		s.mu.RUnlock()
		parts = append(parts, fmt.Sprintf("SELECT t * %d AS started, %s FROM (%s) AS x", hourMillis, cols, rows))
	}
	return strings.Join(parts, " UNION ALL "), len(stale), nil
}

// list makes a list for IN.
func list(numbers []int64) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(texts, ",")
}

// oddDays are those that cannot be taken as a whole: with stale hours, only in
// part in the span, or in two local groups.
func oddDays(first, until int64, stale []int64, whole func(day int64) bool) []int64 {
	broken := map[int64]bool{}
	for _, h := range stale {
		broken[h/dayHours] = true
	}
	var odd []int64
	for day := first / dayHours; day <= (until-1)/dayHours; day++ {
		if broken[day] || day*dayHours < first || (day+1)*dayHours > until || !whole(day) {
			odd = append(odd, day)
		}
	}
	return odd
}

// hoursOf are the hours of days that are in a span.
func hoursOf(days []int64, first, until int64) []int64 {
	var hours []int64
	for _, d := range days {
		for h := max(first, d*dayHours); h < min(until, (d+1)*dayHours); h++ {
			hours = append(hours, h)
		}
	}
	return hours
}
