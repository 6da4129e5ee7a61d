package archive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// Config says where the archive is.
type Config struct {
	// Engine is EngineDuckDB or EngineClickHouse.
	Engine string
	// Path is DuckDB's file; empty keeps the archive in memory, for tests.
	Path string
	// MemoryMiB bounds DuckDB's memory; 0 means 1024.
	MemoryMiB int
	// Threads bounds DuckDB's threads; 0 means all processors.
	Threads int
	// URL is ClickHouse's HTTP interface, http://host:8123; Database, User and
	// Password are of an account that may create tables there.
	URL, Database, User, Password string
	Log                           *slog.Logger
}

// The engines.
const (
	EngineDuckDB     = "duckdb"
	EngineClickHouse = "clickhouse"
)

// ErrNoDuckDB says that this program was built without DuckDB.
var ErrNoDuckDB = errors.New(`this program was built without DuckDB: set archive in the [quality] section to "clickhouse" or "off", or use the full build`)

// Archive is an open archive. Its methods may be called concurrently, Write by
// one caller at a time.
type Archive struct {
	engine  engine
	dict    *dictionary
	tables  *tables
	lookups struct {
		mu    sync.Mutex
		names map[string]bool
	}
	// writing keeps rows as they are while they are expired.
	writing sync.RWMutex
	// storing is held while new dictionary entries go into the archive.
	storing sync.Mutex
}

// Rows are rows of all tables.
type Rows struct {
	Calls        []Call
	Legs         []Leg
	Streams      []Stream
	Measurements []Measurement
	Ratings      []Rating
	Rejected     []Rejected
}

// Batch is one write.
type Batch struct {
	// Put replaces rows by key. Measurements must be all of their stream.
	Put Rows
	// Drop removes rows; only their keys matter.
	Drop Rows
	// Cursor is the last record of the journal that the batch covers.
	Cursor uint64
}

// engine is what differs between the databases.
type engine interface {
	dialect
	// exec runs a statement without an answer.
	exec(ctx context.Context, sql string) error
	// query calls yield for each row of the answer; its values are int64,
	// float64, string or nil, and the slice is reused.
	query(ctx context.Context, sql string, yield func(row []any) error) error
	// partition prepares the table that is kept by month.
	partition(ctx context.Context, s tableShape) error
	// splitStreams brings the streams of version 1 into months.
	splitStreams(ctx context.Context, s tableShape) error
	// store adds entries to the dictionary.
	store(ctx context.Context, entries []entry) error
	// write replaces rows and stores the cursor. It does all of it or, when it
	// fails, may have done a part that doing it again puts right.
	write(ctx context.Context, w *write) error
	// addLookup adds pairs to a table of k and v, which it makes when it is
	// missing; lookupPrefix is what comes before a lookup's name.
	addLookup(ctx context.Context, table string, keys, values []int64) error
	lookupPrefix() string
	// transact runs statements in one transaction.
	transact(ctx context.Context, statements []string) error
	// load adds rows of a table, those of one month when it is kept by month.
	// ready is called before they become permanent.
	load(ctx context.Context, t *bulkTable, month int32, ready func() error) error
	// months tells what is kept by month, oldest first.
	months(ctx context.Context) ([]MonthSize, error)
	// dropMonth removes all of a month and gives its space back.
	dropMonth(ctx context.Context, month int32) error
	// change sets columns of the rows of a table that fulfil a condition, remove
	// removes such rows.
	change(ctx context.Context, table string, set map[string]string, where string) error
	remove(ctx context.Context, table, where string) error
	// rewriteMonth replaces personal codes of a month, for good.
	rewriteMonth(ctx context.Context, month int32, all []*pseudonyms) error
	// snapshot begins to read everything as it is now.
	snapshot(ctx context.Context) (snapshot, error)
	// undump brings back what a snapshot's dump wrote.
	undump(ctx context.Context, table string, month int32, path string) error
	// export writes the answer of a query to a file.
	export(ctx context.Context, query, format, path string) error
	// forget removes entries of the dictionary.
	forget(ctx context.Context, gone []entry) error
	close() error
}

// dialect is what differs between their SQL.
type dialect interface {
	// createTable makes a statement that creates a table when it is missing.
	createTable(t tableShape) string
	// addColumn makes one that adds a column.
	addColumn(table string, c shapeColumn) string
	// name is the engine's in the configuration.
	name() string
	// timestamp makes a time of milliseconds.
	timestamp(expr string) string
	// leftJoin joins a query by a column that both sides have.
	leftJoin(query, column string) string
	// codeType is the type of columns with codes.
	codeType() string
	// columnsOf makes a query for the names of a table's columns.
	columnsOf(table string) string
	// from is how a query names a table, so that it sees each key once.
	from(table string) string
	// divide is the integer division of an expression.
	divide(expr string, by int64) string
	quote(s string) string
}

