package state

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func openBucket[T any](t testing.TB, s *Store, name string, opts BucketOptions) *Bucket[T] {
	t.Helper()
	b, err := OpenBucket[T](t.Context(), s, name, opts)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put[T any](t testing.TB, b *Bucket[T], key string, value T) uint64 {
	t.Helper()
	rev, err := b.Put(t.Context(), key, value)
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

type person struct {
	Name  string
	Phone []string
}

func TestBucketReadsWhatItWrote(t *testing.T) {
	t.Parallel()
	people := openBucket[person](t, open(t, Config{}), "people", BucketOptions{})
	const key = "Zoë+test@parley.test;gr=1.2 *>"
	want := person{Name: "Zoë", Phone: []string{"+1"}}
	rev := put(t, people, key, want)
	got, gotRev, ok := people.Get(key)
	if diff := gocmp.Diff(want, got); diff != "" || !ok || gotRev != rev {
		t.Errorf("Get: found %v, revision %d of %d (-want +got):\n%s", ok, gotRev, rev, diff)
	}
	if err := people.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := people.Get(key); ok || people.Len() != 0 {
		t.Errorf("a deleted entry is still there, length %d", people.Len())
	}
	if err := people.Delete(t.Context(), key); err != nil {
		t.Errorf("second delete: %v", err)
	}
	put(t, people, key, want)
	if people.Len() != 1 {
		t.Errorf("length %d after one put", people.Len())
	}
}

func TestUpdateNeedsTheRevision(t *testing.T) {
	t.Parallel()
	b := openBucket[int](t, open(t, Config{}), "numbers", BucketOptions{})
	first, err := b.Update(t.Context(), "k", 1, 0)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	if _, err := b.Update(t.Context(), "k", 2, 0); !errors.Is(err, ErrConflict) {
		t.Errorf("create of what exists: %v, want ErrConflict", err)
	}
	if _, err := b.Update(t.Context(), "k", 2, first); err != nil {
		t.Errorf("update with the right revision: %v", err)
	}
	if _, err := b.Update(t.Context(), "k", 3, first); !errors.Is(err, ErrConflict) {
		t.Errorf("update with an old revision: %v, want ErrConflict", err)
	}
	if err := b.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Update(t.Context(), "k", 4, 0); err != nil {
		t.Errorf("create after delete: %v", err)
	}
	if got, _, _ := b.Get("k"); got != 4 {
		t.Errorf("value %d, want 4", got)
	}
}

func TestBadKeysAreRefused(t *testing.T) {
	t.Parallel()
	b := openBucket[int](t, open(t, Config{}), "numbers", BucketOptions{Memory: true})
	for _, key := range []string{"", string(make([]byte, maxKey+1))} {
		if _, err := b.Put(t.Context(), key, 1); err == nil {
			t.Errorf("put with a key of %d bytes succeeded", len(key))
		}
	}
}

func TestWatchTellsPresentAndLaterEntries(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	// Two buckets of one name: as two nodes on one cluster.
	here, there := openBucket[string](t, s, "shared", BucketOptions{}), openBucket[string](t, s, "shared", BucketOptions{})
	put(t, here, "a", "1")

	var mu sync.Mutex
	var got []Change[string]
	stop := here.Watch(func(c Change[string]) {
		mu.Lock()
		defer mu.Unlock()
		if len(got) == 0 || got[len(got)-1] != c { // a change may be told twice
			got = append(got, c)
		}
	})
	revB := put(t, there, "b", "2")
	revA := put(t, there, "a", "3")
	if err := there.Delete(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	want := []Change[string]{{Key: "a", Value: "1", Rev: 1}, {Key: "b", Value: "2", Rev: revB}, {Key: "a", Value: "3", Rev: revA}, {Key: "b", Rev: revA + 1, Deleted: true}}
	eventually(t, "four changes are told", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(got) >= len(want)
	})
	stop()
	put(t, there, "c", "after stop")
	eventually(t, "the other bucket sees c", func() bool { _, _, ok := here.Get("c"); return ok })
	mu.Lock()
	defer mu.Unlock()
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestWatcherMayWrite(t *testing.T) {
	t.Parallel()
	b := openBucket[int](t, open(t, Config{}), "numbers", BucketOptions{Memory: true})
	put(t, b, "a", 1)
	defer b.Watch(func(c Change[int]) {
		if c.Key != "sum" && !c.Deleted {
			if _, err := b.Put(t.Context(), "sum", c.Value); err != nil {
				t.Error(err)
			}
		}
	})()
	put(t, b, "b", 7)
	eventually(t, "the watcher's write is there", func() bool { v, _, _ := b.Get("sum"); return v == 7 })
}

// TestConcurrentWritersAgree has writers race on few keys through two views; afterwards both views must tell the same.
func TestConcurrentWritersAgree(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	views := []*Bucket[int]{openBucket[int](t, s, "shared", BucketOptions{Memory: true}), openBucket[int](t, s, "shared", BucketOptions{Memory: true})}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 200 {
				key := string(rune('a' + i%3))
				var err error
				if i%5 == 4 {
					err = views[w%2].Delete(t.Context(), key)
				} else {
					_, err = views[w%2].Put(t.Context(), key, w*1000+i)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	last := put(t, views[0], "last", 0)
	for _, v := range views {
		eventually(t, "the view follows up to the last write", func() bool {
			v.mu.RLock()
			defer v.mu.RUnlock()
			return v.followed >= last
		})
	}
	a, b := content(views[0]), content(views[1])
	if diff := gocmp.Diff(a, b); diff != "" {
		t.Errorf("the views differ:\n%s", diff)
	}
	if got := views[0].Len(); got != len(a) {
		t.Errorf("length %d with %d entries", got, len(a))
	}
}

func content(b *Bucket[int]) []Change[int] {
	out := b.present()
	slices.SortFunc(out, func(x, y Change[int]) int { return cmp.Compare(x.Key, y.Key) })
	return out
}

func FuzzKey(f *testing.F) {
	for _, seed := range []string{"alice@parley.test", "a.b", "=41", "ü", "\x00", "a/b_c-d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if enc, err := encodeKey(s); err == nil {
			if got, ok := decodeKey(enc); !ok || got != s {
				t.Errorf("decodeKey(encodeKey(%q)) = %q, %v", s, got, ok)
			}
		}
		if dec, ok := decodeKey(s); ok && len(dec) <= maxKey {
			if enc, err := encodeKey(dec); err != nil || enc != s {
				t.Errorf("encodeKey(decodeKey(%q)) = %q, %v", s, enc, err)
			}
		}
	})
}

func BenchmarkBucketPutDurable(b *testing.B) { benchmarkPut(b, BucketOptions{}) }
func BenchmarkBucketPutMemory(b *testing.B)  { benchmarkPut(b, BucketOptions{Memory: true}) }

func benchmarkPut(b *testing.B, opts BucketOptions) {
	people := openBucket[person](b, open(b, Config{}), "people", opts)
	b.ReportAllocs()
	for b.Loop() {
		put(b, people, "alice@parley.test", person{Name: "Alice"})
	}
}

func BenchmarkBucketGet(b *testing.B) {
	people := openBucket[person](b, open(b, Config{}), "people", BucketOptions{Memory: true})
	put(b, people, "alice@parley.test", person{Name: "Alice"})
	for b.Loop() {
		people.Get("alice@parley.test")
	}
}
