package cube

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/classify"
)

// Archive is what roll-ups are made from and kept in.
type Archive interface {
	Query(ctx context.Context, sql string, yield func(row []any) error) error
	Transact(ctx context.Context, statements ...string) error
	From(table string) string
}

// Classifiers finds rule sets; the first name is the default.
type Classifiers interface {
	ByName(name string) (classify.RuleSet, error)
	Names() []string
}

// Config is what New needs. Archive and Classifiers must be given.
type Config struct {
	Archive     Archive
	Classifiers Classifiers
	// Every is the time between two looks for stale hours; 15 s by default.
	Every time.Duration
	Log   *slog.Logger
}

// Service keeps the roll-ups. Its methods may be called concurrently.
type Service struct {
	archive     Archive
	classifiers Classifiers
	every       time.Duration
	log         *slog.Logger

	process  sync.Mutex // one processing at a time
	mu       sync.RWMutex
	rules    []classify.RuleSet // that the roll-ups know, by their place in verdicts
	verdicts string
	due      string
	last     Progress
}

// Progress tells of one processing.
type Progress struct {
	Began    time.Time     `json:"began"`
	Ended    time.Time     `json:"ended"` // zero while it runs
	Done     int           `json:"done"`  // hours
	Total    int           `json:"total"`
	Error    string        `json:"error,omitempty"`
	Duration time.Duration `json:"duration"`
}

// maxClassifiers bounds those that fit the column of verdicts.
const maxClassifiers = 24

