package portal

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/internal/quality/report"
)

// archive answers the portal's questions from calls in memory.
type archive struct {
	mu      sync.Mutex
	calls   map[string]report.Call
	newest  time.Time
	failing error
	asked   []report.CallFilter
}

func (a *archive) add(c report.Call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[c.ID] = c
}

// Overview implements Quality.
func (a *archive) Overview(_ context.Context, r report.Range) (report.Overview, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failing != nil {
		return report.Overview{}, a.failing
	}
	o := report.Overview{Range: r, Classifier: "cqd2015", Freshness: report.Freshness{AsOf: time.Now(), LastRow: a.newest, LastCall: a.newest}}
	index := map[time.Time]int{}
	for h := r.From.UTC().Truncate(time.Hour); h.Before(r.To); h = h.Add(time.Hour) {
		index[h] = len(o.Hours)
		o.Hours = append(o.Hours, report.Hour{Start: h})
	}
	for _, c := range a.calls {
		if c.Started.Before(r.From) || !c.Started.Before(r.To) {
			continue
		}
		h := &o.Hours[index[c.Started.UTC().Truncate(time.Hour)]]
		h.Calls++
		o.Calls++
		for _, sum := range []*report.StreamCounts{&h.Streams, &o.Streams} {
			sum.Good += c.Streams.Good
			sum.Poor += c.Streams.Poor
			sum.Unclassified += c.Streams.Unclassified
		}
	}
	return o, nil
}

// Calls implements Quality.
func (a *archive) Calls(_ context.Context, f report.CallFilter) (report.CallPage, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, f)
	if a.failing != nil {
		return report.CallPage{}, a.failing
	}
	var found []report.CallSummary
	for _, c := range a.calls {
		if c.Started.Before(f.Range.From) || !c.Started.Before(f.Range.To) || f.Verdict != "" && c.Verdict != f.Verdict {
			continue
		}
		if strings.Contains(c.Caller.Address, f.User) || strings.Contains(c.Callee.Address, f.User) {
			found = append(found, c.CallSummary)
		}
	}
	slices.SortFunc(found, func(x, y report.CallSummary) int {
		return cmp.Or(y.Started.Compare(x.Started), cmp.Compare(x.ID, y.ID))
	})
	page := report.CallPage{Classifier: "cqd2015"}
	first, err := strconv.Atoi(cmp.Or(f.Cursor, "0"))
	if err != nil || first > len(found) {
		return page, fmt.Errorf("%w: cursor %q", report.ErrBadQuery, f.Cursor)
	}
	last := min(first+f.Limit, len(found))
	page.Calls = found[first:last]
	if last < len(found) {
		page.Next = strconv.Itoa(last)
	}
	return page, nil
}

// Call implements Quality.
func (a *archive) Call(_ context.Context, id string) (report.Call, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ok := a.calls[id]
	if !ok {
		return c, fmt.Errorf("call %q: %w", id, report.ErrNoCall)
	}
	return c, a.failing
}
