//go:build cgo

package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"

	"github.com/duckdb/duckdb-go/v2"
)

// bulkSource gives DuckDB a bulkTable as a table function that all its threads
// read at the same time, each its own parts. With "insert ... select" from it each
// thread compresses and writes its own row groups; measured on two threads that is
// several times as fast as the appender.
type bulkSource struct {
	table   *bulkTable
	columns []duckdb.ColumnInfo
	threads int
	next    atomic.Int64
}

// bulkReader is one thread's place in a bulkSource.
type bulkReader struct {
	partReader
	row, rows int
}

func newBulkSource(t *bulkTable, threads int) (*bulkSource, error) {
	types := map[string]duckdb.Type{"TINYINT": duckdb.TYPE_TINYINT, "INTEGER": duckdb.TYPE_INTEGER, "BIGINT": duckdb.TYPE_BIGINT, "VARCHAR": duckdb.TYPE_VARCHAR}
	s := &bulkSource{table: t, threads: threads}
	for _, c := range t.shape.columns {
		info, err := duckdb.NewTypeInfo(types[duckType(c.typ)])
		if err != nil {
			return nil, err
		}
		s.columns = append(s.columns, duckdb.ColumnInfo{Name: c.name, T: info})
	}
	return s, nil
}

// ColumnInfos, Cardinality, Init, NewLocalState and FillChunk are what DuckDB
// calls.
func (s *bulkSource) ColumnInfos() []duckdb.ColumnInfo { return s.columns }

// Cardinality is unknown.
func (s *bulkSource) Cardinality() *duckdb.CardinalityInfo { return nil }

// Init asks for all threads; without that DuckDB takes one.
func (s *bulkSource) Init() duckdb.ParallelTableSourceInfo {
	return duckdb.ParallelTableSourceInfo{MaxThreads: s.threads}
}

// NewLocalState is a thread's reader.
func (s *bulkSource) NewLocalState() any { return &bulkReader{partReader: s.table.reader()} }

// FillChunk hands over the thread's next rows.
func (s *bulkSource) FillChunk(state any, chunk duckdb.DataChunk) error {
	r := state.(*bulkReader)
	for r.row == r.rows {
		part := int(s.next.Add(1)) - 1
		if part >= s.table.parts {
			return chunk.SetSize(0)
		}
		r.row, r.rows = 0, r.open(part)
	}
	n := min(r.rows-r.row, duckdb.GetDataChunkCapacity())
	for col := range s.table.shape.columns {
		if err := fillColumn(chunk, col, s.table.shape.columns[col].typ, r, n); err != nil {
			return err
		}
	}
	r.row += n
	return chunk.SetSize(n)
}

// noValue stands for NULL until DuckDB has the rows: setting NULL in a chunk is a
// call of C for each value. No metric can be as low.
const noValue = math.MinInt32

func fillColumn(chunk duckdb.DataChunk, col int, typ columnType, r *bulkReader, n int) error {
	if typ == textColumn {
		for i := range n {
			if err := duckdb.SetChunkValue(chunk, col, i, r.text(r.row+i, col)); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range n {
		v, ok := r.number(r.row+i, col)
		if !ok {
			v = noValue
		}
		if err := duckdb.SetChunkValue(chunk, col, i, v); err != nil {
			return err
		}
	}
	return nil
}

// loads numbers the table functions; DuckDB has no way to remove one.
const loadFunction = "parley_bulk_"

func (d *duck) load(ctx context.Context, t *bulkTable, month int32, ready func() error) (err error) {
	source, err := newBulkSource(t, d.threads)
	if err != nil {
		return err
	}
	target := t.shape.name
	if t.shape.byMonth {
		if err := d.attach(ctx, month); err != nil {
			return err
		}
		target = monthTable(month, t.shape.name)
	}
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	name := loadFunction + t.shape.name
	d.sources.Store(name, source)
	defer d.sources.Delete(name)
	if err := d.register(conn, name); err != nil {
		return err
	}
	names, values := make([]string, len(t.shape.columns)), make([]string, len(t.shape.columns))
	for i, c := range t.shape.columns {
		names[i], values[i] = c.name, c.name
		if c.typ == metricSmall || c.typ == metricLarge {
			values[i] = fmt.Sprintf("nullif(%s, %d)", c.name, noValue)
		}
	}
	err = transaction(ctx, conn, func() error {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s()", target, strings.Join(names, ", "), strings.Join(values, ", "), name)); err != nil {
			return err
		}
		return ready()
	})
	if err != nil || !t.shape.byMonth {
		return err
	}
	return d.markMonth(ctx, month)
}

// register makes a table function that reads the source of its name. One stays
// for each table: DuckDB cannot remove them.
func (d *duck) register(conn *sql.Conn, name string) error {
	if _, done := d.functions.LoadOrStore(name, true); done {
		return nil
	}
	err := duckdb.RegisterTableUDF(conn, name, duckdb.ParallelChunkTableFunction{
		BindArguments: func(map[string]any, ...any) (duckdb.ParallelChunkTableSource, error) {
			s, ok := d.sources.Load(name)
			if !ok {
				return nil, fmt.Errorf("%s has nothing to load", name)
			}
			return s.(*bulkSource), nil
		},
	})
	if err != nil {
		d.functions.Delete(name)
		return fmt.Errorf("register %s: %w", name, err)
	}
	return nil
}
