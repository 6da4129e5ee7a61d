// Package statetest is a bucket of package state in memory, for tests of what stands on it: any number of services can
// share one, as nodes do.
package statetest

import (
	"context"
	"maps"
	"slices"
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
	rev, err := t.write(key, next, func(uint64) bool { return true })
	if err != nil {
		return old.Value, old.Rev, err
	}
	return next, rev, nil
}

// Put is [state.Bucket.Put].
func (t *Table[T]) Put(_ context.Context, key string, value T) (uint64, error) {
	return t.write(key, value, func(uint64) bool { return true })
}

// Update is [state.Bucket.Update].
func (t *Table[T]) Update(_ context.Context, key string, value T, rev uint64) (uint64, error) {
	return t.write(key, value, func(now uint64) bool { return now == rev })
}

// write stores a value when the entry's revision, 0 for none, may be replaced.
func (t *Table[T]) write(key string, value T, may func(rev uint64) bool) (uint64, error) {
	t.mu.Lock()
	switch {
	case t.Fail != nil:
		t.mu.Unlock()
		return 0, t.Fail
	case !may(t.all[key].Rev):
		t.mu.Unlock()
		return 0, state.ErrConflict
	}
	t.rev++
	if t.all == nil {
		t.all = map[string]state.Change[T]{}
	}
	c := state.Change[T]{Key: key, Value: value, Rev: t.rev}
	t.all[key] = c
	t.tell(c)
	return c.Rev, nil
}

// Delete is [state.Bucket.Delete].
func (t *Table[T]) Delete(_ context.Context, key string) error {
	t.mu.Lock()
	if t.Fail != nil {
		t.mu.Unlock()
		return t.Fail
	}
	t.rev++
	delete(t.all, key)
	t.tell(state.Change[T]{Key: key, Rev: t.rev, Deleted: true})
	return nil
}

// tell unlocks the table and tells its watchers of a change.
func (t *Table[T]) tell(c state.Change[T]) {
	tell := slices.Collect(maps.Values(t.watchers))
	t.mu.Unlock()
	for _, w := range tell {
		w(c)
	}
}

// Each is [state.Bucket.Each].
func (t *Table[T]) Each(yield func(key string, value T) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, c := range t.all {
		if !yield(key, c.Value) {
			return
		}
	}
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
