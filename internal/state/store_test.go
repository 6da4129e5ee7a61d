package state

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func open(t testing.TB, cfg Config) *Store {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestSecondStoreOnTheSameFolderIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, Config{Dir: dir})

	_, err := Open(t.Context(), Config{Dir: dir})
	if !errors.Is(err, ErrLocked) {
		t.Fatalf("second Open: %v, want ErrLocked", err)
	}
	if pid := strconv.Itoa(os.Getpid()); !strings.Contains(err.Error(), "process "+pid) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %q does not name the process %s and the folder", err, pid)
	}

	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, Config{Dir: dir})
}

func TestStoreSurvivesRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	users, lines := openBucket[string](t, s, "users", BucketOptions{}), openStream(t, s, "lines", StreamOptions{})
	presence := openBucket[string](t, s, "presence", BucketOptions{Memory: true})
	put(t, users, "alice@parley.test", "Alice")
	put(t, users, "bob@parley.test", "Bob")
	put(t, presence, "alice@parley.test", "away")
	if err := users.Delete(t.Context(), "bob@parley.test"); err != nil {
		t.Fatal(err)
	}
	seq := appendRecord(t, lines, "first")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, Config{Dir: dir})
	users, lines = openBucket[string](t, s, "users", BucketOptions{}), openStream(t, s, "lines", StreamOptions{})
	if got, _, ok := users.Get("alice@parley.test"); !ok || got != "Alice" {
		t.Errorf("alice is %q, %v after a restart", got, ok)
	}
	if _, _, ok := users.Get("bob@parley.test"); ok {
		t.Error("bob was deleted and is back after a restart")
	}
	if got := openBucket[string](t, s, "presence", BucketOptions{Memory: true}).Len(); got != 0 {
		t.Errorf("%d entries in a memory bucket after a restart", got)
	}
	if next := appendRecord(t, lines, "second"); next <= seq {
		t.Errorf("sequence number %d after %d", next, seq)
	}
	if got := records(t, lines, 0); strings.Join(got, " ") != "first second" {
		t.Errorf("records after a restart: %q", got)
	}
}

func TestDiskFullIsAnErrorAndPasses(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	users := openBucket[string](t, s, "users", BucketOptions{})
	presence := openBucket[string](t, s, "presence", BucketOptions{Memory: true})
	lines := openStream(t, s, "lines", StreamOptions{})

	s.cfg.Reserve = 1 << 62 // more than any disk has free
	if _, err := users.Put(t.Context(), "a", "x"); !errors.Is(err, ErrDiskFull) {
		t.Errorf("put into a durable bucket: %v, want ErrDiskFull", err)
	}
	if err := users.Delete(t.Context(), "a"); !errors.Is(err, ErrDiskFull) {
		t.Errorf("delete from a durable bucket: %v, want ErrDiskFull", err)
	}
	if _, err := lines.Append(t.Context(), []byte("x")); !errors.Is(err, ErrDiskFull) {
		t.Errorf("append to a durable stream: %v, want ErrDiskFull", err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, ErrDiskFull) {
		t.Errorf("check: %v, want ErrDiskFull", err)
	}
	put(t, presence, "a", "memory needs no disk")

	s.cfg.Reserve = DefaultReserve
	put(t, users, "a", "x")
	appendRecord(t, lines, "x")
}

func TestClosedStoreRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	lines := openStream(t, s, "lines", StreamOptions{})
	users := openBucket[string](t, s, "users", BucketOptions{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := lines.Append(t.Context(), []byte("x")); !errors.Is(err, ErrClosed) {
		t.Errorf("append after Close: %v, want ErrClosed", err)
	}
	if _, err := users.Put(t.Context(), "a", "x"); err == nil {
		t.Error("put after Close succeeded")
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// eventually waits until a condition holds that another goroutine brings about.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(10 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}
