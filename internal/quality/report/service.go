package report

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/classify"
)

// ErrNoCall says that the archive has no call of that ID: it never existed, or
// its month has been dropped.
var ErrNoCall = errors.New("no such call in the archive")

// ErrBadQuery is wrapped by errors about the question itself: an unknown
// verdict, a range that ends before it begins, a cursor that no page gave.
var ErrBadQuery = errors.New("bad query")

// Backlog tells what was accepted and is not in the archive yet.
type Backlog interface {
	Backlog() (pending uint64, oldest time.Time)
}

// Config is what a Service is made from.
type Config struct {
	Archive *archive.Archive
	// Backlog may be nil.
	Backlog Backlog
	// Classifier is the rule set of the verdicts; empty means the default.
	Classifier string
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// Service answers the questions. Its methods may be called concurrently.
type Service struct {
	archive *archive.Archive
	backlog Backlog
	rules   classify.RuleSet
	verdict string // the rules as SQL
	now     func() time.Time
}

// New makes a service.
func New(cfg Config) (*Service, error) {
	rules, err := classify.ByName(cfg.Classifier)
	if err != nil {
		return nil, fmt.Errorf("start quality reports: %w", err)
	}
	s := &Service{archive: cfg.Archive, backlog: cfg.Backlog, rules: rules, verdict: rules.SQL(), now: cfg.Now}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// where makes the condition for a range on the column started.
func (s *Service) where(r Range) (string, error) {
	if !r.From.IsZero() && !r.To.IsZero() && r.To.Before(r.From) {
		return "", fmt.Errorf("%w: the range ends at %s, before it begins at %s", ErrBadQuery, r.To.Format(time.RFC3339), r.From.Format(time.RFC3339))
	}
	cond := "started > 0"
	if !r.From.IsZero() {
		cond += fmt.Sprintf(" AND started >= %d", r.From.UnixMilli())
	}
	if !r.To.IsZero() {
		cond += fmt.Sprintf(" AND started < %d", r.To.UnixMilli())
	}
	return cond, nil
}

// number reads a count or sum; no rows make it NULL in one engine and 0 in the
// other.
func number(v any) int64 {
	n, _ := v.(int64)
	return n
}

func (s *Service) one(ctx context.Context, sql string) ([]int64, error) {
	var out []int64
	err := s.archive.Query(ctx, sql, func(row []any) error {
		for _, v := range row {
			out = append(out, number(v))
		}
		return nil
	})
	return out, err
}

func moment(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}
