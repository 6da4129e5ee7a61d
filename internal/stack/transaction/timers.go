package transaction

import (
	"sync"
	"time"
)

// Timer values of RFC 3261 section 17 and table 4.
const (
	T1 = 500 * time.Millisecond
	T2 = 4 * time.Second
	T4 = 5 * time.Second

	timerB = 64 * T1          // INVITE client: no answer; also F, H, J, L and M
	timerC = 4 * time.Minute  // proxied INVITE without a final answer; RFC 3261 section 16.6 asks for more than three
	timerD = 32 * time.Second // INVITE client: wait for repeated final answers
)

// timers runs many timers of few durations: one list for each duration, in order of expiry, and one system timer for
// all of them. Starting and stopping cost no more than a list insertion, and an idle server has nothing to wake it.
type timers struct {
	mu    sync.Mutex
	lists map[time.Duration]*timer // ring heads
	alarm *time.Timer
	next  time.Time // when alarm goes off; zero when it is not set
	stop  bool
}

// timer is one pending call, and a ring's link.
type timer struct {
	at         time.Time
	call       func()
	prev, next *timer
}

func newTimers() *timers { return &timers{lists: map[time.Duration]*timer{}} }

// start calls call after d, on a goroutine of its own list's turn. The call must be brief.
func (q *timers) start(t *timer, d time.Duration, call func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stop {
		return
	}
	t.unlink()
	t.at, t.call = time.Now().Add(d), call
	head := q.lists[d]
	if head == nil {
		head = &timer{}
		head.prev, head.next = head, head
		q.lists[d] = head
	}
	t.prev, t.next = head.prev, head
	head.prev.next, head.prev = t, t
	if q.next.IsZero() || t.at.Before(q.next) {
		q.set(t.at)
	}
}

// cancel makes sure that t's call does not begin any more. It may be running already.
func (q *timers) cancel(t *timer) {
	q.mu.Lock()
	t.unlink()
	q.mu.Unlock()
}

func (t *timer) unlink() {
	if t.next != nil {
		t.prev.next, t.next.prev = t.next, t.prev
		t.prev, t.next = nil, nil
	}
}

// set is called with mu held.
func (q *timers) set(at time.Time) {
	q.next = at
	if q.alarm == nil {
		q.alarm = time.AfterFunc(time.Until(at), q.ring)
		return
	}
	q.alarm.Reset(time.Until(at))
}

func (q *timers) ring() {
	q.mu.Lock()
	now := time.Now()
	var due []func()
	var next time.Time
	for _, head := range q.lists {
		for head.next != head && !head.next.at.After(now) {
			t := head.next
			t.unlink()
			due = append(due, t.call)
		}
		if head.next != head && (next.IsZero() || head.next.at.Before(next)) {
			next = head.next.at
		}
	}
	q.next = time.Time{}
	if !next.IsZero() && !q.stop {
		q.set(next)
	}
	q.mu.Unlock()
	for _, call := range due {
		call()
	}
}

func (q *timers) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stop = true
	q.lists = map[time.Duration]*timer{}
	if q.alarm != nil {
		q.alarm.Stop()
	}
}
