package query

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"parley/internal/quality/model"
)

// buffered answers queries whose rows cannot be passed on as they come: sorted
// by text, or compared with the span before.
func (p *planner) buffered(ctx context.Context, emit func(g, before *group) error) error {
	before := map[string]*group{}
	if p.query.compares() {
		err := p.groups(ctx, p.groupSQL(p.before, p.from, true), func(g *group) error {
			for i, f := range p.leaves1 {
				g.dims[i] = p.shift(f, g.dims[i])
			}
			before[key(g.dims)] = &group{atoms: append([]any(nil), g.atoms...)}
			return nil
		})
		if err != nil {
			return err
		}
	}
	inGo := false
	for _, o := range p.order {
		inGo = inGo || o.sql == ""
	}
	sql, limit := p.groupSQL(p.from, p.to, true), p.query.Limit
	if inGo {
		if p.having != "" {
			sql = "SELECT * FROM (" + sql + ") AS g WHERE " + p.having
		}
	} else {
		sql = p.orderedSQL(sql, limit)
	}
	var all []*group
	err := p.groups(ctx, sql, func(g *group) error {
		all = append(all, &group{slices.Clone(g.dims), append([]any(nil), g.atoms...)})
		return nil
	})
	if err != nil {
		return err
	}
	if inGo {
		p.sort(all, before)
		if limit > 0 && len(all) > limit {
			all = all[:limit]
		}
	}
	for _, g := range all {
		if err := emit(g, before[key(g.dims)]); err != nil {
			return err
		}
	}
	return nil
}

func key(dims []int64) string {
	var b strings.Builder
	for _, d := range dims {
		for i := range 8 {
			b.WriteByte(byte(d >> (8 * i)))
		}
	}
	return b.String()
}

// sort sorts by the rendered values; missing ones are last.
func (p *planner) sort(all []*group, before map[string]*group) {
	values := make(map[*group][]any, len(all))
	for _, g := range all {
		row := make([]any, len(p.order))
		for i, o := range p.order {
			c := &p.columns[o.column]
			switch {
			case c.measure == nil && o.sql != "":
				row[i] = g.dims[c.leaves[0]]
			case c.measure == nil:
				row[i] = p.label(c, g.dims)
			case c.excess:
				row[i] = p.excess(c, g, before[key(g.dims)])
			default:
				if v, ok := value(c, g); ok {
					row[i] = v
				}
			}
		}
		values[g] = row
	}
	slices.SortFunc(all, func(a, b *group) int {
		for i, o := range p.order {
			if n := compare(values[a][i], values[b][i], o.desc); n != 0 {
				return n
			}
		}
		return slices.Compare(a.dims, b.dims)
	})
}

// compare orders two values of one column.
func compare(a, b any, desc bool) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	n := 0
	if s, ok := a.(string); ok {
		t, _ := b.(string)
		n = cmp.Or(strings.Compare(strings.ToLower(s), strings.ToLower(t)), strings.Compare(s, t))
	} else if s, ok := a.(bool); ok {
		t, _ := b.(bool)
		if s != t {
			n = -1
			if s {
				n = 1
			}
		}
	} else {
		x, _ := float(a)
		y, _ := float(b)
		n = cmp.Compare(x, y)
	}
	if desc {
		return -n
	}
	return n
}

// shift moves a span of time of the comparison to the one of the query that it
// is compared with: the n-th day to the n-th day.
func (p *planner) shift(f *field, v int64) int64 {
	if f.dim.Kind != model.Moment || !f.dim.Part.Grain() {
		return v
	}
	from, before := p.from.In(p.zone), p.before.In(p.zone)
	dayOf := func(t time.Time) int64 {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	switch f.dim.Part {
	case model.ByYear:
		return dayOf(time.Unix(v*86400, 0).UTC().AddDate(from.Year()-before.Year(), 0, 0))
	case model.ByMonth:
		months := (from.Year()-before.Year())*12 + int(from.Month()) - int(before.Month())
		return dayOf(time.Unix(v*86400, 0).UTC().AddDate(0, months, 0))
	case model.ByWeek:
		return v + (dayOf(from)+3)/7 - (dayOf(before)+3)/7
	case model.ByDay:
		return v + dayOf(from) - dayOf(before)
	}
	// Hours and minutes: the same local time as many days later.
	t := time.UnixMilli(v).In(p.zone)
	if days := dayOf(from) - dayOf(before); days > 0 && wholeDays(before, from) > 0 {
		return t.AddDate(0, 0, int(days)).UnixMilli()
	}
	return v + from.UnixMilli() - before.UnixMilli()
}
