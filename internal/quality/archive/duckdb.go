//go:build cgo

package archive

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// duck is the engine inside of the process.
type duck struct {
	db      *sql.DB
	path    string // of the main file, empty in memory
	threads int
	streams tableShape

	mu       sync.Mutex
	attached []int32 // months, ascending

	functions, sources sync.Map // of load, by name
}

func openDuckDB(ctx context.Context, cfg Config) (engine, error) {
	if cfg.Path != "" {
		if err := os.MkdirAll(filepath.Dir(cfg.Path), 0o700); err != nil {
			return nil, fmt.Errorf("create the archive's folder: %w", err)
		}
	}
	if cfg.MemoryMiB == 0 {
		cfg.MemoryMiB = 1024
	}
	if cfg.Threads == 0 {
		cfg.Threads = runtime.NumCPU()
	}
	connector, err := duckdb.NewConnector(cfg.Path, nil)
	if err != nil {
		if strings.Contains(err.Error(), "Could not set lock") {
			return nil, fmt.Errorf("%s is open in another process: stop it, or give this one another path", cfg.Path)
		}
		return nil, fmt.Errorf("open DuckDB file %s: %w", cfg.Path, err)
	}
	d := &duck{db: sql.OpenDB(connector), path: cfg.Path, threads: cfg.Threads}
	for _, s := range []string{
		fmt.Sprintf("SET memory_limit = '%dMiB'", cfg.MemoryMiB),
		fmt.Sprintf("SET threads = %d", cfg.Threads),
		"SET preserve_insertion_order = false",
		"ATTACH ':memory:' AS side", // of lookups
		"CREATE TABLE IF NOT EXISTS " + StaleHours + " (hour BIGINT)",
	} {
		if err := d.exec(ctx, s); err != nil {
			return nil, errors.Join(fmt.Errorf("configure DuckDB: %w", err), d.close())
		}
	}
	return d, nil
}

func (d *duck) close() error { return d.db.Close() }

func (d *duck) exec(ctx context.Context, q string) error {
	_, err := d.db.ExecContext(ctx, q)
	return err
}

