package model

import (
	"parley/internal/quality/classify"
	"parley/internal/quality/metric"
)

// Func is how an atom aggregates rows.
type Func uint8

// The functions.
const (
	// Count counts the rows that fulfil When.
	Count Func = iota + 1
	// Sum, Min and Max are of the values that are not missing.
	Sum
	Min
	Max
	// Known counts the rows whose value is not missing.
	Known
	// Distinct counts different values, exactly.
	Distinct
	// Quantile is the smallest value that at least Q of the values do not
	// exceed.
	Quantile
)

// Atom is what the archive computes of a group of rows.
type Atom struct {
	Func Func
	// Of is SQL over the row's columns for the value, Columns what it uses.
	Of      string
	Columns []string
	// Q of a Quantile, 0 to 1.
	Q float64
	// Metric is set when Of is that metric's column, else metric.Count.
	Metric metric.ID
	When   When
}

// When selects the rows that an atom looks at; the zero value all.
type When struct {
	Media metric.Media // 0 is all
	// Verdicts by the classifier, none for all.
	Verdicts []classify.Verdict
	// Due is the metric that makes the row poor; HasDue tells whether it counts.
	Due    metric.ID
	HasDue bool
	// Cond is SQL over the row's columns, Columns what it uses.
	Cond    string
	Columns []string
}

// Judged tells whether the classifier is needed.
func (w When) Judged() bool { return len(w.Verdicts) > 0 || w.HasDue }

// Form is how a measure comes from its atoms.
type Form uint8

// The forms.
const (
	// Plain is the first atom.
	Plain Form = iota
	// Percent is 100 times the first over the second, missing when that is 0.
	Percent
	// Ratio is the first over the second.
	Ratio
	// Difference is the first less the second.
	Difference
)

// Measure is what results count.
type Measure struct {
	// Key is its name in queries: audio.poor_pct.
	Key string
	// Name is its friendly name: Audio Poor Percentage.
	Name     string
	Category string
	Unit     string
	In       []Dataset
	Form     Form
	Atoms    []Atom
	// Scale divides the result: what is stored as integers becomes the unit;
	// 0 is 1.
	Scale float64
}

// Judged tells whether the measure depends on the classifier.
func (m *Measure) Judged() bool {
	for i := range m.Atoms {
		if m.Atoms[i].When.Judged() {
			return true
		}
	}
	return false
}

// Has tells whether a dataset has the measure.
func (m *Measure) Has(s Dataset) bool {
	for _, in := range m.In {
		if in == s {
			return true
		}
	}
	return false
}

// Value is the measure of a group from its atoms' values; ok is false when it
// has none.
func (m *Measure) Value(atom func(i int) (float64, bool)) (v float64, ok bool) {
	a, ok := atom(0)
	if !ok {
		return 0, false
	}
	if m.Form != Plain {
		b, has := atom(1)
		switch {
		case !has, m.Form != Difference && b == 0:
			return 0, false
		case m.Form == Percent:
			a = 100 * a / b
		case m.Form == Ratio:
			a /= b
		default:
			a -= b
		}
	}
	if m.Scale != 0 {
		a /= m.Scale
	}
	return a, true
}
