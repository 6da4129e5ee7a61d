package peers

import (
	"sync"
	"testing"
	"time"
)

// Patience is how long a test waits for what comes within a second or two on a machine with nothing else to do. Others run beside
// it, and a client is started anew for each test: only what never comes may fail.
const Patience = 90 * time.Second

// Timeline is what a peer did, in order. A wait claims the event that satisfied it, so that two waits for the same
// thing need two events: a message delivered once cannot pass a test that expects two.
type Timeline[E any] struct {
	mu      sync.Mutex
	events  []E
	claimed []bool
	changed chan struct{} // closed and replaced whenever an event is added or the peer ends
	end     error         // why no further event can come; nil while the peer runs
}

func newTimeline[E any]() *Timeline[E] { return &Timeline[E]{changed: make(chan struct{})} }

func (tl *Timeline[E]) add(e E) {
	tl.mu.Lock()
	defer tl.mu.Unlock()
	tl.events = append(tl.events, e)
	tl.claimed = append(tl.claimed, false)
	tl.wake()
}

func (tl *Timeline[E]) close(err error) {
	tl.mu.Lock()
	defer tl.mu.Unlock()
	tl.end = err
	tl.wake()
}

func (tl *Timeline[E]) wake() {
	close(tl.changed)
	tl.changed = make(chan struct{})
}

// Wait returns the first unclaimed event that match accepts and claims it. It ends the test when none came within
// the given time or when the peer ended; what names the event in that report.
func (tl *Timeline[E]) Wait(t testing.TB, within time.Duration, what string, match func(E) bool) E {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	for {
		e, ok, changed, end := tl.claim(match)
		if ok {
			return e
		}
		if end != nil {
			t.Fatalf("waiting for %s: %v", what, end)
		}
		select {
		case <-changed:
		case <-deadline.C:
			t.Fatalf("no %s within %v", what, within)
		}
	}
}

func (tl *Timeline[E]) claim(match func(E) bool) (e E, ok bool, changed <-chan struct{}, end error) {
	tl.mu.Lock()
	defer tl.mu.Unlock()
	for i, candidate := range tl.events {
		if !tl.claimed[i] && match(candidate) {
			tl.claimed[i] = true
			return candidate, true, nil, nil
		}
	}
	return e, false, tl.changed, tl.end
}

// All returns every event so far that match accepts, claimed or not, in order.
func (tl *Timeline[E]) All(match func(E) bool) []E {
	tl.mu.Lock()
	defer tl.mu.Unlock()
	var all []E
	for _, e := range tl.events {
		if match(e) {
			all = append(all, e)
		}
	}
	return all
}

// Eventually asks cond again and again until it holds, and ends the test when it did not within the given time.
// It is for state that a peer only tells when asked; what a peer reports by itself is waited for in its Timeline.
func Eventually(t testing.TB, within time.Duration, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !cond() {
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}
