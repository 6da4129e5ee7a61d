package query

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"parley/internal/quality/metric"
	"parley/internal/quality/model"
)

// field is a dimension made ready for SQL: an integer of each row.
type field struct {
	dim    *model.Dimension
	sql    string // over the columns of the source
	column string // when sql is a bare column of the table
	// null is the integer that means that nothing is known.
	null    int64
	hasNull bool
	render  func(v int64) any
	// matching lists the integers whose text fulfils a condition; nil for a
	// field of numbers.
	matching func(match func(text string) bool) []int64
	// scale is what a number is multiplied with to be compared.
	scale float64
}

// field makes a dimension ready. path is where the query names it.
func (p *planner) field(ctx context.Context, path string, d *model.Dimension) (*field, error) {
	key := d.Key
	if f := p.fields[key]; f != nil {
		return f, nil
	}
	f := &field{dim: d, sql: d.Expr, null: d.Unknown, hasNull: !d.Signed && d.Unknown != -1, scale: 1}
	if d.Scale != 0 {
		f.scale = d.Scale
	}
	var err error
	switch d.Kind {
	case model.Code:
		f.code(p, d)
	case model.Number:
		p.src.need(d.Columns...)
		f.render = f.number
	case model.Metric:
		p.src.need(d.Columns...)
		f.sql, f.null, f.hasNull = "coalesce("+d.Expr+", "+model.AbsentSQL+")", model.Absent, true
		f.scale = d.Metric.Get().Scale
		f.render = f.number
	case model.Enum:
		p.src.need(d.Columns...)
		f.enum(d.Values)
	case model.Moment:
		err = f.moment(p, d)
	case model.Bands:
		p.src.need(d.Columns...)
		f.bands(d)
	case model.Derived, model.Mapped:
		err = f.looked(ctx, p, d)
	case model.Verdict:
		f.sql = p.verdict(0)
		f.enum([]model.Value{{N: 1, Text: "good"}, {N: 2, Text: "poor"}, {N: 0, Text: "unclassified"}})
	case model.PoorDue:
		p.verdict(0)
		f.sql = "CASE WHEN v0 = 2 THEN 1 ELSE 0 END"
		if d.Metric < metric.Count {
			f.sql = "CASE WHEN " + p.dueSQL(0, d.Media, d.Metric) + " THEN 1 ELSE 0 END"
		}
		f.enum([]model.Value{{N: 0, Text: "false"}, {N: 1, Text: "true"}})
	case model.PoorReason:
		f.reasons(p)
	default:
		err = bad(path, "BUG: %s cannot be computed", d.Key)
	}
	if err != nil {
		return nil, err
	}
	p.fields[key] = f
	return f, nil
}

func (f *field) number(v int64) any {
	if f.hasNull && v == f.null {
		return nil
	}
	if f.scale == 1 {
		return v
	}
	return float64(v) / f.scale
}

func (f *field) code(p *planner, d *model.Dimension) {
	p.src.need(d.Columns...)
	f.column, f.null, f.hasNull = d.Columns[0], 0, true
	a := p.service.archive
	f.render = func(v int64) any {
		if t := a.Text(d.Dict, v); t != "" {
			return t
		}
		return nil
	}
	f.matching = func(match func(string) bool) []int64 { return a.Codes(d.Dict, match) }
}

func (f *field) enum(values []model.Value) {
	names := make(map[int64]any, len(values))
	for _, v := range values {
		names[v.N] = v.Text
	}
	if len(values) == 2 && values[0].Text == "false" {
		names[values[0].N], names[values[1].N] = false, true
	}
	f.render = func(v int64) any { return names[v] }
	f.matching = func(match func(string) bool) (all []int64) {
		for _, v := range values {
			if match(v.Text) {
				all = append(all, v.N)
			}
		}
		return all
	}
}

