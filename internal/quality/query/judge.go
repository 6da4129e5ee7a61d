package query

import (
	"fmt"
	"strings"

	"parley/internal/quality/classify"
	"parley/internal/quality/metric"
	"parley/internal/quality/model"
)

// verdict makes the verdict of a classifier available and returns its column.
func (p *planner) verdict(i int) string {
	if p.src.verdict[i] == "" {
		rules := p.rules[i]
		p.src.need("ice_failed", "media")
		for _, r := range rules.Media {
			for _, limit := range r.Limits {
				p.src.need(limit.Metric.String())
			}
		}
		p.src.verdict[i] = rules.SQL()
	}
	return fmt.Sprintf("v%d", i)
}

// dueSQL is the condition that a stream is poor because of a metric.
func (p *planner) dueSQL(i int, media metric.Media, id metric.ID) string {
	v := p.verdict(i)
	var or []string
	for m, rules := range p.rules[i].Media {
		if m != media && media != 0 {
			continue
		}
		missing := ""
		for _, r := range rules.Limits {
			if r.Metric == id {
				or = append(or, fmt.Sprintf("(media = %d AND %s%s)", m, missing, crossedSQL(r)))
			}
			if rules.FirstDecides {
				missing += r.Metric.String() + " IS NULL AND "
			}
		}
	}
	if len(or) == 0 {
		return "1 = 0"
	}
	return "(" + v + " = 2 AND (" + strings.Join(or, " OR ") + "))"
}

func crossedSQL(r classify.Rule) string {
	op := ">"
	if r.Below {
		op = "<"
	}
	limit := r.Metric.Stored(r.Limit)
	return fmt.Sprintf("coalesce(%s, %d) %s %d", r.Metric, limit, op, limit)
}

// reasons makes the field that lists why a stream is poor: a bit for each
// metric of the classifier.
func (f *field) reasons(p *planner) {
	p.verdict(0)
	var ids []metric.ID
	var sum []string
	for id := range metric.Count {
		used := false
		for _, rules := range p.rules[0].Media {
			for _, r := range rules.Limits {
				used = used || r.Metric == id
			}
		}
		if used {
			sum = append(sum, fmt.Sprintf("CASE WHEN %s THEN %d ELSE 0 END", p.dueSQL(0, 0, id), int64(1)<<len(ids)))
			ids = append(ids, id)
		}
	}
	f.sql, f.null, f.hasNull = strings.Join(sum, " + "), 0, true
	text := func(v int64) string {
		var names []string
		for i, id := range ids {
			if v&(1<<i) != 0 {
				names = append(names, id.Get().Title)
			}
		}
		return strings.Join(names, ", ")
	}
	f.render = func(v int64) any {
		if v == 0 {
			return nil
		}
		return text(v)
	}
	f.matching = func(match func(string) bool) (all []int64) {
		for v := int64(1); v < 1<<min(len(ids), 14); v++ {
			if match(text(v)) {
				all = append(all, v)
			}
		}
		return all
	}
}

// atomSQL is SQL for an atom over the grouped rows.
func (p *planner) atomSQL(a *model.Atom, classifier int) string {
	p.src.need(a.Columns...)
	cond := p.whenSQL(&a.When, classifier)
	value := func() string {
		if cond == "" {
			return a.Of
		}
		return "CASE WHEN " + cond + " THEN " + a.Of + " END"
	}
	switch a.Func {
	case model.Count:
		if cond == "" {
			return "count(*)"
		}
		return "sum(CASE WHEN " + cond + " THEN 1 ELSE 0 END)"
	case model.Sum:
		return "sum(" + value() + ")"
	case model.Min:
		return "min(" + value() + ")"
	case model.Max:
		return "max(" + value() + ")"
	case model.Known:
		return "count(" + value() + ")"
	case model.Distinct:
		return "count(DISTINCT " + value() + ")"
	}
	return p.service.dialect.quantile(value(), a.Q)
}

func (p *planner) whenSQL(w *model.When, classifier int) string {
	var and []string
	if w.Media != 0 {
		p.src.need("media")
		and = append(and, fmt.Sprintf("media = %d", w.Media))
	}
	if len(w.Verdicts) > 0 {
		v := p.verdict(classifier)
		list := make([]int64, len(w.Verdicts))
		for i, n := range w.Verdicts {
			list[i] = int64(n)
		}
		and = append(and, v+" IN "+ints(list))
	}
	if w.HasDue {
		and = append(and, p.dueSQL(classifier, w.Media, w.Due))
	}
	if w.Cond != "" {
		p.src.need(w.Columns...)
		and = append(and, "("+w.Cond+")")
	}
	return strings.Join(and, " AND ")
}