// Open opens the archive, creates what is missing in it and brings an older
// schema up to date.
func Open(ctx context.Context, cfg Config) (*Archive, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	var e engine
	var err error
	switch cfg.Engine {
	case EngineDuckDB:
		e, err = openDuckDB(ctx, cfg)
	case EngineClickHouse:
		e, err = openClickHouse(ctx, cfg)
	default:
		err = fmt.Errorf("engine %q is not known; use %s or %s", cfg.Engine, EngineDuckDB, EngineClickHouse)
	}
	if err != nil {
		return nil, err
	}
	a := &Archive{engine: e, dict: newDictionary(), tables: newTables()}
	if err := a.prepare(ctx); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return a, nil
}

// Close closes the archive.
func (a *Archive) Close() error {
	a.dropLookups(context.Background())
	if err := a.engine.close(); err != nil {
		return fmt.Errorf("close quality archive: %w", err)
	}
	return nil
}

// Write stores a batch. A batch that was stored before changes nothing.
func (a *Archive) Write(ctx context.Context, b *Batch) error {
	a.writing.RLock()
	defer a.writing.RUnlock()
	w := &write{cursor: b.Cursor}
	t, d := a.tables, a.dict
	w.tables = []tableWrite{
		encode(&t.calls, b.Put.Calls, b.Drop.Calls, d),
		encode(&t.legs, b.Put.Legs, b.Drop.Legs, d),
		encode(&t.streams, b.Put.Streams, b.Drop.Streams, d),
		encode(&t.measurements, b.Put.Measurements, b.Drop.Measurements, d),
		encode(&t.ratings, b.Put.Ratings, b.Drop.Ratings, d),
		encode(&t.rejected, b.Put.Rejected, b.Drop.Rejected, d),
	}
	if err := a.storeEntries(ctx); err != nil {
		return err
	}
	if err := a.engine.write(ctx, w); err != nil {
		return fmt.Errorf("write quality archive: %w", err)
	}
	return nil
}

// storeEntries makes new codes permanent. It comes before the rows that use
// them: a code that no row uses does no harm, one without its text would.
func (a *Archive) storeEntries(ctx context.Context) error {
	a.storing.Lock()
	defer a.storing.Unlock()
	entries := a.dict.pending()
	if len(entries) == 0 {
		return nil
	}
	if err := a.engine.store(ctx, entries); err != nil {
		return fmt.Errorf("write the quality archive's dictionary: %w", err)
	}
	a.dict.stored(len(entries))
	return nil
}

// Cursor is the last record of the journal that is in the archive, 0 for none.
func (a *Archive) Cursor(ctx context.Context) (uint64, error) {
	var cursor uint64
	err := a.engine.query(ctx, "SELECT seq FROM "+a.engine.from("progress"), func(row []any) error {
		if n, ok := row[0].(int64); ok {
			cursor = uint64(n)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read the quality archive's progress: %w", err)
	}
	return cursor, nil
}

// Query runs a query and calls yield for each row of its answer. Values are
// int64, float64, string or nil; the slice is only valid during the call.
func (a *Archive) Query(ctx context.Context, sql string, yield func(row []any) error) error {
	if err := a.engine.query(ctx, sql, yield); err != nil {
		return fmt.Errorf("query quality archive: %w", err)
	}
	return nil
}

// From is how a query names a table.
func (a *Archive) From(table string) string { return a.engine.from(table) }

// Divide is the integer division of an SQL expression.
func (a *Archive) Divide(expr string, by int64) string { return a.engine.divide(expr, by) }

// Quote makes a text a literal of SQL.
func (a *Archive) Quote(s string) string { return a.engine.quote(s) }

// Text is the text of a dictionary's code.
func (a *Archive) Text(k Kind, code int64) string { return a.dict.text(k, uint32(code)) }

// Codes lists the codes of the texts of a dictionary that match.
func (a *Archive) Codes(k Kind, match func(text string) bool) []int64 {
	return a.dict.codesOf(k, match)
}

// In makes a list of keys for SQL's IN. The list must not be empty.
func In(keys []int64) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, k := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%d", k)
	}
	b.WriteByte(')')
	return b.String()
}
