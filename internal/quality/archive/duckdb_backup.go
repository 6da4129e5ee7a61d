//go:build cgo

package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

func (d *duck) name() string { return EngineDuckDB }

// duckSnapshot is a connection in a transaction that began in all files while
// nothing was written.
type duckSnapshot struct {
	duck *duck
	conn *sql.Conn
	has  []int32
}

func (d *duck) snapshot(ctx context.Context) (snapshot, error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	s := &duckSnapshot{duck: d, conn: conn, has: d.monthsFrom(0)}
	statements := []string{"BEGIN", "SELECT max(number) FROM schema_version"}
	for _, m := range s.has { // a file's snapshot is of when it is first read
		statements = append(statements, "SELECT max(month) FROM "+monthTable(m, d.streams.name))
	}
	for _, q := range statements {
		if _, err := conn.ExecContext(ctx, q); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

func (s *duckSnapshot) months() []int32 { return slices.Clone(s.has) }

func (s *duckSnapshot) close() error {
	_, err := s.conn.ExecContext(context.Background(), "ROLLBACK") // nothing was written
	return errors.Join(err, s.conn.Close())
}

func (s *duckSnapshot) dump(ctx context.Context, table string, month int32, path string) (rows int64, err error) {
	from := table
	if month != 0 {
		from = monthTable(month, table)
	}
	if err := s.conn.QueryRowContext(ctx, "SELECT count(*) FROM "+from).Scan(&rows); err != nil {
		return 0, err
	}
	_, err = s.conn.ExecContext(ctx, "COPY "+from+" TO "+s.duck.quote(path)+" (FORMAT parquet, COMPRESSION zstd)")
	return rows, err
}

func (d *duck) undump(ctx context.Context, table string, month int32, path string) error {
	if month != 0 {
		if err := d.attach(ctx, month); err != nil {
			return err
		}
		table = monthTable(month, table)
	}
	return d.exec(ctx, "INSERT INTO "+table+" BY NAME SELECT * FROM read_parquet("+d.quote(path)+")")
}

// export writes the answer of a query to a file.
func (d *duck) export(ctx context.Context, query, format, path string) error {
	options := map[string]string{"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER", "ndjson": "FORMAT json"}[format]
	return d.exec(ctx, fmt.Sprintf("COPY (%s) TO %s (%s)", query, d.quote(path), options))
}

func (d *duck) timestamp(expr string) string { return "make_timestamp(" + expr + " * 1000)" }

func (d *duck) leftJoin(query, column string) string {
	return " LEFT JOIN " + query + " AS d_" + column + " USING (" + column + ")"
}

func (d *duck) codeType() string { return duckType(codeColumn) }
