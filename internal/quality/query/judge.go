package query

import (
	"fmt"
	"strings"

	"parley/internal/quality/classify"
	"parley/internal/quality/cube"
	"parley/internal/quality/metric"
	"parley/internal/quality/model"
)

// verdict makes the verdict of a classifier available and returns its column.
func (p *planner) verdict(i int) string {
	if p.src.verdict[i] == "" {
		p.src.verdict[i] = p.verdictSQL(p.rules[i])
	}
	return fmt.Sprintf("v%d", i)
}

func (p *planner) verdictSQL(rules classify.RuleSet) string {
	if p.cube != nil {
		sql, ok := p.service.cubes.Verdict(rules)
		if !ok {
			p.src.lack("the classifier " + rules.Name + " as it is now")
			return "0"
		}
		p.src.raw("verdicts")
		return sql
	}
	p.src.need("ice_failed", "media")
	for _, id := range rules.Metrics() {
		p.src.need(id.String())
	}
	return rules.SQL()
}

// dueSQL is the condition that a stream is poor because of a metric.
func (p *planner) dueSQL(i int, media metric.Media, id metric.ID) string {
	v := p.verdict(i)
	if p.cube == nil {
		return cube.DueSQL(p.rules[i], v, media, id)
	}
	sql, ok := p.service.cubes.Due(p.rules[i], media, id)
	if !ok {
		p.src.lack("why streams are poor by " + p.rules[i].Name)
		return "1 = 0"
	}
	p.src.raw("due")
	p.src.raw("media")
	return sql
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
	cond := p.whenSQL(&a.When, classifier)
	if p.cube != nil {
		return p.rolledSQL(a, cond)
	}
	p.src.need(a.Columns...)
	value := a.Of
	if cond != "" {
		value = "CASE WHEN " + cond + " THEN " + a.Of + " END"
	}
	switch a.Func {
	case model.Count:
		if cond == "" {
			return "count(*)"
		}
		return "sum(CASE WHEN " + cond + " THEN 1 ELSE 0 END)"
	case model.Sum:
		return "sum(" + value + ")"
	case model.Min:
		return "min(" + value + ")"
	case model.Max:
		return "max(" + value + ")"
	case model.Known:
		return "count(" + value + ")"
	case model.Distinct:
		return "count(DISTINCT " + value + ")"
	}
	return p.service.dialect.quantile(value, a.Q)
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
