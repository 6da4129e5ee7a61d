package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// Export is what Archive.Export writes.
type Export struct {
	From, To time.Time // beginnings of streams, To excluded
	// Format is parquet, csv or ndjson.
	Format string
	Path   string // of a file that must not exist
	// Coded leaves codes and stored integers as they are, instead of texts and
	// values in the metrics' units.
	Coded bool
}

// Formats are the formats of an export.
func Formats() []string { return []string{"parquet", "csv", "ndjson"} }

// Export writes the streams of a time to a file.
func (a *Archive) Export(ctx context.Context, x Export) error {
	if !slices.Contains(Formats(), x.Format) {
		return fmt.Errorf("format %q is not known; use one of %s", x.Format, strings.Join(Formats(), ", "))
	}
	if _, err := os.Lstat(x.Path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already and is not overwritten", x.Path)
	}
	if err := a.engine.export(ctx, a.exportQuery(x), x.Format, x.Path); err != nil {
		return errors.Join(fmt.Errorf("export streams: %w", err), removeUnfinished(x.Path))
	}
	return nil
}

func removeUnfinished(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// exportQuery joins the texts one dictionary after the other, each join around
// the one before: ClickHouse 18.16 has one join in a query.
func (a *Archive) exportQuery(x Export) string {
	cols := a.tables.streams.columns
	names := make([]string, len(cols))
	for i := range cols {
		names[i] = cols[i].name
	}
	where := fmt.Sprintf("started >= %d AND started < %d", x.From.UnixMilli(), x.To.UnixMilli())
	q := "SELECT " + strings.Join(names, ", ") + " FROM " + a.engine.from("streams") + " WHERE " + where
	if x.Coded {
		return q
	}
	values := slices.Clone(names)
	for i := range cols {
		c := &cols[i]
		switch {
		case c.typ == codeColumn:
			texts := fmt.Sprintf("(SELECT CAST(code AS %s) AS %s, value AS text_%s FROM %s WHERE kind = %d)", a.engine.codeType(), c.name, c.name, a.engine.from("dictionary"), c.dict)
			q = "SELECT * FROM (" + q + ") AS s" + fmt.Sprint(i) + a.engine.leftJoin(texts, c.name)
			values[i] = "coalesce(text_" + c.name + ", '') AS " + c.name
		case c.typ == metricSmall, c.typ == metricLarge:
			values[i] = fmt.Sprintf("%s / %.1f AS %s", c.name, c.id.Get().Scale, c.name)
		case slices.Contains([]string{"started", "ended", "received"}, c.name):
			values[i] = a.engine.timestamp(c.name) + " AS " + c.name
		}
	}
	return "SELECT " + strings.Join(values, ", ") + " FROM (" + q + ") AS resolved"
}
