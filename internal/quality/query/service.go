package query

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/classify"
	"parley/internal/quality/model"
)

// Archive is what the planner asks of the quality archive.
type Archive interface {
	Query(ctx context.Context, sql string, yield func(row []any) error) error
	From(table string) string
	Divide(expr string, by int64) string
	Text(k archive.Kind, code int64) string
	Texts(k archive.Kind, from int64) []string
	Codes(k archive.Kind, match func(text string) bool) []int64
	AddLookup(ctx context.Context, name string, keys, values []int64) error
	DropLookup(ctx context.Context, name string) error
	Lookup(name string) string
}

// Mapping tells what the administrator says of networks, access points and
// endpoints.
type Mapping interface {
	// Revision changes with every edit.
	Revision() uint64
	// Changes are the instants inside of a span at which an assignment begins
	// or ends, ascending.
	Changes(from, to time.Time) []time.Time
	// Attribute finds an attribute of what a text (subnet, address, BSSID,
	// endpoint) stood for at a time, empty for none.
	Attribute(attr string) func(text string, at time.Time) string
}

// Classifiers finds rule sets.
type Classifiers interface {
	ByName(name string) (classify.RuleSet, error)
	// Names lists them, the default first.
	Names() []string
}

// Access says what a caller may see.
type Access interface {
	// May tells whether the caller may see a dimension's values or filter by
	// them.
	May(d *model.Dimension) bool
	// Scope is a condition that every row must fulfil, nil for none.
	Scope() *Filter
}

// Config is what a Service needs. Archive, Engine and Model must be given.
type Config struct {
	Archive Archive
	// Engine is archive.EngineDuckDB or archive.EngineClickHouse.
	Engine      string
	Model       *model.Catalogue
	Mapping     Mapping     // nil: nothing is mapped
	Classifiers Classifiers // nil: the built-in ones
	Cubes       Cubes       // nil: every query reads the archive
	Now         func() time.Time
	Log         *slog.Logger
}

// Service answers queries. Its methods may be called concurrently.
type Service struct {
	archive     Archive
	dialect     dialect
	model       *model.Catalogue
	mapping     Mapping
	classifiers Classifiers
	cubes       Cubes
	now         func() time.Time
	log         *slog.Logger

	mu      sync.Mutex // guards lookups
	lookups map[string]*lookup
	serial  uint64
}

// New makes a service.
func New(c Config) (*Service, error) {
	s := &Service{archive: c.Archive, model: c.Model, mapping: c.Mapping, classifiers: c.Classifiers, cubes: c.Cubes, now: c.Now, log: c.Log, lookups: map[string]*lookup{}}
	switch {
	case c.Archive == nil || c.Model == nil:
		return nil, errors.New("quality queries need an archive and a model")
	case c.Engine == archive.EngineDuckDB:
		s.dialect = duckSQL{}
	case c.Engine == archive.EngineClickHouse:
		s.dialect = clickSQL{}
	default:
		return nil, errors.New("quality queries know no engine " + c.Engine)
	}
	if s.mapping == nil {
		s.mapping = unmapped{}
	}
	if s.classifiers == nil {
		s.classifiers = BuiltIn{}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// Model is the catalogue that the service answers from.
func (s *Service) Model() *model.Catalogue { return s.model }

// unmapped is a mapping without entries.
type unmapped struct{}

func (unmapped) Revision() uint64                         { return 0 }
func (unmapped) Changes(time.Time, time.Time) []time.Time { return nil }
func (unmapped) Attribute(string) func(string, time.Time) string {
	return func(string, time.Time) string { return "" }
}

// BuiltIn are the classifiers of the program.
type BuiltIn struct{}

// ByName implements Classifiers.
func (BuiltIn) ByName(name string) (classify.RuleSet, error) { return classify.ByName(name) }

// Names implements Classifiers.
func (BuiltIn) Names() []string { return classify.Names() }

// Everything is the access of an administrator.
type Everything struct{}

// May implements Access.
func (Everything) May(*model.Dimension) bool { return true }

// Scope implements Access.
func (Everything) Scope() *Filter { return nil }

// Aggregates is the access of any signed-in user: everything but personal data.
type Aggregates struct{}

// May implements Access.
func (Aggregates) May(d *model.Dimension) bool { return !d.Personal }

// Scope implements Access.
func (Aggregates) Scope() *Filter { return nil }
