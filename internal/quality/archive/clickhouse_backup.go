package archive

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

func (c *click) name() string { return EngineClickHouse }

// clickSnapshot reads what was there when it began: rows have versions, and
// those of later writes are higher.
type clickSnapshot struct {
	click   *click
	version string
	has     []int32
}

func (c *click) snapshot(ctx context.Context) (snapshot, error) {
	version, err := c.nextVersion(ctx)
	if err != nil {
		return nil, err
	}
	sizes, err := c.months(ctx)
	if err != nil {
		return nil, err
	}
	s := &clickSnapshot{click: c, version: version}
	for _, m := range sizes {
		s.has = append(s.has, m.Month)
	}
	return s, nil
}

func (s *clickSnapshot) months() []int32 { return s.has }
func (s *clickSnapshot) close() error    { return nil }

// dump writes the server's Native format, compressed. A row that is replaced
// while the backup runs is in it as it was, or as it became.
func (s *clickSnapshot) dump(ctx context.Context, table string, month int32, path string) (rows int64, err error) {
	from := s.click.from(table)
	if month != 0 {
		from += fmt.Sprintf(" WHERE month = %d", month)
	}
	err = s.click.query(ctx, "SELECT count(*) FROM "+from, func(row []any) error {
		rows, _ = row[0].(int64)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return rows, s.click.download(ctx, "SELECT * FROM "+from+" FORMAT Native", path, true)
}

// download puts an answer into a file.
func (c *click) download(ctx context.Context, sql, path string, compress bool) (err error) {
	body, err := c.http.do(ctx, sql, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if !compress {
		_, err = io.Copy(f, body)
		return err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return err
	}
	_, err = io.Copy(z, body)
	return errors.Join(err, z.Close())
}

func (c *click) undump(ctx context.Context, table string, _ int32, path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	return errors.Join(c.http.upload(ctx, "INSERT INTO "+table+" FORMAT Native", z), z.Close())
}

func (c *click) export(ctx context.Context, query, format, path string) error {
	name := map[string]string{"parquet": "Parquet", "csv": "CSVWithNames", "ndjson": "JSONEachRow"}[format]
	err := c.download(ctx, query+" FORMAT "+name, path, false)
	if err != nil && format == "parquet" {
		return fmt.Errorf("%w (servers before version 19 cannot write Parquet: choose csv or ndjson)", err)
	}
	return err
}

func (c *click) timestamp(expr string) string { return "toDateTime(intDiv(" + expr + ", 1000))" }

func (c *click) leftJoin(query, column string) string {
	return " ANY LEFT JOIN " + query + " USING (" + column + ")"
}

func (c *click) codeType() string { return clickType(codeColumn) }
