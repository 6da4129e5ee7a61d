package model

import (
	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// Kind is how a dimension's value comes about. In SQL every dimension is one
// integer, or two for a Pair.
type Kind uint8

// The kinds of dimensions.
const (
	// Code is the text behind a dictionary's code.
	Code Kind = iota + 1
	// Number is an integer; Unknown is the value that means none.
	Number
	// Enum is an integer with a name for each value.
	Enum
	// Metric is a metric's value, which may be missing.
	Metric
	// Derived is made from the text of a dictionary when the query runs.
	Derived
	// Mapped is an attribute of the building, network, access point or
	// endpoint that today's mapping gives to an end.
	Mapped
	// Moment is a part of the local time at which the stream started.
	Moment
	// Bands are ranges of a number.
	Bands
	// Pair is the values of two other dimensions.
	Pair
	// Verdict is good, poor or unclassified by the query's classifier.
	Verdict
	// PoorDue tells whether a stream is poor because of one metric.
	PoorDue
	// PoorReason lists the metrics because of which a stream is poor.
	PoorReason
)

// Dataset is what a query counts.
type Dataset string

// The datasets.
const (
	// Streams has a row for each direction of each media line of each leg.
	Streams Dataset = "streams"
	// Calls has a row for each call, also for those without media.
	Calls Dataset = "calls"
	// Ratings has a row for each rating by a user.
	Ratings Dataset = "ratings"
)

// Dimension is what results are grouped and filtered by.
type Dimension struct {
	// Key is its name in queries: second.building.
	Key string
	// Name is its friendly name: Second Building Name.
	Name     string
	Category string
	Kind     Kind
	// Unit of a number: ms, %, bit/s ...
	Unit string
	// Personal marks what tells of a person: addresses, machines, free text.
	Personal bool
	// In lists the datasets that have it.
	In []Dataset

	// Expr is SQL over the row's columns that gives the integer; of a Mapped
	// dimension, the place that is mapped; of Bands, the number. Columns are
	// those that it uses.
	Expr    string
	Columns []string
	// Unknown is the value of Expr that means that nothing is known. For a
	// Code it is 0.
	Unknown int64
	// Signed numbers have no unknown value.
	Signed bool

	Dict   archive.Kind             // of Code and Derived
	Derive func(text string) string // of Derived; empty for unknown
	Values []Value                  // of Enum, in their order
	Metric metric.ID                // of Metric and PoorDue
	Media  metric.Media             // of PoorDue, 0 for all
	Attr   string                   // of Mapped, the attribute
	Part   Part                     // of Moment
	Bounds []float64                // of Bands, ascending, in the unit of Expr times Scale
	Scale  float64                  // of Bands and Number: stored value / unit; 0 for 1
	Of     [2]string                // of Pair
}

// Value is one value of an Enum.
type Value struct {
	N    int64
	Text string
}

// Part is a part of local time.
type Part uint8

// The parts of time. Those up to ByMinute are grains: a query can be told to
// have a row for each.
const (
	ByYear Part = iota + 1
	ByMonth
	ByWeek
	ByDay
	ByHour
	ByMinute
	MonthOfYear
	DayOfMonth
	DayOfWeek
	DayOfYear
	WeekOfYear
	HourOfDay
	MinuteOfHour
	SecondOfMinute
	StartTime
	EndTime
)

// Grain tells whether the part is a span of time, not a position in one.
func (p Part) Grain() bool { return p >= ByYear && p <= ByMinute }

// Type is the type of the dimension's values in results.
func (d *Dimension) Type() string {
	switch d.Kind {
	case Number, Metric:
		return "number"
	case PoorDue:
		return "boolean"
	case Moment:
		if d.Part == StartTime || d.Part == EndTime || d.Part == ByHour || d.Part == ByMinute {
			return "time"
		}
		if d.Part.Grain() {
			return "date"
		}
		return "number"
	case Enum:
		if len(d.Values) == 2 && d.Values[0].Text == "false" {
			return "boolean"
		}
	}
	return "text"
}

// Has tells whether a dataset has the dimension.
func (d *Dimension) Has(s Dataset) bool {
	for _, in := range d.In {
		if in == s {
			return true
		}
	}
	return false
}
