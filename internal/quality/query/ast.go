package query

import (
	"errors"
	"fmt"
	"time"

	"parley/internal/quality/model"
)

// Query is a question. The zero value of a field is its default.
type Query struct {
	// Dataset is what is counted; streams by default.
	Dataset model.Dataset
	// Classifiers judge the streams, the first one where a measure names none.
	Classifiers []string
	// Zone is the time zone of all local times; UTC by default.
	Zone *time.Location
	Time Span
	// Dimensions are keys or friendly names.
	Dimensions []string
	Measures   []Measure
	Filter     *Filter
	Having     *Having
	Order      []Order
	// Limit bounds the rows; 0 is no bound.
	Limit int
	// Totals adds a row over everything, Others one over what the limit left
	// out.
	Totals, Others bool
	// Intervals adds the 95 % Wilson interval to each percentage.
	Intervals bool
	// Source forces the answer's source: "archive", "cube" or empty for the
	// planner's choice.
	Source string
}

// Span is a query's time. Either Last or From and To.
type Span struct {
	// Last is an ISO 8601 duration of one unit: P7M are this month and the six
	// before it, P7D today and six days before, PT24H this hour and 23 before.
	Last string
	// From is included, To is not.
	From, To time.Time
	// Grain adds a dimension of time: year, month, week, day, hour, minute.
	Grain string
	// Compare adds the same measures of the span before.
	Compare bool
}

// Measure is a measure of a query.
type Measure struct {
	// Name is a key or friendly name; "@jpdr" behind it names a classifier.
	Name string
	// As is the column's name; empty is Name.
	As string
	// Excess turns a count of poor streams into those above what the span
	// before would let expect.
	Excess bool
}

// Filter is a condition on rows: exactly one of And, Or, Not and Dim.
type Filter struct {
	And, Or []*Filter
	Not     *Filter
	// Dim is a dimension that all of Tests must hold for.
	Dim   string
	Tests []Test
	// Path is where it stands in the JSON text, for messages.
	Path string
}

// Op is a comparison.
type Op string

// The comparisons. Texts are compared without regard to case in Contains,
// Begins and Ends, and exactly otherwise.
const (
	In       Op = "in"
	NotIn    Op = "not_in"
	Eq       Op = "eq"
	Ne       Op = "ne"
	Contains Op = "contains"
	Begins   Op = "begins"
	Ends     Op = "ends"
	Regex    Op = "regex"
	Gt       Op = "gt"
	Ge       Op = "ge"
	Lt       Op = "lt"
	Le       Op = "le"
	Between  Op = "between" // both ends included
	InSubnet Op = "in_subnet"
	Null     Op = "null"
)

// ops lists the comparisons for messages; never changed.
var ops = []Op{In, NotIn, Eq, Ne, Contains, Begins, Ends, Regex, Gt, Ge, Lt, Le, Between, InSubnet, Null}

// Test is one comparison with values of type string, float64 or bool, or nil.
type Test struct {
	Op     Op
	Values []any
}

// Having is a condition on groups.
type Having struct {
	And, Or []*Having
	Not     *Having
	Measure string
	Tests   []Test
	Path    string
}

// Order is one column to sort by.
type Order struct {
	By   string
	Desc bool
}

// ErrBad is what errors about a query wrap that the asker can put right.
var ErrBad = errors.New("bad query")

// ErrDenied is what errors wrap about what the asker may not see.
var ErrDenied = errors.New("not allowed")

// Problem is an error at a place of the query.
type Problem struct {
	// Path is the place: $.filter.and[0].dim.
	Path string
	Text string
	// Nearest is the name that was probably meant, empty for none.
	Nearest string
	// Kind is ErrBad or ErrDenied.
	Kind error
}

// Error implements error.
func (p *Problem) Error() string {
	s := p.Path + ": " + p.Text
	if p.Nearest != "" {
		s += fmt.Sprintf("; did you mean %q?", p.Nearest)
	}
	return s
}

// Unwrap gives ErrBad or ErrDenied.
func (p *Problem) Unwrap() error { return p.Kind }

func bad(path, format string, args ...any) *Problem {
	return &Problem{Path: path, Text: fmt.Sprintf(format, args...), Kind: ErrBad}
}

func badName(path, nearest, format string, args ...any) *Problem {
	p := bad(path, format, args...)
	p.Nearest = nearest
	return p
}

// All is the filter of both, nil being everything.
func All(filters ...*Filter) *Filter {
	var all []*Filter
	for _, f := range filters {
		if f != nil {
			all = append(all, f)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &Filter{And: all}
}

// Where is a filter of one comparison.
func Where(dim string, op Op, values ...any) *Filter {
	return &Filter{Dim: dim, Tests: []Test{{op, values}}}
}
