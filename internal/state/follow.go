package state

import (
	"encoding/json"

	"github.com/nats-io/nats.go/jetstream"
)

// Watch calls fn for every present entry and then for each change, from one goroutine at a time and in order of revision. A change may be told
// twice. fn may read and write the bucket but not call Watch; stop ends the calls and must not be called from fn.
func (b *Bucket[T]) Watch(fn func(Change[T])) (stop func()) {
	b.notify.Lock()
	defer b.notify.Unlock()
	for _, c := range b.present() {
		fn(c)
	}
	id := b.nextID
	b.nextID++
	b.watchers[id] = fn
	return func() {
		b.notify.Lock()
		defer b.notify.Unlock()
		delete(b.watchers, id)
	}
}

// present copies the entries, so that a watcher may write while it is told of them.
func (b *Bucket[T]) present() []Change[T] {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]Change[T], 0, len(b.entries))
	for key, e := range b.entries {
		if !e.hidden {
			out = append(out, Change[T]{Key: key, Value: e.value, Rev: e.rev})
		}
	}
	return out
}

// follow brings the bucket's changes, those of this process included, into the map and to the watchers. It closes ready after the present content.
func (b *Bucket[T]) follow(ready chan<- struct{}) {
	defer close(b.done)
	for u := range b.watch.Updates() {
		if u == nil {
			close(ready)
			continue
		}
		b.take(u)
	}
}

func (b *Bucket[T]) take(u jetstream.KeyValueEntry) {
	key, ok := decodeKey(u.Key())
	if !ok {
		b.store.cfg.Log.Warn("ignored a key that this program did not write", "comp", "state", "bucket", b.name, "key", u.Key())
		return
	}
	change := Change[T]{Key: key, Rev: u.Revision(), Deleted: u.Operation() != jetstream.KeyValuePut}
	if !change.Deleted {
		// The echo of an own write need not be decoded again.
		if value, rev, ok := b.Get(key); ok && rev == change.Rev {
			change.Value = value
		} else if err := json.Unmarshal(u.Value(), &change.Value); err != nil {
			b.store.cfg.Log.Error("ignored a value that does not decode; it was written by another version or is damaged",
				"comp", "state", "bucket", b.name, "key", key, "rev", u.Revision(), "err", err)
			return
		}
	}
	b.echoed(change)
	b.notify.Lock()
	defer b.notify.Unlock()
	for _, fn := range b.watchers {
		fn(change)
	}
}

// echoed puts a change that the bucket told into the map.
func (b *Bucket[T]) echoed(c Change[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.followed = c.Rev
	if old := b.entries[c.Key]; old.rev >= c.Rev {
		return
	}
	if c.Deleted {
		b.set(c.Key, entry[T]{})
	} else {
		b.set(c.Key, entry[T]{value: c.Value, rev: c.Rev})
	}
}

// wrote puts an own write into the map before its echo, unless that has come already: what followed it must not be undone.
func (b *Bucket[T]) wrote(key string, value T, rev uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if rev > b.followed && rev > b.entries[key].rev {
		b.set(key, entry[T]{value: value, rev: rev})
	}
}

// hide takes an entry that was just deleted at revision rev out of sight until the echo removes it.
func (b *Bucket[T]) hide(key string, rev uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[key]; e.rev == rev {
		b.set(key, entry[T]{rev: rev, hidden: true})
	}
}

// set replaces an entry, an empty one meaning none, and counts the hidden ones.
func (b *Bucket[T]) set(key string, e entry[T]) {
	if b.entries[key].hidden {
		b.hidden--
	}
	if e.hidden {
		b.hidden++
	}
	if e.rev == 0 {
		delete(b.entries, key)
	} else {
		b.entries[key] = e
	}
}
