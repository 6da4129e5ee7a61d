package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// editTries bounds how often an edit is begun anew because another node was faster. So many in a row are no coincidence.
const editTries = 100

// Edit changes an entry to what edit makes of its present value, the zero value when there is none, and returns that and its revision. edit must not
// change what it is given; it is called again when another node changed the entry meanwhile. An error of edit ends it, and is returned as it is.
func (b *Bucket[T]) Edit(ctx context.Context, key string, edit func(value T) (T, error)) (value T, rev uint64, err error) {
	value, rev, _ = b.Get(key)
	for range editTries {
		next, err := edit(value)
		if err != nil {
			return value, rev, err
		}
		got, err := b.Update(ctx, key, next, rev)
		if err == nil {
			return next, got, nil
		}
		if !errors.Is(err, ErrConflict) {
			return value, rev, err
		}
		if value, rev, err = b.newest(ctx, key); err != nil {
			return value, rev, err
		}
	}
	return value, rev, fmt.Errorf("edit %s in bucket %s: %w, %d times", key, b.name, ErrConflict, editTries)
}

// newest asks the bucket itself for an entry: the local map follows it with a delay. rev is 0 when there is none.
func (b *Bucket[T]) newest(ctx context.Context, key string) (value T, rev uint64, err error) {
	k, err := encodeKey(key)
	if err != nil {
		return value, 0, err
	}
	e, err := b.kv.Get(ctx, k)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return value, 0, nil
	}
	if err != nil {
		return value, 0, fmt.Errorf("get %s from bucket %s: %w", key, b.name, err)
	}
	if err := json.Unmarshal(e.Value(), &value); err != nil {
		return value, 0, fmt.Errorf("decode %s from bucket %s: %w", key, b.name, err)
	}
	b.wrote(key, value, e.Revision())
	return value, e.Revision(), nil
}
