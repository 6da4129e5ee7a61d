package query

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/internal/quality/model"
)

// rowsSQL is the SELECT of the rows that pass the filter, with the group columns
// d0, d1 ... and all that atoms use. With either.*, a row comes once for each
// end, and once only when both have the same values.
func (p *planner) rowsSQL(from, to time.Time, grouped bool) string {
	source := p.src.sql(from, to)
	one := func(fields []*field, where string) string {
		cols := make([]string, 0, len(fields))
		for i, f := range fields {
			cols = append(cols, fmt.Sprintf("%s AS d%d", p.service.dialect.int64(f.sql), i))
		}
		return "SELECT " + strings.Join(append(cols, "*"), ", ") + " FROM (" + source + ") AS s WHERE " + where
	}
	if !grouped {
		return "SELECT * FROM (" + source + ") AS s WHERE " + p.where
	}
	if !p.either {
		return one(p.leaves1, p.where)
	}
	var same []string
	for i := range p.leaves1 {
		if p.leaves1[i] != p.leaves2[i] {
			same = append(same, "("+p.leaves1[i].sql+") = ("+p.leaves2[i].sql+")")
		}
	}
	return one(p.leaves1, p.where) + " UNION ALL " + one(p.leaves2, "("+p.where+") AND NOT ("+strings.Join(same, " AND ")+")")
}

// groupSQL is the SELECT of the answer: group columns, then atoms. Without
// grouped it is the one row over everything.
func (p *planner) groupSQL(from, to time.Time, grouped bool) string {
	var cols, by []string
	if grouped {
		for i := range p.leaves1 {
			by = append(by, fmt.Sprintf("d%d", i))
		}
	}
	cols = append(cols, by...)
	for i, a := range p.atoms {
		cols = append(cols, fmt.Sprintf("%s AS a%d", a, i))
	}
	if len(p.atoms) == 0 {
		cols = append(cols, "count(*) AS a0")
	}
	sql := "SELECT " + strings.Join(cols, ", ") + " FROM (" + p.rowsSQL(from, to, grouped) + ") AS r"
	if len(by) > 0 {
		sql += " GROUP BY " + strings.Join(by, ", ")
	}
	return sql
}

// orderedSQL adds what the engine can do of having, order and limit.
func (p *planner) orderedSQL(sql string, limit int) string {
	if p.having == "" && len(p.order) == 0 && limit == 0 {
		return sql
	}
	sql = "SELECT * FROM (" + sql + ") AS g"
	if p.having != "" {
		sql += " WHERE " + p.having
	}
	if len(p.order) > 0 {
		var keys []string
		for _, o := range p.order {
			keys = append(keys, o.sql+direction(o.desc))
		}
		for i := range p.leaves1 { // equal ones in a fixed order
			keys = append(keys, fmt.Sprintf("d%d", i))
		}
		sql += " ORDER BY " + strings.Join(keys, ", ")
	}
	if limit > 0 {
		sql += fmt.Sprintf(" LIMIT %d", limit)
	}
	return sql
}

func direction(desc bool) string {
	if desc {
		return " DESC"
	}
	return ""
}

// measureSQL is a measure over the atoms' columns: known is true when it has a
// value, value its SQL then.
func (p *planner) measureSQL(m *model.Measure, atoms []int) (known, value string) {
	d := p.service.dialect
	a := d.float(fmt.Sprintf("coalesce(a%d, 0)", atoms[0]))
	known = fmt.Sprintf("a%d IS NOT NULL", atoms[0])
	if countable(m.Atoms[0].Func) {
		known = "1 = 1"
	}
	if m.Form != model.Plain {
		b := d.float(fmt.Sprintf("coalesce(a%d, 0)", atoms[1]))
		switch m.Form {
		case model.Difference:
			a = "(" + a + " - " + b + ")"
		default:
			known = fmt.Sprintf("coalesce(a%d, 0) <> 0", atoms[1])
			a = "(" + a + " / CASE WHEN " + known + " THEN " + b + " ELSE 1 END)"
			if m.Form == model.Percent {
				a = "(" + d.float("100") + " * " + a + ")"
			}
		}
	}
	if m.Scale != 0 && m.Scale != 1 {
		a = "(" + a + " / " + number(m.Scale) + ")"
	}
	return known, a
}

