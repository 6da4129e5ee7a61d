package archive

import (
	"fmt"
	"math"
	"time"

	"parley/internal/quality/metric"
)

// columnType is how a column is stored.
type columnType uint8

const (
	int8Column  columnType = iota + 1 // flags and small enumerations
	int32Column                       //
	int64Column                       // keys, milliseconds, counts
	textColumn                        // text as it is
	codeColumn                        // text through a dictionary
	metricSmall                       // a metric whose stored values fit 32 bits, may be NULL
	metricLarge                       // one that needs 64
)

// column is one column of a table of rows T. ref points at the row's field.
type column[T any] struct {
	name string
	typ  columnType
	dict Kind // of a codeColumn
	id   metric.ID
	ref  func(row *T) any
}

// value is the column's value of a row, as the engines take it: int8, int32,
// int64, string or nil.
func (c *column[T]) value(row *T, d *dictionary) any {
	if c.typ == textColumn {
		return *c.ref(row).(*string)
	}
	n, ok := c.number(row, d)
	switch {
	case !ok:
		return nil
	case c.typ == int8Column:
		return int8(n)
	case c.typ == int32Column, c.typ == codeColumn, c.typ == metricSmall:
		return int32(n)
	}
	return n
}

// number is the value of any column but a text, ok false for NULL.
func (c *column[T]) number(row *T, d *dictionary) (n int64, ok bool) {
	switch p := c.ref(row).(type) {
	case *string:
		return int64(d.code(c.dict, *p)), true
	case *int64:
		return *p, true
	case *int32:
		return int64(*p), true
	case *bool:
		if *p {
			return 1, true
		}
		return 0, true
	case *time.Time:
		return millis(*p), true
	case *metric.Media:
		return int64(*p), true
	case *metric.Source:
		return int64(*p), true
	case *Side:
		return int64(*p), true
	case *Clock:
		return int64(*p), true
	case *Tri:
		return int64(*p), true
	case *uint8:
		return int64(*p), true
	case *Failure:
		return int64(*p), true
	case *metric.Provenance:
		return int64(*p), true
	case *metric.Set:
		v, ok := p.Get(c.id)
		if !ok {
			return 0, false
		}
		return c.id.Stored(v), true
	default:
		panic(fmt.Sprintf("BUG: column %s refers to a %T", c.name, p))
	}
}

// set puts a value read from the archive into a row; v is int64, string or nil.
func (c *column[T]) set(row *T, v any, d *dictionary) error {
	if v == nil {
		return nil
	}
	if s, ok := v.(string); ok {
		p, ok := c.ref(row).(*string)
		if !ok {
			return fmt.Errorf("column %s holds text %.40q instead of a number", c.name, s)
		}
		*p = s
		return nil
	}
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("column %s holds a %T", c.name, v)
	}
	switch p := c.ref(row).(type) {
	case *string:
		*p = d.text(c.dict, uint32(n))
	case *int64:
		*p = n
	case *int32:
		*p = int32(n)
	case *bool:
		*p = n != 0
	case *time.Time:
		*p = fromMillis(n)
	case *metric.Media:
		*p = metric.Media(n)
	case *metric.Source:
		*p = metric.Source(n)
	case *Side:
		*p = Side(n)
	case *Clock:
		*p = Clock(n)
	case *Tri:
		*p = Tri(n)
	case *uint8:
		*p = uint8(n)
	case *Failure:
		*p = Failure(n)
	case *metric.Provenance:
		*p = metric.Provenance(n)
	case *metric.Set:
		p.Put(c.id, c.id.Value(n))
	}
	return nil
}

// millis is a time as it is stored: milliseconds since 1970, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// metricColumns makes the columns of a set of metrics.
func metricColumns[T any](set func(row *T) *metric.Set) []column[T] {
	cols := make([]column[T], 0, metric.Count)
	for id := range metric.Count {
		d := id.Get()
		typ := metricSmall
		if math.Max(-d.Min, d.Max)*d.Scale > math.MaxInt32 {
			typ = metricLarge
		}
		cols = append(cols, column[T]{name: d.Name, typ: typ, id: id, ref: func(row *T) any { return set(row) }})
	}
	return cols
}
