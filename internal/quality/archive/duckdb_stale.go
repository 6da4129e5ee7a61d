//go:build cgo

package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

func (d *duck) transact(ctx context.Context, statements []string) (err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return transaction(ctx, conn, func() error {
		for _, s := range statements {
			if _, err := conn.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// markHours makes a statement that notes hours whose streams changed.
func markHours(hours map[int64]bool) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + StaleHours + " SELECT unnest([")
	for h := range hours {
		fmt.Fprintf(&b, "%d,", h)
	}
	b.WriteString("]::BIGINT[])") // DuckDB allows the last comma
	return b.String()
}

// hoursOf are the hours that a month has streams in. They are noted after the
// month was loaded, removed or rewritten, never before: the roll-ups could be
// made in between.
func (d *duck) hoursOf(ctx context.Context, month int32) (map[int64]bool, error) {
	hours := map[int64]bool{}
	err := d.query(ctx, fmt.Sprintf("SELECT DISTINCT started // %d FROM %s", hourMillis, monthTable(month, d.streams.name)), func(row []any) error {
		if h, ok := row[0].(int64); ok {
			hours[h] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the hours of month %d: %w", month, err)
	}
	return hours, nil
}

// markMonth notes all hours of a month that was loaded or rewritten.
func (d *duck) markMonth(ctx context.Context, month int32) error {
	hours, err := d.hoursOf(ctx, month)
	if err != nil {
		return err
	}
	return d.exec(ctx, markHours(hours))
}

// returning deletes streams and notes the hours that they were in.
func returning(ctx context.Context, conn *sql.Conn, statement string, hours map[int64]bool) error {
	rows, err := conn.QueryContext(ctx, statement+" RETURNING started")
	if err != nil {
		return err
	}
	for rows.Next() {
		var started int64
		if err := rows.Scan(&started); err != nil {
			return errors.Join(err, rows.Close())
		}
		hours[started/hourMillis] = true
	}
	return errors.Join(rows.Err(), rows.Close())
}
