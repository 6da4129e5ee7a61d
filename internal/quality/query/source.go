package query

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/model"
)

// source puts together the rows that a query looks at, as nested SELECTs:
// the table's columns, joined with lookups and with the call's and the rating's
// facts, then the classifiers' verdicts.
type source struct {
	p       *planner
	base    []string          // columns of the innermost SELECT, in order
	baseSQL map[string]string // of those that are computed
	keys    []string          // SQL of what lookups are joined by
	joins   []join
	call    []string // columns of the call that are joined
	rating  bool
	verdict []string // SQL of each classifier's verdict, empty when not used
	lacking []string // what a roll-up does not have
}

// join is a lookup that rows are joined with by one of the keys.
type join struct {
	table string
	key   int
}

// callColumns are the facts of a call by their names in queries; never changed.
var callColumns = map[string]string{
	"call_outcome": "outcome", "call_sip_code": "sip_code", "call_reason": "reason", "call_hung_up_by": "hung_up_by", "call_known": "known",
	"call_caller": "caller", "call_callee": "callee", "call_answered": "answered",
}

// need makes a column of the rows available.
func (s *source) need(columns ...string) {
	for _, c := range columns {
		switch {
		case s.p.cube != nil:
			if c != "started" && !s.p.cube.Has(c) {
				s.lack(c)
			}
			s.raw(c)
		case c == "duration":
			s.computed(c, model.Duration)
		case c == "stars" && s.p.query.Dataset == model.Streams:
			s.rating = true
			s.raw("leg_key")
		case strings.HasPrefix(c, "call_") && c != "call_key":
			s.needCall(c)
		default:
			s.raw(c)
		}
	}
}

// lack notes what a roll-up does not have.
func (s *source) lack(what string) {
	if !slices.Contains(s.lacking, what) {
		s.lacking = append(s.lacking, what)
	}
}

func (s *source) needCall(c string) {
	if s.p.query.Dataset == model.Calls {
		s.computed(c, s.callSQL(c))
		return
	}
	s.raw("call_key")
	if !slices.Contains(s.call, c) {
		s.call = append(s.call, c)
	}
}

// callSQL is SQL over the table of calls.
func (s *source) callSQL(c string) string {
	switch c {
	case "call_failure":
		return fmt.Sprintf("CASE WHEN outcome = %d THEN 1 WHEN answered > 0 AND hung_up_by = %d THEN 2 ELSE 0 END", s.p.word("failed"), s.p.word("server"))
	case "call_talk":
		return "CASE WHEN answered > 0 AND ended > answered THEN ended - answered ELSE 0 END"
	}
	return callColumns[c]
}

// word is the code of a word, -1 when the archive does not have it.
func (p *planner) word(text string) int64 {
	if codes := p.service.archive.Codes(archive.Word, func(t string) bool { return t == text }); len(codes) > 0 {
		return codes[0]
	}
	return -1
}

func (s *source) raw(c string) { s.computed(c, "") }

func (s *source) computed(c, sql string) {
	if slices.Contains(s.base, c) {
		return
	}
	s.base = append(s.base, c)
	if sql != "" {
		s.baseSQL[c] = sql
	}
}

// join joins a lookup by a key in SQL over the rows' columns and returns the
// column that it gives.
func (s *source) join(table, key string) string {
	key = s.p.service.dialect.int64(key)
	n := slices.Index(s.keys, key)
	if n < 0 {
		n = len(s.keys)
		s.keys = append(s.keys, key)
	}
	for i, j := range s.joins {
		if j == (join{table, n}) {
			return fmt.Sprintf("l%d", i)
		}
	}
	s.joins = append(s.joins, join{table, n})
	return fmt.Sprintf("l%d", len(s.joins)-1)
}

