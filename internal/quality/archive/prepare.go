package archive

import (
	"context"
	"fmt"
)

// schemaVersion is the version of the tables' meaning. Columns that were added
// since need no new one: prepare adds what is missing. A step that changes what
// a column means gets a number and an entry in migrations.
const schemaVersion = 2

// migrations brings an archive of version i+1 to version i+2. Each can be done
// again after it was cut off anywhere.
var migrations = [schemaVersion - 1]func(ctx context.Context, a *Archive) error{
	// Version 1 kept all streams in one table.
	func(ctx context.Context, a *Archive) error {
		return a.engine.splitStreams(ctx, shape(&a.tables.streams))
	},
}

// tableShape is a table without its row type.
type tableShape struct {
	name, key string
	order     []string
	columns   []shapeColumn
	byMonth   bool // has a column month to be partitioned by
}

type shapeColumn struct {
	name string
	typ  columnType
}

func shape[T any](t *table[T]) tableShape {
	s := tableShape{name: t.name, key: t.key, order: t.order}
	for i := range t.columns {
		s.columns = append(s.columns, shapeColumn{t.columns[i].name, t.columns[i].typ})
		s.byMonth = s.byMonth || t.columns[i].name == monthColumn
	}
	return s
}

// prepare creates tables and columns that are missing, migrates, and loads the
// dictionaries.
func (a *Archive) prepare(ctx context.Context) error {
	e, t := a.engine, a.tables
	for _, s := range smallTables() {
		if err := e.exec(ctx, e.createTable(s)); err != nil {
			return fmt.Errorf("create table %s: %w", s.name, err)
		}
	}
	if err := a.migrate(ctx); err != nil {
		return err
	}
	for _, s := range []tableShape{shape(&t.calls), shape(&t.legs), shape(&t.measurements), shape(&t.ratings), shape(&t.rejected)} {
		if err := ensure(ctx, e, s, e.columnsOf(s.name)); err != nil {
			return fmt.Errorf("prepare table %s: %w", s.name, err)
		}
	}
	if err := e.partition(ctx, shape(&t.streams)); err != nil {
		return fmt.Errorf("prepare table %s: %w", t.streams.name, err)
	}
	return a.loadDictionary(ctx)
}

// smallTables are those without a row type; the schema's version is the first.
func smallTables() []tableShape {
	return []tableShape{
		{name: "schema_version", key: "number", columns: []shapeColumn{{"number", int64Column}}},
		{name: "progress", key: "id", columns: []shapeColumn{{"id", int64Column}, {"seq", int64Column}}},
		{name: "dictionary", key: "kind", order: []string{"code"}, columns: []shapeColumn{{"kind", int64Column}, {"code", int64Column}, {"value", textColumn}}},
	}
}

func (a *Archive) loadDictionary(ctx context.Context) error {
	e := a.engine
	return e.query(ctx, "SELECT kind, code, value FROM "+e.from("dictionary"), func(row []any) error {
		kind, _ := row[0].(int64)
		code, _ := row[1].(int64)
		text, ok := row[2].(string)
		if kind <= 0 || kind >= int64(kinds) || code <= 0 || code > 1<<31 || !ok {
			return fmt.Errorf("dictionary entry %v is damaged", row)
		}
		a.dict.load(entry{Kind(kind), uint32(code), text})
		return nil
	})
}

func (a *Archive) migrate(ctx context.Context) error {
	e := a.engine
	var have int64
	err := e.query(ctx, "SELECT max(number) FROM schema_version", func(row []any) error {
		have, _ = row[0].(int64)
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("read the schema's version: %w", err)
	case have > schemaVersion:
		return fmt.Errorf("the archive has schema version %d and this program knows up to %d: use the newer program that wrote it", have, schemaVersion)
	case have == schemaVersion:
		return nil
	}
	for v := max(have, 1); have > 0 && v < schemaVersion; v++ {
		if err := migrations[v-1](ctx, a); err != nil {
			return fmt.Errorf("migrate from schema version %d: %w", v, err)
		}
	}
	if err := e.exec(ctx, fmt.Sprintf("INSERT INTO schema_version (number) VALUES (%d)", schemaVersion)); err != nil {
		return fmt.Errorf("store the schema's version: %w", err)
	}
	return nil
}

// ensure creates a table, or adds the columns that it does not have yet; columns
// is a query for those that it has.
func ensure(ctx context.Context, e engine, s tableShape, columns string) error {
	if err := e.exec(ctx, e.createTable(s)); err != nil {
		return err
	}
	have := make(map[string]bool)
	err := e.query(ctx, columns, func(row []any) error {
		name, _ := row[0].(string)
		have[name] = true
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range s.columns {
		if have[c.name] {
			continue
		}
		if err := e.exec(ctx, e.addColumn(s.name, c)); err != nil {
			return fmt.Errorf("add column %s: %w", c.name, err)
		}
	}
	return nil
}
