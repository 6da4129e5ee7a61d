//go:build cgo

package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The streams of each month are in a file of their own beside the main one,
// attached as database mYYYYMM, and the view streams is the union of them.
// Dropping a month removes its file; dropping a table within a file would only
// mark its blocks as free. DuckDB writes to one file in a transaction.

// monthDatabase is the name that a month's file is attached by.
func monthDatabase(month int32) string { return fmt.Sprintf("m%06d", month) }

func monthTable(month int32, table string) string { return monthDatabase(month) + ".main." + table }

// monthPath is the file of a month: quality-202611.duckdb for quality.duckdb.
func (d *duck) monthPath(month int32) string {
	if d.path == "" {
		return ":memory:"
	}
	ext := filepath.Ext(d.path)
	return fmt.Sprintf("%s-%06d%s", strings.TrimSuffix(d.path, ext), month, ext)
}

// monthFiles lists the months that have files.
func (d *duck) monthFiles() ([]int32, error) {
	if d.path == "" {
		return nil, nil
	}
	ext := filepath.Ext(d.path)
	prefix := strings.TrimSuffix(d.path, ext) + "-"
	entries, err := os.ReadDir(filepath.Dir(d.path))
	if err != nil {
		return nil, fmt.Errorf("list the archive's months: %w", err)
	}
	var months []int32
	for _, e := range entries {
		name := filepath.Join(filepath.Dir(d.path), e.Name())
		digits, ok := strings.CutPrefix(strings.TrimSuffix(name, ext), prefix)
		if n, err := strconv.ParseInt(digits, 10, 32); ok && err == nil && len(digits) == 6 && filepath.Ext(name) == ext {
			months = append(months, int32(n))
		}
	}
	slices.Sort(months)
	return months, nil
}

// partition attaches the months and prepares their tables and the view.
func (d *duck) partition(ctx context.Context, s tableShape) error {
	d.streams = s
	files, err := d.monthFiles()
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range files {
		if slices.Contains(d.attached, m) {
			continue
		}
		if err := d.open(ctx, m); err != nil {
			return err
		}
	}
	return d.view(ctx)
}

// attach makes a month ready for writing.
func (d *duck) attach(ctx context.Context, month int32) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.Contains(d.attached, month) {
		return nil
	}
	if err := d.open(ctx, month); err != nil {
		return err
	}
	return d.view(ctx)
}

// open attaches a month's file and prepares its table. d.mu is held.
func (d *duck) open(ctx context.Context, month int32) error {
	db := monthDatabase(month)
	if err := d.exec(ctx, "ATTACH "+d.quote(d.monthPath(month))+" AS "+db); err != nil {
		return fmt.Errorf("open month %d: %w", month, err)
	}
	s := d.streams
	s.name = monthTable(month, s.name)
	have := "SELECT column_name FROM duckdb_columns() WHERE database_name = " + d.quote(db) + " AND table_name = " + d.quote(d.streams.name)
	if err := ensure(ctx, d, s, have); err != nil {
		return errors.Join(fmt.Errorf("prepare month %d: %w", month, err), d.exec(ctx, "DETACH "+db))
	}
	d.attached = append(d.attached, month)
	slices.Sort(d.attached)
	return nil
}

// view makes the view streams anew. d.mu is held.
func (d *duck) view(ctx context.Context) error {
	if err := d.exec(ctx, "CREATE OR REPLACE VIEW "+d.streams.name+" AS "+d.union(d.attached)); err != nil {
		return fmt.Errorf("join the months: %w", err)
	}
	return nil
}

// union is a query for all streams of some months.
func (d *duck) union(months []int32) string {
	if len(months) == 0 {
		typed := make([]string, len(d.streams.columns))
		for i, c := range d.streams.columns {
			typed[i] = "CAST(NULL AS " + duckType(c.typ) + ") AS " + c.name
		}
		return "SELECT " + strings.Join(typed, ", ") + " WHERE false"
	}
	names := make([]string, len(d.streams.columns))
	for i, c := range d.streams.columns {
		names[i] = c.name
	}
	list := strings.Join(names, ", ")
	parts := make([]string, len(months))
	for i, m := range months {
		parts[i] = "SELECT " + list + " FROM " + monthTable(m, d.streams.name)
	}
	return strings.Join(parts, " UNION ALL ")
}

func (d *duck) months(ctx context.Context) ([]MonthSize, error) {
	d.mu.Lock()
	attached := slices.Clone(d.attached)
	d.mu.Unlock()
	out := make([]MonthSize, 0, len(attached))
	for _, m := range attached {
		size := MonthSize{Month: m, Bytes: d.bytes(m)}
		err := d.query(ctx, "SELECT count(*) FROM "+monthTable(m, d.streams.name), func(row []any) error {
			size.Rows, _ = row[0].(int64)
			return nil
		})
		if err != nil {
			return nil, err
		}
		out = append(out, size)
	}
	return out, nil
}

// monthsFrom lists the attached months from one on.
func (d *duck) monthsFrom(floor int32) []int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	i, _ := slices.BinarySearch(d.attached, floor)
	return slices.Clone(d.attached[i:])
}

// bytes is what a month's file and its log take on disk.
func (d *duck) bytes(month int32) (n int64) {
	for _, suffix := range []string{"", ".wal"} {
		if info, err := os.Stat(d.monthPath(month) + suffix); err == nil {
			n += info.Size()
		}
	}
	return n
}

func (d *duck) dropMonth(ctx context.Context, month int32) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.Index(d.attached, month)
	if i < 0 {
		return nil
	}
	hours, err := d.hoursOf(ctx, month)
	if err != nil {
		return err
	}
	d.attached = slices.Delete(d.attached, i, i+1)
	if err := d.view(ctx); err != nil {
		return err
	}
	if err := d.exec(ctx, markHours(hours)); err != nil {
		return err
	}
	if err := d.exec(ctx, "DETACH "+monthDatabase(month)); err != nil {
		return err
	}
	if d.path == "" {
		return nil
	}
	for _, suffix := range []string{"", ".wal"} {
		if err := os.Remove(d.monthPath(month) + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
