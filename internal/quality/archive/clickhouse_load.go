package archive

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
)

// loadBlock is how many bytes of rows go into one statement.
const loadBlock = 32 << 20

// load sends blocks of rows from as many goroutines as there are processors. A
// block is permanent when the server has it: the dictionary goes before each.
func (c *click) load(ctx context.Context, t *bulkTable, _ int32, ready func() error) error {
	version, err := c.nextVersion(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var senders sync.WaitGroup
	for range runtime.NumCPU() {
		senders.Go(func() {
			if err := c.sendParts(ctx, t, version, &next, ready); err != nil {
				cancel(err)
			}
		})
	}
	senders.Wait()
	return context.Cause(ctx)
}

func (c *click) sendParts(ctx context.Context, t *bulkTable, version string, next *atomic.Int64, ready func() error) error {
	columns := make([]string, 0, len(t.shape.columns)+2)
	for _, col := range t.shape.columns {
		columns = append(columns, col.name)
	}
	columns = append(columns, "version", "dropped")
	var b bytes.Buffer
	send := func() error {
		if b.Len() == 0 {
			return nil
		}
		if err := ready(); err != nil {
			return err
		}
		err := c.http.insert(ctx, t.shape.name, columns, b.Bytes())
		b.Reset()
		return err
	}
	r := t.reader()
	for part := int(next.Add(1)) - 1; part < t.parts && ctx.Err() == nil; part = int(next.Add(1)) - 1 {
		rows := r.open(part)
		for row := range rows {
			appendRowTSV(&b, t, r, row)
			b.WriteString(version)
			b.WriteString("\t0\n")
		}
		if b.Len() > loadBlock {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return send()
}

func appendRowTSV(b *bytes.Buffer, t *bulkTable, r partReader, row int) {
	for col := range t.shape.columns {
		if t.shape.columns[col].typ == textColumn {
			b.WriteString(escapeTSV(r.text(row, col)))
		} else if n, ok := r.number(row, col); ok {
			b.Write(strconv.AppendInt(b.AvailableBuffer(), n, 10))
		} else {
			b.WriteString(`\N`)
		}
		b.WriteByte('\t')
	}
}

func (c *click) months(ctx context.Context) ([]MonthSize, error) {
	sizes := map[int32]int64{}
	err := c.query(ctx, "SELECT toInt64(partition) AS m, sum(toInt64(bytes_on_disk)) FROM system.parts WHERE active AND database = "+
		c.quote(c.http.database)+" AND table = 'streams' GROUP BY m", func(row []any) error {
		m, _ := row[0].(int64)
		sizes[int32(m)], _ = row[1].(int64)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []MonthSize
	err = c.query(ctx, "SELECT month, count(*) FROM "+c.from("streams")+" GROUP BY month ORDER BY month", func(row []any) error {
		m, _ := row[0].(int64)
		n, _ := row[1].(int64)
		out = append(out, MonthSize{Month: int32(m), Rows: n, Bytes: sizes[int32(m)]})
		return nil
	})
	return out, err
}

func (c *click) dropMonth(ctx context.Context, month int32) error {
	return c.exec(ctx, fmt.Sprintf("ALTER TABLE streams DROP PARTITION %d", month))
}
