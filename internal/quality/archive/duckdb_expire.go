//go:build cgo

package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

func (d *duck) change(ctx context.Context, table string, set map[string]string, where string) error {
	var sets []string
	for column, value := range set {
		sets = append(sets, column+" = "+value)
	}
	return d.exec(ctx, "UPDATE "+table+" SET "+strings.Join(sets, ", ")+" WHERE "+where)
}

func (d *duck) remove(ctx context.Context, table, where string) error {
	return d.exec(ctx, "DELETE FROM "+table+" WHERE "+where)
}

// forget empties texts. The file is written and what is free in it overwritten:
// DuckDB leaves blocks that it does not need as they are.
func (d *duck) forget(ctx context.Context, gone []entry) (err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	rows := make([][]any, len(gone))
	for i, e := range gone {
		rows[i] = []any{int64(e.kind), int64(e.code)}
	}
	if _, err := conn.ExecContext(ctx, "CREATE OR REPLACE TEMP TABLE gone (kind BIGINT, code BIGINT)"); err != nil {
		return err
	}
	if err := appendRows(conn, "temp", "gone", []string{"kind", "code"}, rows); err != nil {
		return err
	}
	for _, s := range []string{"UPDATE dictionary SET value = '' WHERE (kind, code) IN (SELECT kind, code FROM temp.gone)", "DROP TABLE temp.gone"} {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return d.wipe(ctx, conn)
}

// writeOut waits for transactions of others, such as those of roll-ups.
const writeOut = "FORCE CHECKPOINT"

// wipe overwrites the free blocks of the main file.
func (d *duck) wipe(ctx context.Context, conn *sql.Conn) error {
	if d.path == "" {
		return nil
	}
	if _, err := conn.ExecContext(ctx, writeOut); err != nil {
		return err
	}
	var bytes int64
	err := conn.QueryRowContext(ctx, "SELECT (free_blocks + 1) * block_size FROM pragma_database_size() WHERE database_name = current_database()").Scan(&bytes)
	if err != nil {
		return err
	}
	for _, s := range []string{
		fmt.Sprintf("CREATE OR REPLACE TABLE filler AS SELECT hash(range) AS noise FROM range(%d)", bytes/8), writeOut, "DROP TABLE filler", writeOut,
	} {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// rewriteMonth writes the month into a new file that takes the place of the old:
// in the old one, free blocks would still hold what was replaced.
func (d *duck) rewriteMonth(ctx context.Context, month int32, all []*pseudonyms) (err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	next := monthDatabase(month) + "_next"
	path := d.monthPath(month)
	nextPath := path
	if d.path != "" {
		nextPath = path + ".next"
		if err := removeFiles(nextPath); err != nil { // of a time that was cut off
			return err
		}
	}
	if _, err := conn.ExecContext(ctx, "ATTACH "+d.quote(nextPath)+" AS "+next); err != nil {
		return err
	}
	if err := d.copyMonth(ctx, conn, month, next, all); err != nil {
		_, undo := conn.ExecContext(context.WithoutCancel(ctx), "DETACH "+next)
		return errors.Join(err, undo)
	}
	if d.path == "" {
		if err := d.replaceInMemory(ctx, conn, month, next); err != nil {
			return err
		}
		return d.markMonth(ctx, month)
	}
	if _, err := conn.ExecContext(ctx, "CHECKPOINT "+next); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "DETACH "+next); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := conn.ExecContext(ctx, "DETACH "+monthDatabase(month)); err != nil {
		return err
	}
	if err := os.Remove(path + ".wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(nextPath, path); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "ATTACH "+d.quote(path)+" AS "+monthDatabase(month)); err != nil {
		return err
	}
	return d.markMonth(ctx, month)
}

func removeFiles(path string) error {
	for _, suffix := range []string{"", ".wal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// copyMonth fills a new database with a month, its codes replaced.
func (d *duck) copyMonth(ctx context.Context, conn *sql.Conn, month int32, next string, all []*pseudonyms) error {
	replaced := map[string]string{}
	joins := ""
	for i, p := range all {
		table := fmt.Sprintf("pseudonyms%d", i)
		if _, err := conn.ExecContext(ctx, "CREATE OR REPLACE TEMP TABLE "+table+" (k INTEGER, v INTEGER)"); err != nil {
			return err
		}
		rows := make([][]any, len(p.codes))
		for j := range p.codes {
			rows[j] = []any{int32(p.codes[j]), int32(p.by[j])}
		}
		if err := appendRows(conn, "temp", table, []string{"k", "v"}, rows); err != nil {
			return err
		}
		for j, c := range p.columns {
			name := fmt.Sprintf("p%d_%d", i, j)
			joins += fmt.Sprintf(" LEFT JOIN temp.%s AS %s ON s.%s = %s.k", table, name, c, name)
			replaced[c] = "coalesce(" + name + ".v, 0)"
		}
	}
	values := make([]string, len(d.streams.columns))
	names := make([]string, len(d.streams.columns))
	for i, c := range d.streams.columns {
		names[i], values[i] = c.name, "s."+c.name
		if r, ok := replaced[c.name]; ok {
			values[i] = r
		}
	}
	s := d.streams
	s.name = next + ".main." + s.name
	if _, err := conn.ExecContext(ctx, d.createTable(s)); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s AS s%s ORDER BY s.started",
		s.name, strings.Join(names, ", "), strings.Join(values, ", "), monthTable(month, d.streams.name), joins))
	for i := range all { // what goes with what must not outlive the copy
		_, drop := conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("DROP TABLE temp.pseudonyms%d", i))
		err = errors.Join(err, drop)
	}
	return err
}

// replaceInMemory moves the copy of a month that has no file.
func (d *duck) replaceInMemory(ctx context.Context, conn *sql.Conn, month int32, next string) error {
	table := monthTable(month, d.streams.name)
	for _, s := range []string{"DELETE FROM " + table, "INSERT INTO " + table + " BY NAME SELECT * FROM " + next + ".main." + d.streams.name, "DETACH " + next} {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
