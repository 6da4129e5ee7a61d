package ladder

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"parley/internal/event"
)

// Journal is where finished calls go; a stream of package state is one.
type Journal interface {
	AppendAsync(payload []byte, done func(seq uint64, err error))
	Read(ctx context.Context, from uint64, yield func(seq uint64, payload []byte) error) error
}

// Config of a Recorder.
type Config struct {
	Events  *event.Bus
	Journal Journal
	Log     *slog.Logger
}

const (
	// settle is how long after its end a call waits for the last measurements of its streams.
	settle = 5 * time.Second
	// longest bounds a call whose end was never told.
	longest = 48 * time.Hour
	// maxOpen bounds the calls in memory.
	maxOpen = 50_000
)

// Recorder writes the ladders of calls and finds them again.
type Recorder struct {
	journal Journal
	sub     *event.Subscription
	log     *slog.Logger

	mu    sync.Mutex
	open  map[string]*call  // going on, or over for less than settle
	where map[string]uint64 // sequence number in the journal by id of the call
	read  uint64            // up to this number the journal is in where
}

type call struct {
	record Record
	ended  time.Time // zero while it goes on
}

// New subscribes to the events, so that no call that starts after it is missed. Run has to follow.
func New(cfg Config) *Recorder {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Recorder{
		journal: cfg.Journal, log: log, open: map[string]*call{}, where: map[string]uint64{},
		sub: cfg.Events.Subscribe("ladder", 8192, event.KindCallStarted, event.KindCallAnswered, event.KindCallEnded,
			event.KindTranslationChanged, event.KindStreamMeasured),
	}
}

// Run records until ctx ends; then it writes the calls that are over.
func (r *Recorder) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(settle / 5)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				r.write(now.Add(-settle))
			case <-ctx.Done():
				return
			}
		}
	})
	r.sub.Run(ctx, r.take)
	wg.Wait()
	r.write(time.Now())
	return nil
}

func (r *Recorder) take(rec event.Record) {
	id := callOf(rec.Event)
	if id == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.open[id]
	if c == nil {
		// Only a call's start opens its record: what comes later than settle after the end has no ladder to go to.
		if _, starts := rec.Event.(event.CallStarted); !starts || len(r.open) >= maxOpen {
			return
		}
		c = &call{record: Record{ID: id}}
		r.open[id] = c
	}
	c.record.apply(rec.At, rec.Event)
	if _, ends := rec.Event.(event.CallEnded); ends {
		c.ended = rec.At
	}
}

// write hands the calls that ended before a time to the journal.
func (r *Recorder) write(before time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, c := range r.open {
		switch {
		case !c.ended.IsZero() && !c.ended.After(before):
		case c.ended.IsZero() && before.Sub(c.record.Started) > longest:
		default:
			continue
		}
		delete(r.open, id)
		sortSteps(c.record.Steps)
		payload, err := json.Marshal(c.record)
		if err != nil {
			panic("BUG: ladder that is not JSON: " + err.Error())
		}
		r.journal.AppendAsync(payload, func(_ uint64, err error) {
			if err != nil {
				r.log.Error("the ladder of a call is lost", slog.String("call", id), slog.Any("error", err))
			}
		})
	}
}

// sortSteps orders by time; streams are told of when they are over.
func sortSteps(steps []Step) {
	slices.SortStableFunc(steps, func(a, b Step) int { return a.At.Compare(b.At) })
}

// Call finds a call's ladder by the server's own id of the call; ok is false when there is none.
func (r *Recorder) Call(ctx context.Context, id string) (record Record, ok bool, err error) {
	if record, ok = r.going(id); ok {
		return record, true, nil
	}
	if err := r.index(ctx); err != nil {
		return Record{}, false, fmt.Errorf("look for the ladder of a call: %w", err)
	}
	r.mu.Lock()
	seq, ok := r.where[id]
	r.mu.Unlock()
	if !ok {
		return Record{}, false, nil
	}
	err = r.journal.Read(ctx, seq, func(_ uint64, payload []byte) error {
		return cmp.Or(json.Unmarshal(payload, &record), errFound)
	})
	if err != nil && !errors.Is(err, errFound) {
		return Record{}, false, fmt.Errorf("read the ladder of a call: %w", err)
	}
	return record, record.ID == id, nil
}

// errFound ends the reading of the journal.
var errFound = errors.New("found")

// going copies the ladder of a call that is in memory.
func (r *Recorder) going(id string) (Record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.open[id]
	if c == nil {
		return Record{}, false
	}
	copied := c.record
	copied.Steps = slices.Clone(copied.Steps)
	copied.Changes = slices.Clone(copied.Changes)
	sortSteps(copied.Steps)
	if copied.Runs != nil {
		copied.Runs = make(map[string][8]uint32, len(c.record.Runs))
		for leg, runs := range c.record.Runs {
			copied.Runs[leg] = runs
		}
	}
	return copied, true
}

// index learns where the journal has the calls that were written since the last time, by this node or another one.
func (r *Recorder) index(ctx context.Context) error {
	r.mu.Lock()
	from := r.read + 1
	r.mu.Unlock()
	return r.journal.Read(ctx, from, func(seq uint64, payload []byte) error {
		var head struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(payload, &head); err != nil {
			r.log.Warn("a record of the ladder journal is damaged", slog.Uint64("seq", seq), slog.Any("error", err))
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.where[head.ID] = seq
		r.read = max(r.read, seq)
		return nil
	})
}
