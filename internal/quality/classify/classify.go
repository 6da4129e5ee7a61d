// Package classify says whether a stream was good or poor. The rules are data:
// a rule set can be evaluated on one stream's metrics or turned into an SQL
// expression over the archive's columns, with the same result.
package classify

import (
	"fmt"

	"parley/internal/quality/metric"
)

// Verdict is the class of a stream. The numbers appear in query results.
type Verdict uint8

// The verdicts.
const (
	Unclassified Verdict = iota
	Good
	Poor
)

// String is the name that the API uses.
func (v Verdict) String() string {
	switch v {
	case Good:
		return "good"
	case Poor:
		return "poor"
	default:
		return "unclassified"
	}
}

// Rule is one limit. A stream is poor by it when the metric is above Limit, or
// below it when Below is set.
type Rule struct {
	Metric metric.ID
	Limit  float64
	Below  bool
	// Optimal is the limit of what is as good as can be, 0 for none. Between it
	// and Limit a stream is acceptable: good, and Judge tells it.
	Optimal float64
}

// Poor tells whether a value crosses the limit.
func (r Rule) Poor(v float64) bool {
	if r.Below {
		return v < r.Limit
	}
	return v > r.Limit
}

// Rules are the limits of one kind of media.
type Rules struct {
	// FirstDecides makes the first metric that is present decide alone;
	// otherwise any crossed limit makes the stream poor.
	FirstDecides bool
	Limits       []Rule
	// Enough is what must be exceeded for a stream to be judged at all, such as a
	// number of packets; nil is nothing.
	Enough *Rule
}

// RuleSet is a named, versioned classifier.
type RuleSet struct {
	// Name is the key in queries; Title is for people.
	Name, Title string
	Media       map[metric.Media]Rules
}

// Metrics are those that the rules of any media look at.
func (s RuleSet) Metrics() []metric.ID {
	var used [metric.Count]bool
	for _, rules := range s.Media {
		for _, r := range rules.Limits {
			used[r.Metric] = true
		}
		if rules.Enough != nil {
			used[rules.Enough.Metric] = true
		}
	}
	var ids []metric.ID
	for id, u := range used {
		if u {
			ids = append(ids, metric.ID(id))
		}
	}
	return ids
}

// Judge gives the verdict of one stream and why, in words. failed says that no
// media path was found (ICE state FAILED at either end): nothing that was then
// measured tells anything of the quality.
func (s RuleSet) Judge(m metric.Media, v *metric.Set, failed bool) (Verdict, []string) {
	if failed {
		return Unclassified, []string{"no media path was found (ICE failed)"}
	}
	rules, ok := s.Media[m]
	if !ok {
		return Unclassified, []string{fmt.Sprintf("%s has no rules for %s", s.Name, m)}
	}
	if e := rules.Enough; e != nil {
		if value, has := v.Get(e.Metric); !has || !e.Poor(value) {
			return Unclassified, []string{fmt.Sprintf("%s is not above %.4g, which %s wants before it judges", e.Metric.Get().Title, e.Limit, s.Name)}
		}
	}
	verdict := Unclassified
	var why, acceptable []string
	for _, r := range rules.Limits {
		value, has := v.Get(r.Metric)
		if !has {
			continue
		}
		if verdict == Unclassified {
			verdict = Good
		}
		if r.Poor(value) {
			verdict = Poor
			why = append(why, r.describe(value))
		} else if r.Optimal != 0 && (Rule{Limit: r.Optimal, Below: r.Below}).Poor(value) {
			acceptable = append(acceptable, Rule{Metric: r.Metric, Limit: r.Optimal, Below: r.Below}.describe(value)+", which is acceptable")
		}
		if rules.FirstDecides {
			break
		}
	}
	switch verdict {
	case Unclassified:
		why = []string{"none of the metrics that " + s.Name + " looks at was measured"}
	case Good:
		why = append([]string{"all measured metrics are within the limits of " + s.Name}, acceptable...)
	}
	return verdict, why
}

func (r Rule) describe(value float64) string {
	d := r.Metric.Get()
	side := "above"
	if r.Below {
		side = "below"
	}
	unit := d.Unit
	if unit == "ratio" {
		value, r.Limit, unit = 100*value, 100*r.Limit, "%"
	}
	return fmt.Sprintf("%s is %.4g %s, %s the limit of %.4g", d.Title, value, unit, side, r.Limit)
}