// havingSQL is a condition on groups; a missing measure fulfils none.
func (p *planner) havingSQL(ctx context.Context, h *Having, given int) (string, error) {
	list, by := h.And, " AND "
	if len(h.Or) > 0 {
		list, by = h.Or, " OR "
	}
	if h.Not != nil {
		sql, err := p.havingSQL(ctx, h.Not, given)
		return "NOT (" + sql + ")", err
	}
	if len(list) > 0 {
		parts := make([]string, len(list))
		for i, h := range list {
			sql, err := p.havingSQL(ctx, h, given)
			if err != nil {
				return "", err
			}
			parts[i] = "(" + sql + ")"
		}
		return strings.Join(parts, by), nil
	}
	m, classifier, err := p.havingMeasure(h)
	if err != nil {
		return "", err
	}
	atoms, err := p.addAtoms(ctx, h.Path, m, max(classifier, 0))
	if err != nil {
		return "", err
	}
	known, value := p.measureSQL(m, atoms)
	var parts []string
	for _, t := range h.Tests {
		sql, err := compareSQL(h.Path+"."+string(t.Op), value, t)
		if err != nil {
			return "", err
		}
		if t.Op == Null {
			sql = known
			if yes, _ := t.Values[0].(bool); yes {
				sql = "NOT (" + known + ")"
			}
			parts = append(parts, sql)
			continue
		}
		parts = append(parts, "(CASE WHEN "+known+" AND "+sql+" THEN 1 ELSE 0 END) = 1")
	}
	return strings.Join(parts, " AND "), nil
}

// havingMeasure finds a measure by its column in the answer or by its name.
func (p *planner) havingMeasure(h *Having) (*model.Measure, int, error) {
	for i := range p.columns {
		c := &p.columns[i]
		if c.measure == nil || c.Name != h.Measure {
			continue
		}
		if c.excess {
			return nil, 0, bad(h.Path+".measure", "groups cannot be chosen by excess, which is computed of two spans; order by it instead")
		}
		for n := range p.rules {
			if p.rules[n].Name == c.Classifier {
				return c.measure, n, nil
			}
		}
		return c.measure, -1, nil
	}
	return p.measure(h.Path+".measure", h.Measure)
}

func compareSQL(path, value string, t Test) (string, error) {
	var nums []string
	for _, v := range t.Values {
		n, ok := v.(float64)
		if !ok && t.Op != Null {
			return "", bad(path, "a measure is compared with numbers")
		}
		nums = append(nums, number(n))
	}
	op := map[Op]string{Gt: ">", Ge: ">=", Lt: "<", Le: "<=", Eq: "=", Ne: "<>"}[t.Op]
	switch {
	case t.Op == Null:
		return "", nil
	case op != "" && len(nums) == 1:
		return value + " " + op + " " + nums[0], nil
	case t.Op == Between && len(nums) == 2:
		return value + " >= " + nums[0] + " AND " + value + " <= " + nums[1], nil
	}
	return "", bad(path, "a measure is compared with gt, ge, lt, le, eq, ne, between and null")
}

// addOrder makes the keys to sort by. Without any, spans of time come first,
// then the first measure from the highest down.
func (p *planner) addOrder() error {
	want := p.query.Order
	if len(want) == 0 {
		for _, c := range p.columns {
			if c.measure == nil && p.isGrain(c.Name) {
				want = append(want, Order{By: c.Name})
			}
		}
		for _, c := range p.columns {
			if c.measure != nil && !c.excess {
				want = append(want, Order{By: c.Name, Desc: true})
				break
			}
		}
	}
	for i, o := range want {
		n := -1
		for c := range p.columns {
			if p.columns[c].Name == o.By {
				n = c
			}
		}
		if n < 0 {
			var names []string
			for _, c := range p.columns {
				names = append(names, c.Name)
			}
			return badName(fmt.Sprintf("$.order[%d].by", i), nearest(o.By, names), "%.60q is no column of the answer", o.By)
		}
		p.order = append(p.order, orderKey{column: n, desc: o.Desc, sql: p.orderSQL(&p.columns[n])})
	}
	return nil
}

// orderSQL is what the engine sorts by; empty when only the rendered text can
// be sorted by.
func (p *planner) orderSQL(c *column) string {
	if c.measure != nil {
		if c.excess {
			return ""
		}
		known, value := p.measureSQL(c.measure, c.atoms)
		// Missing ones last, whichever way: two keys.
		return "CASE WHEN " + known + " THEN 0 ELSE 1 END, CASE WHEN " + known + " THEN " + value + " ELSE 0 END"
	}
	if len(c.leaves) != 1 || p.leaves1[c.leaves[0]].matching != nil && p.leaves1[c.leaves[0]].dim.Kind != model.Bands && p.leaves1[c.leaves[0]].dim.Kind != model.Moment {
		return ""
	}
	return fmt.Sprintf("d%d", c.leaves[0])
}
