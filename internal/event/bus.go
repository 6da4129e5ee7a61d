// Package event is the spine of the server: what happened, once, as typed values.
//
// Services publish; traces, quality, advisories and metrics read. A publisher is never held up: a reader that falls behind
// loses events and the loss is counted.
package event

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Event is one typed event of this package.
type Event interface {
	// Kind tells which type it is, without a type switch.
	Kind() Kind
}

// Record is an event as a reader receives it.
type Record struct {
	// Seq counts the delivered events of a bus from 1; a gap is what this reader did not ask for or lost.
	Seq   uint64
	At    time.Time
	Event Event
}

// Bus hands published events to its subscribers. The zero value is ready to use; its methods may be called concurrently.
type Bus struct {
	wanted atomic.Uint64 // bit per Kind with at least one reader
	seq    atomic.Uint64
	subs   atomic.Pointer[[]*Subscription]

	mu sync.Mutex // guards changes of subs
}

// Wants reports whether anybody reads events of a kind. A publisher for which building the event costs something, such as copying a
// message, asks first.
func (b *Bus) Wants(k Kind) bool { return b.wanted.Load()&(1<<k) != 0 }

// Publish gives an event to every subscriber of its kind and returns at once, whether or not they have room for it.
func (b *Bus) Publish(e Event) {
	k := e.Kind()
	if !b.Wants(k) {
		return
	}
	r := Record{Seq: b.seq.Add(1), At: time.Now(), Event: e}
	for _, s := range *b.subs.Load() {
		switch {
		case s.mask&(1<<k) == 0:
		case s.call != nil:
			s.call(r)
		default:
			s.offer(r)
		}
	}
}

// Subscribe adds a reader with room for size events. Without kinds it receives all of them. The name labels its losses. The caller ends it
// with Close.
func (b *Bus) Subscribe(name string, size int, kinds ...Kind) *Subscription {
	s := &Subscription{bus: b, name: name, mask: maskOf(kinds), events: make(chan Record, max(size, 1))}
	b.change(func(subs []*Subscription) []*Subscription { return append(subs, s) })
	return s
}

// Observe adds a reader that is called within Publish, by many goroutines at once: for what costs less than waking a reader, such as
// counting. It must not block, and never loses an event.
func (b *Bus) Observe(name string, call func(Record), kinds ...Kind) *Subscription {
	s := &Subscription{bus: b, name: name, mask: maskOf(kinds), call: call}
	b.change(func(subs []*Subscription) []*Subscription { return append(subs, s) })
	return s
}

// Loss is how many events a subscriber did not receive because it had no room.
type Loss struct {
	Subscriber string
	Events     uint64
}

// Losses lists the present subscribers with their losses.
func (b *Bus) Losses() []Loss {
	subs := b.subs.Load()
	if subs == nil {
		return nil
	}
	out := make([]Loss, len(*subs))
	for i, s := range *subs {
		out[i] = Loss{Subscriber: s.name, Events: s.Lost()}
	}
	return out
}

// change replaces the list of subscribers: publishers read it without a lock.
func (b *Bus) change(edit func([]*Subscription) []*Subscription) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var subs []*Subscription
	if old := b.subs.Load(); old != nil {
		subs = slices.Clone(*old)
	}
	subs = edit(subs)
	b.subs.Store(&subs)
	var wanted uint64
	for _, s := range subs {
		wanted |= s.mask
	}
	b.wanted.Store(wanted)
}

// Subscription is one reader's bounded queue.
type Subscription struct {
	bus    *Bus
	name   string
	mask   uint64
	events chan Record
	call   func(Record) // of an observer, which has no queue
	lost   atomic.Uint64
}

func (s *Subscription) offer(r Record) {
	select {
	case s.events <- r:
	default:
		s.lost.Add(1)
	}
}

// Events is the queue to read from. It stays open after Close, with what was queued.
func (s *Subscription) Events() <-chan Record { return s.events }

// Lost counts the events that found the queue full.
func (s *Subscription) Lost() uint64 { return s.lost.Load() }

// Close ends the subscription: no later event is queued by a Publish that starts after it.
func (s *Subscription) Close() {
	s.bus.change(func(subs []*Subscription) []*Subscription {
		return slices.DeleteFunc(subs, func(o *Subscription) bool { return o == s })
	})
}

// Run gives each event to handle until ctx ends; then it closes the subscription, handles what is still queued and returns.
func (s *Subscription) Run(ctx context.Context, handle func(Record)) {
	for {
		select {
		case r := <-s.events:
			handle(r)
		case <-ctx.Done():
			s.Close()
			s.drain(handle)
			return
		}
	}
}

func (s *Subscription) drain(handle func(Record)) {
	for {
		select {
		case r := <-s.events:
			handle(r)
		default:
			return
		}
	}
}
