package archive

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// change writes new versions of the rows and has the old ones merged away.
// Mutations, which newer servers have for this, are not reliable in 18.16.
func (c *click) change(ctx context.Context, table string, set map[string]string, where string) error {
	return c.supersede(ctx, table, set, where, "0")
}

// remove writes versions that are dropped and without text.
func (c *click) remove(ctx context.Context, table, where string) error {
	set := map[string]string{}
	err := c.query(ctx, c.columnsOf(table)+" AND type = 'String'", func(row []any) error {
		name, _ := row[0].(string)
		set[name] = "''"
		return nil
	})
	if err != nil {
		return err
	}
	return c.supersede(ctx, table, set, where, "1")
}

func (c *click) supersede(ctx context.Context, table string, set map[string]string, where, dropped string) error {
	version, err := c.nextVersion(ctx)
	if err != nil {
		return err
	}
	set["version"], set["dropped"] = "toUInt64("+version+")", "toUInt8("+dropped+")"
	names, err := c.names(ctx, table)
	if err != nil {
		return err
	}
	values := make([]string, len(names))
	for i, n := range names {
		values[i] = n
		if v, ok := set[n]; ok {
			values[i] = v
		}
	}
	list := strings.Join(names, ", ")
	if err := c.exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s", table, list, strings.Join(values, ", "), c.from(table), where)); err != nil {
		return err
	}
	return c.exec(ctx, "OPTIMIZE TABLE "+table+" FINAL")
}

// forget writes entries without their text, and has the parts with the text
// merged away.
func (c *click) forget(ctx context.Context, gone []entry) error {
	version, err := c.nextVersion(ctx)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, e := range gone {
		fmt.Fprintf(&b, "%d\t%d\t\t%s\t1\n", e.kind, e.code, version)
	}
	if err := c.http.insert(ctx, "dictionary", []string{"kind", "code", "value", "version", "dropped"}, b.Bytes()); err != nil {
		return err
	}
	return c.exec(ctx, "OPTIMIZE TABLE dictionary FINAL")
}

// rewriteMonth puts a partition with other codes into the place of the month's.
// A mutation would keep the pseudonyms in its text on the server.
func (c *click) rewriteMonth(ctx context.Context, month int32, all []*pseudonyms) error {
	const next = "streams_next"
	var with, replaced []string
	values := map[string]string{}
	for i, p := range all {
		with = append(with, fmt.Sprintf("%s AS codes%d, %s AS stand_ins%d", list(p.codes), i, list(p.by), i))
		for _, col := range p.columns {
			values[col] = fmt.Sprintf("toInt32(transform(toInt64(%s), codes%d, stand_ins%d, toInt64(0)))", col, i, i)
		}
	}
	names, err := c.names(ctx, "streams")
	if err != nil {
		return err
	}
	for _, n := range names {
		if v, ok := values[n]; ok {
			replaced = append(replaced, v)
		} else {
			replaced = append(replaced, n)
		}
	}
	insert := "INSERT INTO " + next + " (" + strings.Join(names, ", ") + ") WITH " + strings.Join(with, ", ") + " SELECT " + strings.Join(replaced, ", ") +
		fmt.Sprintf(" FROM streams FINAL WHERE month = %d", month)
	for _, s := range []string{
		"DROP TABLE IF EXISTS " + next, "CREATE TABLE " + next + " AS streams", insert,
		fmt.Sprintf("ALTER TABLE streams REPLACE PARTITION %d FROM %s", month, next), "DROP TABLE " + next,
	} {
		if err := c.exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// names lists a table's columns.
func (c *click) names(ctx context.Context, table string) ([]string, error) {
	var names []string
	err := c.query(ctx, c.columnsOf(table), func(row []any) error {
		name, _ := row[0].(string)
		names = append(names, name)
		return nil
	})
	return names, err
}

// list is an array of numbers. They are 64 bits wide by a cast of the first:
// ClickHouse gives a literal the narrowest type.
func list(numbers []int64) string {
	s := strings.Trim(In(numbers), "()")
	return "CAST([" + s + "] AS Array(Int64))"
}