// sql is the SELECT of all rows of a span with all the columns.
func (s *source) sql(from, to time.Time) string {
	sql, columns := s.facts(from, to)
	if len(s.joins) > 0 {
		var keys []string
		for i, k := range s.keys {
			keys = append(keys, fmt.Sprintf("%s AS k%d", k, i))
		}
		sql = fmt.Sprintf("SELECT %s, %s FROM (%s) AS f", strings.Join(columns, ", "), strings.Join(keys, ", "), sql)
	}
	for i, j := range s.joins {
		sql = s.joined(sql, fmt.Sprintf("SELECT k AS k%d, v AS r_l%d FROM %s", j.key, i, j.table), fmt.Sprintf("k%d", j.key), "l", i)
		columns = append(columns, fmt.Sprintf("coalesce(r_l%d, 0) AS l%d", i, i))
	}
	judged := false
	for i, v := range s.verdict {
		if v != "" {
			columns, judged = append(columns, fmt.Sprintf("%s AS v%d", v, i)), true
		}
	}
	if len(s.joins) == 0 && !judged {
		return sql
	}
	return fmt.Sprintf("SELECT %s FROM (%s) AS m", strings.Join(columns, ", "), sql)
}

func (s *source) joined(left, right, key, name string, n int) string {
	return fmt.Sprintf("SELECT * FROM (%s) AS %sa%d %s (%s) AS %sb%d USING (%s)", left, name, n, s.p.service.dialect.join(), right, name, n, key)
}

// facts is the SELECT of the table's own columns, with those of the call and
// the rating, and the columns' names.
func (s *source) facts(from, to time.Time) (sql string, columns []string) {
	a := s.p.service.archive
	var cols []string
	for _, c := range s.base {
		columns = append(columns, c)
		if of := s.baseSQL[c]; of != "" {
			c = of + " AS " + c
		}
		cols = append(cols, c)
	}
	if s.p.cube != nil {
		return s.p.rolled[from.UnixMilli()], columns
	}
	if len(cols) == 0 {
		cols, columns = []string{"call_key"}, []string{"call_key"}
	}
	sql = "SELECT " + strings.Join(cols, ", ") + " FROM " + a.From(string(s.p.query.Dataset)) + " AS t WHERE " + s.p.timeSQL(from, to)
	if len(s.call) == 0 && !s.rating {
		return sql, columns
	}
	with := slices.Clone(columns)
	if len(s.call) > 0 {
		facts := "SELECT call_key"
		for _, c := range s.call {
			facts += ", " + s.callSQL(c) + " AS r_" + c
			with, columns = append(with, fmt.Sprintf("coalesce(r_%s, 0) AS %s", c, c)), append(columns, c)
		}
		// A call begins before its streams, up to the longest call before.
		facts += " FROM " + a.From("calls") + " AS c WHERE " + startedSQL("started", from.Add(-longestCall), to)
		sql = s.joined(sql, facts, "call_key", "c", 0)
	}
	if s.rating {
		sql = s.joined(sql, "SELECT leg_key, max(stars) AS r_stars FROM "+a.From("ratings")+" AS q GROUP BY leg_key", "leg_key", "r", 0)
		with, columns = append(with, "coalesce(r_stars, 0) AS stars"), append(columns, "stars")
	}
	return fmt.Sprintf("SELECT %s FROM (%s) AS h", strings.Join(with, ", "), sql), columns
}

// longestCall is the longest call that ingest takes for true, and a margin.
const longestCall = 72 * time.Hour

// startedSQL is the condition that a column of milliseconds is in a span.
func startedSQL(column string, from, to time.Time) string {
	low := int64(0)
	if from.After(oldest) {
		low = from.UnixMilli()
	}
	return fmt.Sprintf("%s >= %d AND %s < %d", column, low, column, to.UnixMilli())
}

// timeSQL is the condition that a row is in a span; it names the partitions.
func (p *planner) timeSQL(from, to time.Time) string {
	switch p.query.Dataset {
	case model.Ratings:
		return startedSQL("received", from, to)
	case model.Calls:
		return startedSQL("started", from, to)
	}
	low := int32(0)
	if from.After(oldest) {
		low = archive.Month(from)
	}
	return fmt.Sprintf("month >= %d AND month <= %d AND %s", low, archive.Month(to.Add(-time.Millisecond)), startedSQL("started", from, to))
}