func (d *duck) query(ctx context.Context, q string, yield func(row []any) error) error {
	rows, err := d.db.QueryContext(ctx, q)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values, refs := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		refs[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(refs...); err != nil {
			return err
		}
		for i := range values {
			values[i] = plain(values[i])
		}
		if err := yield(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// plain reduces the driver's types to those of a query's answer.
func plain(v any) any {
	switch n := v.(type) {
	case int8:
		return int64(n)
	case int16:
		return int64(n)
	case int32:
		return int64(n)
	case uint8:
		return int64(n)
	case uint16:
		return int64(n)
	case uint32:
		return int64(n)
	case uint64:
		return int64(n)
	case float32:
		return float64(n)
	case bool:
		if n {
			return int64(1)
		}
		return int64(0)
	case []byte:
		return string(n)
	case *big.Int:
		return n.Int64()
	}
	return v
}

func (d *duck) store(ctx context.Context, entries []entry) (err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	rows := make([][]any, len(entries))
	for i, e := range entries {
		rows[i] = []any{int64(e.kind), int64(e.code), e.text}
	}
	return transaction(ctx, conn, func() error {
		return appendRows(conn, "", "dictionary", []string{"kind", "code", "value"}, rows)
	})
}

// write does a batch: streams in a transaction for each month, then all else in
// one with the cursor, so that a batch that was cut off is done again.
func (d *duck) write(ctx context.Context, w *write) (err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	hours := map[int64]bool{} // whose streams change
	for i := range w.tables {
		if t := &w.tables[i]; t.month >= 0 {
			if err := d.writeMonths(ctx, conn, t, hours); err != nil {
				return err
			}
		}
	}
	return transaction(ctx, conn, func() error {
		if _, err := conn.ExecContext(ctx, markHours(hours)); err != nil {
			return fmt.Errorf("mark hours for roll-up: %w", err)
		}
		return d.fill(ctx, conn, w)
	})
}

// transaction does some work on a connection, all or nothing.
func transaction(ctx context.Context, conn *sql.Conn, work func() error) error {
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	if err := work(); err != nil {
		_, undo := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return errors.Join(err, undo)
	}
	_, err := conn.ExecContext(ctx, "COMMIT")
	return err
}

func (d *duck) fill(ctx context.Context, conn *sql.Conn, w *write) error {
	for i := range w.tables {
		t := &w.tables[i]
		if t.month >= 0 {
			continue
		}
		if err := remove(ctx, conn, t.name, t.key, t.keys, nil); err != nil {
			return fmt.Errorf("replace in %s: %w", t.name, err)
		}
		if err := appendRows(conn, "", t.name, t.columns, t.put); err != nil {
			return err
		}
	}
	if w.cursor == 0 {
		return nil
	}
	if _, err := conn.ExecContext(ctx, "DELETE FROM progress"); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, fmt.Sprintf("INSERT INTO progress (id, seq) VALUES (1, %d)", int64(w.cursor)))
	return err
}

// reach is how many months a row can move when it is amended. A report that is
// older than 30 days gets the time of its arrival, so a row moves by less.
const reach = 2

// writeMonths replaces rows of a table that is kept by month. The old version of
// a row can be in a month of its neighbourhood.
func (d *duck) writeMonths(ctx context.Context, conn *sql.Conn, t *tableWrite, hours map[int64]bool) error {
	started := slices.Index(t.columns, "started")
	byMonth := map[int32][][]any{}
	oldest := Month(time.Now())
	for _, row := range t.put {
		m := row[t.month].(int32)
		byMonth[m] = append(byMonth[m], row)
		hours[row[started].(int64)/hourMillis] = true
		oldest = min(oldest, m)
	}
	for _, row := range t.drop {
		oldest = min(oldest, row[t.month].(int32))
	}
	for m := range byMonth {
		if err := d.attach(ctx, m); err != nil {
			return err
		}
	}
	floor := Month(monthStart(oldest).AddDate(0, -reach, 0))
	for _, m := range d.monthsFrom(floor) {
		err := transaction(ctx, conn, func() error {
			if err := remove(ctx, conn, monthTable(m, t.name), t.key, t.keys, hours); err != nil {
				return err
			}
			return appendRows(conn, monthDatabase(m), t.name, t.columns, byMonth[m])
		})
		if err != nil {
			return fmt.Errorf("replace in %s of %d: %w", t.name, m, err)
		}
	}
	return nil
}

// literalKeys is how many keys a statement lists; more go through a table.
const literalKeys = 200

// remove deletes rows by key; of streams it notes the hours that they were in.
func remove(ctx context.Context, conn *sql.Conn, table, column string, keys []int64, hours map[int64]bool) error {
	if len(keys) == 0 {
		return nil
	}
	list := In(keys[:min(len(keys), literalKeys)])
	if len(keys) > literalKeys {
		if _, err := conn.ExecContext(ctx, "CREATE OR REPLACE TEMP TABLE doomed (k BIGINT)"); err != nil {
			return err
		}
		rows := make([][]any, len(keys))
		for i, k := range keys {
			rows[i] = []any{k}
		}
		if err := appendRows(conn, "temp", "doomed", []string{"k"}, rows); err != nil {
			return err
		}
		list = "(SELECT k FROM temp.doomed)"
	}
	sql := "DELETE FROM " + table + " WHERE " + column + " IN " + list
	if hours != nil {
		return returning(ctx, conn, sql, hours)
	}
	_, err := conn.ExecContext(ctx, sql)
	return err
}

// appendRows adds rows by DuckDB's bulk interface.
func appendRows(conn *sql.Conn, database, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	err := conn.Raw(func(c any) error {
		app, err := duckdb.NewAppenderWithColumns(c.(driver.Conn), database, "", table, columns)
		if err != nil {
			return err
		}
		args := make([]driver.Value, len(columns))
		for _, row := range rows {
			for i := range row {
				args[i] = row[i]
			}
			if err := app.AppendRow(args...); err != nil {
				return errors.Join(err, app.Close())
			}
		}
		return app.Close()
	})
	if err != nil {
		return fmt.Errorf("append to %s: %w", table, err)
	}
	return nil
}

func (d *duck) lookupPrefix() string { return "side." }

func (d *duck) addLookup(ctx context.Context, table string, keys, values []int64) error {
	if err := d.exec(ctx, "CREATE TABLE IF NOT EXISTS "+table+" (k BIGINT, v BIGINT)"); err != nil {
		return err
	}
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // returns it to the pool
	return conn.Raw(func(c any) error {
		app, err := duckdb.NewAppender(c.(driver.Conn), "side", "", strings.TrimPrefix(table, "side."))
		if err != nil {
			return err
		}
		for i := range keys {
			if err := app.AppendRow(keys[i], values[i]); err != nil {
				return errors.Join(err, app.Close())
			}
		}
		return app.Close()
	})
}

func (d *duck) createTable(t tableShape) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE IF NOT EXISTS " + t.name + " (")
	for i, c := range t.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.name + " " + duckType(c.typ))
	}
	b.WriteString(")")
	return b.String()
}

func (d *duck) addColumn(table string, c shapeColumn) string {
	s := "ALTER TABLE " + table + " ADD COLUMN " + c.name + " " + duckType(c.typ)
	if c.typ == textColumn {
		return s + " DEFAULT ''"
	}
	if c.typ != metricSmall && c.typ != metricLarge {
		return s + " DEFAULT 0"
	}
	return s
}

func duckType(t columnType) string {
	switch t {
	case int8Column:
		return "TINYINT"
	case int32Column, codeColumn, metricSmall:
		return "INTEGER"
	case textColumn:
		return "VARCHAR"
	default:
		return "BIGINT"
	}
}

func (d *duck) columnsOf(table string) string {
	return "SELECT column_name FROM duckdb_columns() WHERE table_name = " + d.quote(table)
}

func (d *duck) from(table string) string { return table }

func (d *duck) divide(expr string, by int64) string { return fmt.Sprintf("((%s) // %d)", expr, by) }

func (d *duck) quote(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''") + "'"
}
