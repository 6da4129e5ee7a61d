//go:build cgo

package archive

import (
	"context"
	"fmt"
	"strings"
)

// unsplit is the table of version 1 while its rows go into the months.
const unsplit = "streams_version1"

// splitStreams moves the rows of the table streams into files by month. Cut off,
// it goes on where the renamed table still has rows.
func (d *duck) splitStreams(ctx context.Context, s tableShape) error {
	old := map[string]bool{}
	err := d.query(ctx, "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND table_name IN ("+d.quote(s.name)+", "+d.quote(unsplit)+")",
		func(row []any) error {
			name, _ := row[0].(string)
			old[name] = true
			return nil
		})
	if err != nil {
		return err
	}
	if old[s.name] && !old[unsplit] {
		if err := d.exec(ctx, "ALTER TABLE "+s.name+" RENAME TO "+unsplit); err != nil {
			return err
		}
		old[unsplit] = true
	}
	if err := d.partition(ctx, s); err != nil {
		return err
	}
	if !old[unsplit] {
		return nil
	}
	var months []int32
	err = d.query(ctx, "SELECT DISTINCT month FROM "+unsplit+" ORDER BY month", func(row []any) error {
		m, _ := row[0].(int64)
		months = append(months, int32(m))
		return nil
	})
	if err != nil {
		return err
	}
	columns, err := d.commonColumns(ctx, s)
	if err != nil {
		return err
	}
	for _, m := range months {
		if err := d.moveMonth(ctx, m, s, columns); err != nil {
			return fmt.Errorf("move the streams of %d: %w", m, err)
		}
	}
	return d.exec(ctx, "DROP TABLE "+unsplit)
}

// commonColumns are those that both the old table and the new ones have.
func (d *duck) commonColumns(ctx context.Context, s tableShape) (string, error) {
	known := make(map[string]bool, len(s.columns))
	for _, c := range s.columns {
		known[c.name] = true
	}
	var both []string
	err := d.query(ctx, d.columnsOf(unsplit), func(row []any) error {
		if name, _ := row[0].(string); known[name] {
			both = append(both, name)
		}
		return nil
	})
	return strings.Join(both, ", "), err
}

func (d *duck) moveMonth(ctx context.Context, month int32, s tableShape, columns string) error {
	if err := d.attach(ctx, month); err != nil {
		return err
	}
	target := monthTable(month, s.name)
	from := fmt.Sprintf("FROM %s WHERE month = %d", unsplit, month)
	if err := d.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s IN (SELECT %s %s)", target, s.key, s.key, from)); err != nil {
		return err
	}
	return d.exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s %s ORDER BY started", target, columns, columns, from))
}
