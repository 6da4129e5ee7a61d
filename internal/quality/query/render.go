package query

import (
	"fmt"
	"math"
	"strings"

	"parley/internal/quality/model"
)

// outputColumns describes the answer: the query's columns, those of dimensions
// first as they were asked for, with what intervals and comparison add behind
// each measure.
func (p *planner) outputColumns() []Column {
	var out []Column
	for i := range p.columns {
		c := &p.columns[i]
		out = append(out, c.Column)
		for _, of := range p.extras(c) {
			extra := c.Column
			extra.Name, extra.Of = c.Name+"."+of, of
			out = append(out, extra)
		}
	}
	return out
}

// extras are the columns that follow a measure's own.
func (p *planner) extras(c *column) []string {
	if c.measure == nil || c.excess {
		return nil
	}
	var all []string
	if p.query.Intervals && c.measure.Form == model.Percent {
		all = append(all, "low", "high")
	}
	if p.query.Time.Compare {
		all = append(all, "previous", "delta")
	}
	return all
}

// row renders a group; before is the same group of the span before, or nil.
func (p *planner) row(g, before *group) []any {
	out := make([]any, 0, len(p.columns)+4)
	for i := range p.columns {
		c := &p.columns[i]
		if c.measure == nil {
			out = append(out, p.label(c, g.dims))
			continue
		}
		if c.excess {
			out = append(out, p.excess(c, g, before))
			continue
		}
		v, ok := value(c, g)
		out = append(out, plainNumber(v, ok, c))
		for _, of := range p.extras(c) {
			switch of {
			case "low", "high":
				out = append(out, p.interval(c, g, of == "high"))
			case "previous", "delta":
				w, had := 0.0, false
				if before != nil {
					w, had = value(c, before)
				}
				if of == "previous" {
					out = append(out, plainNumber(w, had, c))
				} else {
					out = append(out, plainNumber(v-w, ok && had, c))
				}
			}
		}
	}
	return out
}

// label is the value of a dimension.
func (p *planner) label(c *column, dims []int64) any {
	if len(c.leaves) == 1 {
		return p.leaves1[c.leaves[0]].render(dims[c.leaves[0]])
	}
	parts := make([]string, len(c.leaves))
	for i, n := range c.leaves {
		if v := p.leaves1[n].render(dims[n]); v != nil {
			parts[i] = fmt.Sprint(v)
		}
	}
	return strings.Join(parts, pairSep)
}

// value is a measure of a group.
func value(c *column, g *group) (float64, bool) {
	return c.measure.Value(func(i int) (float64, bool) {
		v, ok := float(g.atoms[c.atoms[i]])
		if g.atoms[c.atoms[i]] == nil && countable(c.measure.Atoms[i].Func) {
			return 0, true // of no rows; engines differ in whether that is NULL
		}
		return v, ok
	})
}

// countable functions are 0 of no rows, others have no value then.
func countable(f model.Func) bool {
	return f == model.Count || f == model.Sum || f == model.Known || f == model.Distinct
}

// plainNumber is nil for no value and an integer where a measure counts.
func plainNumber(v float64, ok bool, c *column) any {
	if !ok || math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	if (c.measure.Form == model.Plain || c.measure.Form == model.Difference) && (c.measure.Scale == 0 || c.measure.Scale == 1) {
		return int64(math.Round(v))
	}
	return v
}

// interval is one end of the 95 % interval of a percentage.
func (p *planner) interval(c *column, g *group, high bool) any {
	k, _ := float(g.atoms[c.atoms[0]])
	n, ok := float(g.atoms[c.atoms[1]])
	if !ok || n == 0 {
		return nil
	}
	low, up := Wilson(k, n)
	if high {
		return up
	}
	return low
}

// Wilson is the 95 % interval of a share k of n in per cent (E. B. Wilson,
// 1927): it stays honest for small n and for shares near 0 and 100. n must not
// be 0.
func Wilson(k, n float64) (low, high float64) {
	const z = 1.959964
	share := k / n
	middle := share + z*z/(2*n)
	spread := z * math.Sqrt(max(0, share*(1-share)/n+z*z/(4*n*n)))
	scale := 100 / (1 + z*z/n)
	return max(0, (middle-spread)*scale), min(100, (middle+spread)*scale)
}

// excess is the count of poor streams above what the span before lets expect;
// a group that was not there before is measured by nothing.
func (p *planner) excess(c *column, g, before *group) any {
	poor, _ := float(g.atoms[c.atoms[0]])
	n, _ := float(g.atoms[c.atoms[1]])
	if before == nil {
		return nil
	}
	k, _ := float(before.atoms[c.atoms[0]])
	of, _ := float(before.atoms[c.atoms[1]])
	if of == 0 {
		return nil
	}
	return poor - n*k/of
}
