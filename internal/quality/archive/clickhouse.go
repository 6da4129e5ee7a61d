package archive

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// click is the engine on a ClickHouse server. Rows are replaced by writing them
// again with a higher version: ReplacingMergeTree keeps the highest, and FINAL
// makes a query see it before the merge. A removed row is a version with
// dropped = 1.
type click struct {
	http *clickHTTP

	mu   sync.Mutex
	last int64 // version of the last write
}

func openClickHouse(ctx context.Context, cfg Config) (engine, error) {
	h, err := newClickHTTP(cfg)
	if err != nil {
		return nil, err
	}
	c := &click{http: h}
	if err := c.exec(ctx, "CREATE DATABASE IF NOT EXISTS "+h.database); err != nil {
		return nil, fmt.Errorf("reach ClickHouse at %s: %w", cfg.URL, err)
	}
	return c, nil
}

func (c *click) close() error { return c.http.close() }

func (c *click) exec(ctx context.Context, sql string) error {
	return c.http.post(ctx, sql, nil)
}

func (c *click) query(ctx context.Context, sql string, yield func(row []any) error) error {
	return c.http.query(ctx, sql, yield)
}

func (c *click) partition(ctx context.Context, s tableShape) error {
	return ensure(ctx, c, s, c.columnsOf(s.name))
}

// splitStreams has nothing to do: the table has always been kept by month.
func (c *click) splitStreams(context.Context, tableShape) error { return nil }

func (c *click) store(ctx context.Context, entries []entry) error {
	version, err := c.nextVersion(ctx) // the code may be that of an expired entry
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, e := range entries {
		fmt.Fprintf(&b, "%d\t%d\t%s\t%s\t0\n", e.kind, e.code, escapeTSV(e.text), version)
	}
	return c.http.insert(ctx, "dictionary", []string{"kind", "code", "value", "version", "dropped"}, b.Bytes())
}

// nextVersion is higher than those of all writes before.
func (c *click) nextVersion(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == 0 {
		err := c.query(ctx, "SELECT max(toInt64(version)) FROM progress", func(row []any) error {
			c.last, _ = row[0].(int64)
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	c.last = max(c.last+1, time.Now().UnixMilli())
	return fmt.Sprint(c.last), nil
}

// write gives every row of a batch the same version.
func (c *click) write(ctx context.Context, w *write) error {
	version, err := c.nextVersion(ctx)
	if err != nil {
		return err
	}
	for i := range w.tables {
		t := &w.tables[i]
		if len(t.put)+len(t.drop) == 0 {
			continue
		}
		var b bytes.Buffer
		appendTSV(&b, t.drop, version, "1")
		appendTSV(&b, t.put, version, "0")
		columns := append(append([]string(nil), t.columns...), "version", "dropped")
		if err := c.http.insert(ctx, t.name, columns, b.Bytes()); err != nil {
			return err
		}
	}
	// The cursor goes last: a batch that was cut off before is done again.
	if w.cursor == 0 {
		return nil
	}
	return c.http.insert(ctx, "progress", []string{"id", "seq", "version", "dropped"}, fmt.Appendf(nil, "1\t%d\t%s\t0\n", w.cursor, version))
}

func appendTSV(b *bytes.Buffer, rows [][]any, version, dropped string) {
	for _, row := range rows {
		for _, v := range row {
			switch v := v.(type) {
			case nil:
				b.WriteString(`\N`)
			case string:
				b.WriteString(escapeTSV(v))
			default:
				fmt.Fprint(b, v)
			}
			b.WriteByte('\t')
		}
		b.WriteString(version)
		b.WriteByte('\t')
		b.WriteString(dropped)
		b.WriteByte('\n')
	}
}

func escapeTSV(s string) string {
	if !strings.ContainsAny(s, "\\\t\n\r\x00") {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", "").Replace(s)
}

func (c *click) createTable(t tableShape) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE IF NOT EXISTS " + t.name + " (")
	for _, col := range t.columns {
		b.WriteString(col.name + " " + clickType(col.typ) + ", ")
	}
	b.WriteString("version UInt64, dropped UInt8) ENGINE = ReplacingMergeTree(version)")
	if t.byMonth {
		b.WriteString(" PARTITION BY month")
	}
	b.WriteString(" ORDER BY (" + strings.Join(append([]string{t.key}, t.order...), ", ") + ")")
	return b.String()
}

func (c *click) addColumn(table string, col shapeColumn) string {
	return "ALTER TABLE " + table + " ADD COLUMN " + col.name + " " + clickType(col.typ)
}

func clickType(t columnType) string {
	switch t {
	case int8Column:
		return "Int8"
	case int32Column, codeColumn:
		return "Int32"
	case textColumn:
		return "String"
	case metricSmall:
		return "Nullable(Int32)"
	case metricLarge:
		return "Nullable(Int64)"
	default:
		return "Int64"
	}
}

func (c *click) columnsOf(table string) string {
	return "SELECT name FROM system.columns WHERE database = " + c.quote(c.http.database) + " AND table = " + c.quote(table)
}

func (c *click) from(table string) string {
	return "(SELECT * FROM " + c.http.database + "." + table + " FINAL WHERE dropped = 0)"
}

func (c *click) divide(expr string, by int64) string { return fmt.Sprintf("intDiv(%s, %d)", expr, by) }

func (c *click) quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\x00", "").Replace(s) + "'"
}
