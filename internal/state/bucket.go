package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// markerLife is how long the mark of a deleted key stays, so that other nodes that were away learn of it.
const markerLife = 24 * time.Hour

// BucketOptions of OpenBucket.
type BucketOptions struct {
	// Memory keeps the bucket in memory only: writes are a tenth of the cost and gone with the server.
	Memory bool
}

// Bucket is a table of values by key. Reads come from a map in this process, which follows the bucket as any node changes it.
// Values are stored as JSON; what Get, Each and Watch hand out is shared and must not be changed. Methods may be called concurrently.
type Bucket[T any] struct {
	store  *Store
	name   string
	memory bool
	kv     jetstream.KeyValue
	watch  jetstream.KeyWatcher
	done   chan struct{} // closed when the follower has ended

	mu       sync.RWMutex
	entries  map[string]entry[T]
	hidden   int    // entries that this process deleted and whose echo has not come yet
	followed uint64 // revision up to which the map follows the bucket

	notify   sync.Mutex // held while watchers are called
	watchers map[int]func(Change[T])
	nextID   int
}

type entry[T any] struct {
	value  T
	rev    uint64
	hidden bool
}

// Change is what a watcher is told.
type Change[T any] struct {
	Key     string
	Value   T // the zero value when Deleted
	Rev     uint64
	Deleted bool
}

// OpenBucket creates the bucket when it is missing and returns when its present content is in the local map. A name has letters, digits, "-" and
// "_" only. The store closes it.
func OpenBucket[T any](ctx context.Context, s *Store, name string, opts BucketOptions) (*Bucket[T], error) {
	storage := jetstream.FileStorage
	if opts.Memory {
		storage = jetstream.MemoryStorage
	}
	kv, err := s.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: name, Storage: storage, Replicas: s.cfg.Replicas, LimitMarkerTTL: markerLife,
	})
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", name, err)
	}
	watch, err := kv.WatchAll(s.ctx)
	if err != nil {
		return nil, fmt.Errorf("watch bucket %s: %w", name, err)
	}
	b := &Bucket[T]{
		store: s, name: name, memory: opts.Memory, kv: kv, watch: watch, done: make(chan struct{}),
		entries: map[string]entry[T]{}, watchers: map[int]func(Change[T]){},
	}
	ready := make(chan struct{})
	go b.follow(ready)
	if err := s.owns(b); err != nil {
		return nil, errors.Join(fmt.Errorf("open bucket %s: %w", name, err), b.Close())
	}
	select {
	case <-ready:
		return b, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("load bucket %s: %w", name, ctx.Err())
	}
}

// Close ends the following of the bucket. Store.Close calls it.
func (b *Bucket[T]) Close() error {
	err := b.watch.Stop()
	<-b.done
	if err != nil {
		return fmt.Errorf("close bucket %s: %w", b.name, err)
	}
	return nil
}

// Get reads an entry and its revision from the local map.
func (b *Bucket[T]) Get(key string) (value T, rev uint64, ok bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	e := b.entries[key]
	return e.value, e.rev, e.rev > 0 && !e.hidden
}

// Len is the number of entries.
func (b *Bucket[T]) Len() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.entries) - b.hidden
}

// Each calls yield for every entry, in no order, until it returns false. The bucket is locked meanwhile: yield must not write to it.
func (b *Bucket[T]) Each(yield func(key string, value T) bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for key, e := range b.entries {
		if !e.hidden && !yield(key, e.value) {
			return
		}
	}
}

// Put stores a value whatever was there and returns its revision. A durable bucket has it on disk then, and this process' Get sees it.
func (b *Bucket[T]) Put(ctx context.Context, key string, value T) (rev uint64, err error) {
	return b.write(ctx, key, value, func(k string, data []byte) (uint64, error) { return b.kv.Put(ctx, k, data) })
}

// Update stores a value if the entry still has revision rev, 0 meaning that there is none; ErrConflict otherwise.
func (b *Bucket[T]) Update(ctx context.Context, key string, value T, rev uint64) (uint64, error) {
	return b.write(ctx, key, value, func(k string, data []byte) (uint64, error) {
		var got uint64
		var err error
		if rev == 0 {
			got, err = b.kv.Create(ctx, k, data)
		} else {
			got, err = b.kv.Update(ctx, k, data, rev)
		}
		if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			err = ErrConflict
		}
		return got, err
	})
}

func (b *Bucket[T]) write(ctx context.Context, key string, value T, store func(string, []byte) (uint64, error)) (uint64, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return 0, fmt.Errorf("encode %s in bucket %s: %w", key, b.name, err)
	}
	k, err := b.prepare(key)
	if err != nil {
		return 0, fmt.Errorf("put %s in bucket %s: %w", key, b.name, err)
	}
	rev, err := store(k, data)
	if err != nil {
		return 0, fmt.Errorf("put %s in bucket %s: %w", key, b.name, b.store.explain(err))
	}
	b.wrote(key, value, rev)
	return rev, nil
}

// Delete removes an entry; without one it does nothing. It returns as Put does.
func (b *Bucket[T]) Delete(ctx context.Context, key string) error {
	k, err := b.prepare(key)
	if err != nil {
		return fmt.Errorf("delete %s from bucket %s: %w", key, b.name, err)
	}
	_, rev, ok := b.Get(key)
	if !ok {
		return nil
	}
	if err := b.kv.Purge(ctx, k, jetstream.PurgeTTL(markerLife)); err != nil {
		return fmt.Errorf("delete %s from bucket %s: %w", key, b.name, b.store.explain(err))
	}
	b.hide(key, rev)
	return nil
}

// prepare is what comes before each write.
func (b *Bucket[T]) prepare(key string) (encoded string, err error) {
	if !b.memory {
		if err := b.store.writable(); err != nil {
			return "", err
		}
	}
	return encodeKey(key)
}