// New prepares the roll-ups. Those that were made by other rules or in another
// form are thrown away and made again by Process; until then queries read the
// archive.
func New(ctx context.Context, c Config) (*Service, error) {
	if c.Archive == nil || c.Classifiers == nil {
		return nil, errors.New("roll-ups need an archive and classifiers")
	}
	s := &Service{archive: c.Archive, classifiers: c.Classifiers, every: c.Every, log: c.Log}
	if s.every <= 0 {
		s.every = 15 * time.Second
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.archive.Transact(ctx, "CREATE TABLE IF NOT EXISTS cube_state (fingerprint VARCHAR)"); err != nil {
		return nil, err
	}
	return s, s.adopt(ctx)
}

// adopt takes over the rules as they are now, and begins anew when the roll-ups
// were made by others.
func (s *Service) adopt(ctx context.Context) error {
	var rules []classify.RuleSet
	for _, name := range s.classifiers.Names() {
		r, err := s.classifiers.ByName(name)
		if err != nil {
			return fmt.Errorf("read classifier %s: %w", name, err)
		}
		if len(rules) < maxClassifiers {
			rules = append(rules, r)
		}
	}
	if len(rules) == 0 {
		return errors.New("roll-ups need a classifier")
	}
	verdicts, due := verdictSQL(rules), dueColumn(rules[0])
	form := fmt.Append(nil, definitions, computed, metrics, verdicts, due)
	for _, r := range rules {
		form = fmt.Append(form, r.Name, r.SQL())
	}
	want := fmt.Sprintf("%x", sha256.Sum256(form))
	have := ""
	err := s.archive.Query(ctx, "SELECT fingerprint FROM cube_state", func(row []any) error {
		have, _ = row[0].(string)
		return nil
	})
	if err != nil {
		return err
	}
	if have != want {
		statements := []string{"DELETE FROM cube_state", "INSERT INTO cube_state VALUES ('" + want + "')", "DELETE FROM " + archive.StaleHours,
			fmt.Sprintf("INSERT INTO %s SELECT DISTINCT started // %d FROM %s AS t", archive.StaleHours, hourMillis, s.archive.From("streams"))}
		for _, d := range definitions {
			statements = append(statements, d.create()...)
		}
		if err := s.archive.Transact(ctx, statements...); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules, s.verdicts, s.due = rules, verdicts, due
	return nil
}

// Run makes stale hours anew until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		if err := s.Process(ctx, false, nil); err != nil && ctx.Err() == nil {
			s.log.Error("roll-ups of call quality could not be made; queries read the archive instead", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Last tells of the processing that runs or ran last.
func (s *Service) Last() Progress {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.last
}

// chunkHours is how many hours one transaction makes: a week.
const chunkHours = 7 * dayHours

// Process makes the stale hours anew, or with full all of them. It can be cut
// off at any time and goes on where it was. tell, when not nil, hears of each
// step.
func (s *Service) Process(ctx context.Context, full bool, tell func(Progress)) (err error) {
	s.process.Lock()
	defer s.process.Unlock()
	if err := s.adopt(ctx); err != nil {
		return err
	}
	if full {
		err := s.archive.Transact(ctx, fmt.Sprintf("INSERT INTO %s SELECT DISTINCT started // %d FROM %s AS t", archive.StaleHours, hourMillis, s.archive.From("streams")),
			fmt.Sprintf("INSERT INTO %s SELECT DISTINCT t FROM %s", archive.StaleHours, definitions[0].table(false)))
		if err != nil {
			return err
		}
	}
	hours, err := s.Stale(ctx, -1<<40, 1<<40)
	if err != nil || len(hours) == 0 {
		return err
	}
	p := Progress{Began: time.Now(), Total: len(hours)}
	note := func() {
		p.Duration = time.Since(p.Began)
		s.mu.Lock()
		s.last = p
		s.mu.Unlock()
		if tell != nil {
			tell(p)
		}
	}
	defer func() {
		p.Ended = time.Now()
		if err != nil {
			p.Error = err.Error()
		}
		note()
	}()
	note()
	for len(hours) > 0 {
		n := 1
		for n < len(hours) && hours[n]/dayHours-hours[0]/dayHours < chunkHours/dayHours {
			n++
		}
		if err := s.make(ctx, hours[:n]); err != nil {
			return fmt.Errorf("make roll-ups of %d hours from %s on: %w", n, time.Unix(hours[0]*3600, 0).UTC().Format(time.RFC3339), err)
		}
		p.Done += n
		hours = hours[n:]
		note()
	}
	return nil
}

// stage is a table of the streams that are being rolled up, which only this
// connection sees.
const stage = "temp.cube_stage"

// make makes the days that some hours are in.
func (s *Service) make(ctx context.Context, hours []int64) error {
	var list, days strings.Builder
	last := int64(-1 << 40)
	for i, h := range hours {
		if i > 0 {
			list.WriteByte(',')
		}
		fmt.Fprint(&list, h)
		if h/dayHours != last {
			if days.Len() > 0 {
				days.WriteByte(',')
			}
			last = h / dayHours
			fmt.Fprint(&days, last)
		}
	}
	first, until := hours[0]/dayHours*dayHours, (last+1)*dayHours
	var columns []string
	for _, d := range definitions {
		for _, c := range d.Columns {
			if !slices.Contains(columns, c) {
				columns = append(columns, c)
			}
		}
	}
	where := fmt.Sprintf("%s AND started // %d IN (%s)", startedSQL(first, until), dayHours*hourMillis, days.String())
	statements := []string{
		fmt.Sprintf("DELETE FROM %s WHERE hour IN (%s)", archive.StaleHours, list.String()),
		"CREATE OR REPLACE TEMP TABLE cube_stage AS " + s.rows(columns, where),
	}
	for _, d := range definitions {
		if d.Hourly {
			statements = append(statements,
				fmt.Sprintf("DELETE FROM %s WHERE t >= %d AND t < %d AND t // %d IN (%s)", d.table(false), first, until, dayHours, days.String()),
				d.fill(d.table(false), "t", stage))
		}
		statements = append(statements,
			fmt.Sprintf("DELETE FROM %s WHERE t >= %d AND t <= %d AND t IN (%s)", d.table(true), first/dayHours, last, days.String()),
			d.fill(d.table(true), fmt.Sprintf("t // %d", dayHours), stage))
	}
	return s.archive.Transact(ctx, append(statements, "DROP TABLE "+stage)...)
}

// startedSQL is the condition that a stream started in some hours; it names the
// partitions.
func startedSQL(first, until int64) string {
	from, to := time.Unix(first*3600, 0), time.Unix(until*3600, 0)
	return fmt.Sprintf("month >= %d AND month <= %d AND started >= %d AND started < %d", archive.Month(from), archive.Month(to.Add(-time.Millisecond)), first*hourMillis, until*hourMillis)
}

// Stale lists the hours of a span whose roll-ups are not current, ascending.
func (s *Service) Stale(ctx context.Context, first, until int64) ([]int64, error) {
	var hours []int64
	sql := fmt.Sprintf("SELECT DISTINCT hour FROM %s WHERE hour >= %d AND hour < %d ORDER BY hour", archive.StaleHours, first, until)
	err := s.archive.Query(ctx, sql, func(row []any) error {
		if h, ok := row[0].(int64); ok {
			hours = append(hours, h)
		}
		return nil
	})
	return hours, err
}