func (f *field) moment(p *planner, d *model.Dimension) error {
	p.src.need(d.Columns...)
	p.momentOfCube(d)
	f.sql = p.momentSQL(d.Part, d.Columns[0])
	f.hasNull = d.Part == model.EndTime
	if len(d.Values) > 0 {
		f.enum(d.Values)
		return nil
	}
	f.render = func(v int64) any { return momentText(d.Part, p.zone, v) }
	return nil
}

// bands numbers the ranges of a number from 1; 0 is unknown.
func (f *field) bands(d *model.Dimension) {
	scale := d.Scale
	if scale == 0 {
		scale = 1
	}
	var b strings.Builder
	b.WriteString("CASE")
	if !d.Signed {
		fmt.Fprintf(&b, " WHEN %s = %d THEN 0", d.Expr, d.Unknown)
	}
	values := make([]model.Value, 0, len(d.Bounds)+1)
	label := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	for i, bound := range d.Bounds {
		fmt.Fprintf(&b, " WHEN %s <= %s THEN %d", d.Expr, number(bound*scale), i+1)
		text := "<= " + label(bound)
		if i > 0 {
			text = "> " + label(d.Bounds[i-1]) + " to " + label(bound)
		}
		values = append(values, model.Value{N: int64(i + 1), Text: text})
	}
	fmt.Fprintf(&b, " ELSE %d END", len(d.Bounds)+1)
	f.sql, f.null, f.hasNull = b.String(), 0, !d.Signed
	f.enum(append(values, model.Value{N: int64(len(d.Bounds) + 1), Text: "> " + label(d.Bounds[len(d.Bounds)-1])}))
}

// looked joins the lookup of a dimension.
func (f *field) looked(ctx context.Context, p *planner, d *model.Dimension) error {
	if p.cube != nil && len(d.Columns) == 2 && p.cube.Place(d.Columns[0], d.Columns[1]) {
		p.src.raw(d.Columns[0])
		p.src.raw(d.Columns[1])
	} else {
		p.src.need(d.Columns...)
	}
	key, epochs := d.Expr, []time.Time(nil)
	if d.Kind == model.Mapped {
		var step string
		epochs, step = p.epochs()
		if step != "" {
			key = "(" + key + ") + " + step
		}
	}
	l, err := p.service.acquire(ctx, d, epochs)
	if err != nil {
		return err
	}
	p.lookups = append(p.lookups, l)
	f.sql = p.src.join(p.service.archive.Lookup(l.name), key)
	f.null, f.hasNull = 0, true
	f.render = func(v int64) any {
		if t := p.service.lookupText(l, v); t != "" {
			return t
		}
		return nil
	}
	f.matching = func(match func(string) bool) (all []int64) {
		for i, t := range p.service.lookupTexts(l) {
			if i > 0 && match(t) {
				all = append(all, int64(i))
			}
		}
		return all
	}
	return nil
}

func (s *Service) lookupTexts(l *lookup) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return l.values
}

func (s *Service) lookupText(l *lookup, v int64) string {
	if all := s.lookupTexts(l); v > 0 && v < int64(len(all)) {
		return all[v]
	}
	return ""
}

// epochs are the times at which the mapping is looked at, and SQL for what is
// added to a key for the epoch that the row is in.
func (p *planner) epochs() (at []time.Time, step string) {
	changes := p.service.mapping.Changes(p.first(), p.to)
	at = append(at, p.first())
	at = append(at, changes...)
	if len(changes) == 0 {
		return at, ""
	}
	p.src.need("started")
	p.changesOfCube(changes)
	var b strings.Builder
	b.WriteString("CASE")
	for i, c := range changes {
		fmt.Fprintf(&b, " WHEN started < %d THEN %d", c.UnixMilli(), int64(i)*epochStep)
	}
	fmt.Fprintf(&b, " ELSE %d END", int64(len(changes))*epochStep)
	return at, b.String()
}

// first is the earliest time that any part of the query looks at.
func (p *planner) first() time.Time {
	if p.query.compares() && !p.before.IsZero() {
		return p.before
	}
	return p.from
}
