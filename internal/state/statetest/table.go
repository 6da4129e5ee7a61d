// Package statetest is a bucket of package state in memory, for tests of what stands on it: any number of services can
// share one, as nodes do.
package statetest

import (
	"context"
	"sync"

	"parley/internal/state"
)

// Table is a bucket. The zero value is empty.
type Table[T any] struct {
	// Fail is the error of all writes, when it is set.
	Fail error

	mu       sync.Mutex
	rev      uint64
	all      map[string]state.Change[T]
	watchers map[int]func(state.Change[T])
	next     int
}

// Get is [state.Bucket.Get].
func (t *Table[T]) Get(key string) (value T, rev uint64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.all[key]
	return c.Value, c.Rev, ok
}

// Set stores a value, as another node would.
func (t *Table[T]) Set(key string, value T) {
	_, _, _ = t.Edit(context.Background(), key, func(T) (T, error) { return value, nil })
}

// Edit is [state.Bucket.Edit]. It tells the watchers before it returns.
func (t *Table[T]) Edit(_ context.Context, key string, edit func(T) (T, error)) (T, uint64, error) {
	t.mu.Lock()
	old := t.all[key]
	t.mu.Unlock()
	next, err := edit(old.Value)
	if err != nil {
		return old.Value, old.Rev, err
	}
	t.mu.Lock()
	if t.Fail != nil {
		t.mu.Unlock()
		return old.Value, old.Rev, t.Fail
	}
	t.rev++
	if t.all == nil {
		t.all = map[string]state.Change[T]{}
	}
	c := state.Change[T]{Key: key, Value: next, Rev: t.rev}
	t.all[key] = c
	var tell []func(state.Change[T])
	for _, w := range t.watchers {
		tell = append(tell, w)
	}
	t.mu.Unlock()
	for _, w := range tell {
		w(c)
	}
	return next, c.Rev, nil
}

// Watch is [state.Bucket.Watch].
func (t *Table[T]) Watch(fn func(state.Change[T])) (stop func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.all {
		fn(c)
	}
	if t.watchers == nil {
		t.watchers = map[int]func(state.Change[T]){}
	}
	id := t.next
	t.next++
	t.watchers[id] = fn
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.watchers, id)
	}
}
