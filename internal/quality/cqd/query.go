package cqd

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/quality/model"
)

// Query is a query of the original's data service.
type Query struct {
	Filters      []Filter `json:"Filters"`
	Dimensions   []Name   `json:"Dimensions"`
	Measurements []Name   `json:"Measurements"`
	Trend        *Trend   `json:"Trend,omitempty"`
	// LimitResultRowsCount bounds the rows, 0 for none. The original had at
	// most 10,000.
	LimitResultRowsCount int `json:"LimitResultRowsCount,omitempty"`
}

// Name is a dimension or a measure of a query.
type Name struct {
	DataModelName string `json:"DataModelName"`
}

// Filter is one condition. Those of one UnionGroup are alternatives, all others
// must hold.
type Filter struct {
	DataModelName string `json:"DataModelName"`
	Caption       string `json:"Caption"`
	Value         string `json:"Value"`
	Operand       int    `json:"Operand"`
	UnionGroup    string `json:"UnionGroup"`
}

// Trend is the time of a query.
type Trend struct {
	EnableTrend bool `json:"EnableTrend"`
	// SpanCount is the number of months (Type 0) or days (Type 1).
	SpanCount int `json:"SpanCount"`
	// TrendDate is the last month or day: 2015-3 or 2015-3-14. Empty is now.
	TrendDate string `json:"TrendDate"`
	Type      int    `json:"Type"`
	Sparkline bool   `json:"Sparkline,omitempty"`
}

// The operands.
const (
	equals = iota
	notEqual
	contains
	beginsWith
	rangeInclusive
	rangeExclusive
	greaterThan
	greaterEqual
	lessThan
	lessEqual
)

// ErrNoMeasure is the original's error 7.
var ErrNoMeasure = errors.New("the query has no measurement that the archive knows")

// Translation is a query in the archive's words.
type Translation struct {
	// JSON is a query for package query. Its dimensions and measures are in the
	// order of the original's.
	JSON json.RawMessage
	// Lacks are the names that were left out. A condition that was left out
	// makes the query look at more rows.
	Lacks []Lack
}

// Translate turns a query of the original into one of the archive's. fixed
// keeps TrendDate; without it the time is relative to now, as in reports.
func Translate(c *model.Catalogue, q *Query, fixed bool) (Translation, error) {
	var t Translation
	out := struct {
		Time       map[string]string `json:"time"`
		Dimensions []string          `json:"dimensions,omitempty"`
		Measures   []string          `json:"measures"`
		Filter     any               `json:"filter,omitempty"`
		Limit      int               `json:"limit,omitempty"`
	}{Limit: q.LimitResultRowsCount}
	if q.LimitResultRowsCount < 0 {
		return t, fmt.Errorf("LimitResultRowsCount is %d; it is 0 for no limit or above", q.LimitResultRowsCount)
	}
	var err error
	if out.Time, err = q.Trend.span(fixed); err != nil {
		return t, err
	}
	missing := func(n string) {
		if l := lack(c, n); !slices.Contains(t.Lacks, l) {
			t.Lacks = append(t.Lacks, l)
		}
	}
	for _, n := range q.Dimensions {
		if d := dimension(c, n.DataModelName); d != nil {
			out.Dimensions = append(out.Dimensions, d.Key)
		} else {
			missing(n.DataModelName)
		}
	}
	for _, n := range q.Measurements {
		if key, ok := Measure(c, n.DataModelName); ok {
			out.Measures = append(out.Measures, key)
		} else {
			missing(n.DataModelName)
		}
	}
	if len(out.Measures) == 0 {
		return t, ErrNoMeasure
	}
	var all []any
	unions := map[string]int{} // place in all
	for i := range q.Filters {
		f := &q.Filters[i]
		if strings.TrimSpace(f.Value) == "" && isTime(c, f.DataModelName) {
			continue // a place that the page fills with the chosen time
		}
		d := dimension(c, f.DataModelName)
		if d == nil {
			missing(f.DataModelName)
			continue
		}
		cond, err := f.condition(c, d)
		if err != nil {
			return t, fmt.Errorf("filter %d on %s: %w", i+1, f.DataModelName, err)
		}
		if at, joined := unions[f.UnionGroup]; joined {
			all[at] = either(all[at], cond)
			continue
		}
		if f.UnionGroup != "" {
			unions[f.UnionGroup] = len(all)
		}
		all = append(all, cond)
	}
	switch len(all) {
	case 0:
	case 1:
		out.Filter = all[0]
	default:
		out.Filter = map[string]any{"and": all}
	}
	t.JSON, err = json.Marshal(out)
	return t, err
}

func isTime(c *model.Catalogue, dataModelName string) bool {
	d := dimension(c, dataModelName)
	return d != nil && d.Kind == model.Moment
}

// either joins alternatives.
func either(a, b any) any {
	if m, ok := a.(map[string]any); ok {
		if list, ok := m["or"].([]any); ok {
			return map[string]any{"or": append(list, b)}
		}
	}
	return map[string]any{"or": []any{a, b}}
}

// span is the query's time. Without a trend it is the month of the date.
func (t *Trend) span(fixed bool) (map[string]string, error) {
	if t == nil {
		return map[string]string{"last": "P7M"}, nil
	}
	count := t.SpanCount
	if !t.EnableTrend && t.Type == 0 {
		count = 1
	}
	switch {
	case t.Type != 0 && t.Type != 1:
		return nil, fmt.Errorf("a trend of type %d is not known; 0 are months and 1 are days", t.Type)
	case count < 1 || count > 3660:
		return nil, fmt.Errorf("a trend over %d spans is none; SpanCount is 1 to 3660", t.SpanCount)
	}
	unit := "M"
	if t.Type == 1 {
		unit = "D"
	}
	if !fixed || t.TrendDate == "" {
		return map[string]string{"last": fmt.Sprintf("P%d%s", count, unit)}, nil
	}
	date, month, err := trendDate(t.TrendDate)
	if err != nil {
		return nil, err
	}
	from, to := date.AddDate(0, 1-count, 0), date.AddDate(0, 1, 0)
	if t.Type == 1 {
		to = date.AddDate(0, 0, 1)
		if month {
			to = date.AddDate(0, 1, 0)
		}
		from = to.AddDate(0, 0, -count)
	}
	return map[string]string{"from": from.Format(time.DateOnly), "to": to.Format(time.DateOnly)}, nil
}

func trendDate(s string) (t time.Time, month bool, err error) {
	if t, err = time.Parse("2006-1", s); err == nil {
		return t, true, nil
	}
	if t, err = time.Parse("2006-1-2", s); err == nil {
		return t, false, nil
	}
	return t, false, fmt.Errorf("TrendDate %.40q is neither a month such as 2015-3 nor a day such as 2015-3-14", s)
}
