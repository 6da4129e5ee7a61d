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
}

// RuleSet is a named, versioned classifier.
type RuleSet struct {
	// Name is the key in queries; Title is for people.
	Name, Title string
	Media       map[metric.Media]Rules
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
	verdict := Unclassified
	var why []string
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
		}
		if rules.FirstDecides {
			break
		}
	}
	switch verdict {
	case Unclassified:
		why = []string{"none of the metrics that " + s.Name + " looks at was measured"}
	case Good:
		why = []string{"all measured metrics are within the limits of " + s.Name}
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
