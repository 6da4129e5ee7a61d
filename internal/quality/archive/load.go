package archive

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/internal/quality/metric"
)

// Parts are rows that are made in parts, in any order and several at a time.
type Parts[T any] struct {
	Count int
	// Fill appends the rows of a part to dst, which may hold memory to use again.
	Fill func(part int, dst []T) []T
}

// Bulk is a month of rows to be loaded.
type Bulk struct {
	Month   int32
	Calls   Parts[Call]
	Legs    Parts[Leg]
	Streams Parts[Stream]
	Ratings Parts[Rating]
	// Metrics are those that the streams can have; nil is all.
	Metrics []metric.ID
}

// MonthSize is a month of the archive.
type MonthSize struct {
	Month int32 // year * 100 + month
	Rows  int64
	Bytes int64 // on disk, 0 when unknown
}

// Load adds a month of rows whose keys are not in the archive, several times
// faster than Write, while the archive is in use. It is not atomic: when it
// fails, some of the tables may have been filled, each completely or not.
func (a *Archive) Load(ctx context.Context, b *Bulk) error {
	a.writing.RLock()
	defer a.writing.RUnlock()
	t := a.tables
	streams := t.streams
	streams.columns = slices.DeleteFunc(slices.Clone(streams.columns), func(c column[Stream]) bool {
		return b.Metrics != nil && (c.typ == metricSmall || c.typ == metricLarge) && !slices.Contains(b.Metrics, c.id)
	})
	for _, part := range []*bulkTable{
		bulk(&t.calls, b.Calls, a.dict), bulk(&t.legs, b.Legs, a.dict), bulk(&streams, b.Streams, a.dict), bulk(&t.ratings, b.Ratings, a.dict),
	} {
		if part.parts == 0 {
			continue
		}
		if err := a.engine.load(ctx, part, b.Month, func() error { return a.storeEntries(ctx) }); err != nil {
			return fmt.Errorf("load %s of %d into the quality archive: %w", part.shape.name, b.Month, err)
		}
	}
	return nil
}

// Months tells the months that the archive has streams of, oldest first.
func (a *Archive) Months(ctx context.Context) ([]MonthSize, error) {
	m, err := a.engine.months(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the months of the quality archive: %w", err)
	}
	return m, nil
}

// DropMonth removes the streams of a month and gives their space back.
func (a *Archive) DropMonth(ctx context.Context, month int32) error {
	a.writing.Lock()
	defer a.writing.Unlock()
	if err := a.engine.dropMonth(ctx, month); err != nil {
		return fmt.Errorf("drop month %d of the quality archive: %w", month, err)
	}
	return nil
}

// bulkTable is a table to be loaded, without its row type.
type bulkTable struct {
	shape tableShape
	parts int
	// reader makes a reader of parts with memory of its own.
	reader func() partReader
}

// partReader reads the rows of one part after the other.
type partReader interface {
	// open goes to a part and returns how many rows it has.
	open(part int) int
	// number is the value of a column that is no text, ok false for NULL.
	number(row, col int) (n int64, ok bool)
	// text is the value of one that is.
	text(row, col int) string
}

func bulk[T any](t *table[T], p Parts[T], d *dictionary) *bulkTable {
	return &bulkTable{shape: shape(t), parts: p.Count, reader: func() partReader {
		return &rowReader[T]{table: t, fill: p.Fill, dict: d, last: make([]lastCode, len(t.columns))}
	}}
}

type rowReader[T any] struct {
	table *table[T]
	fill  func(part int, dst []T) []T
	dict  *dictionary
	rows  []T
	// last is the text that was coded last in each column: the streams of a call
	// are neighbours and have most texts in common.
	last []lastCode
}

type lastCode struct {
	text string
	code int64
}

func (r *rowReader[T]) open(part int) int {
	r.rows = r.fill(part, r.rows[:0])
	return len(r.rows)
}

func (r *rowReader[T]) number(row, col int) (int64, bool) {
	c := &r.table.columns[col]
	if c.typ != codeColumn {
		return c.number(&r.rows[row], r.dict)
	}
	text := *c.ref(&r.rows[row]).(*string)
	last := &r.last[col]
	if last.text != text {
		*last = lastCode{text, int64(r.dict.code(c.dict, text))}
	}
	return last.code, true
}

func (r *rowReader[T]) text(row, col int) string {
	return *r.table.columns[col].ref(&r.rows[row]).(*string)
}

// monthStart is the beginning of a month in UTC.
func monthStart(month int32) time.Time {
	return time.Date(int(month/100), time.Month(month%100), 1, 0, 0, 0, 0, time.UTC)
}
