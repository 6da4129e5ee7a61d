package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func openStream(t testing.TB, s *Store, name string, opts StreamOptions) *Stream {
	t.Helper()
	st, err := OpenStream(t.Context(), s, name, opts)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func appendRecord(t testing.TB, s *Stream, payload string) uint64 {
	t.Helper()
	seq, err := s.Append(t.Context(), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func records(t testing.TB, s *Stream, from uint64) []string {
	t.Helper()
	var out []string
	err := s.Read(t.Context(), from, func(_ uint64, payload []byte) error {
		out = append(out, string(payload))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestGather: records that keep coming share writes, none of them waits for ever, and the first one waits for none.
func TestGather(t *testing.T) {
	t.Parallel()
	writes := 0
	s := openStream(t, open(t, Config{}), "gathered", StreamOptions{Gather: 50 * time.Millisecond, Around: func(run func()) {
		writes++ // from the writer's goroutine only, which Close waits for
		run()
	}})
	began := time.Now()
	appendRecord(t, s, "first")
	if took := time.Since(began); took > 45*time.Millisecond {
		t.Logf("the first record took %v", took) // a slow disk is no failure
	}
	const n = 300
	var wg sync.WaitGroup
	wg.Add(n)
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	for i := range n {
		<-pace.C
		s.AppendAsync(strconv.AppendInt(nil, int64(i), 10), func(_ uint64, err error) {
			if err != nil {
				t.Error(err)
			}
			wg.Done()
		})
	}
	wg.Wait()
	got := records(t, s, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(got) != n+1 || got[n] != strconv.Itoa(n-1) {
		t.Errorf("%d records, the last one %q", len(got), got[len(got)-1])
	}
	if writes > n/5 {
		t.Errorf("%d writes for %d records", writes, n)
	}
}

func TestAppendAsyncKeepsOrderAndSharesWrites(t *testing.T) {
	t.Parallel()
	s := openStream(t, open(t, Config{}), "lines", StreamOptions{})
	const n = 5000
	var seqs []uint64
	var order []int
	var wg sync.WaitGroup
	wg.Add(n)
	buf := make([]byte, 0, 16)
	for i := range n {
		buf = strconv.AppendInt(buf[:0], int64(i), 10)
		s.AppendAsync(buf, func(seq uint64, err error) {
			defer wg.Done()
			if err != nil {
				t.Error(err)
			}
			seqs, order = append(seqs, seq), append(order, i)
		})
	}
	wg.Wait()

	if !slices.IsSorted(order) {
		t.Error("the callbacks did not come in the order of the appends")
	}
	if !slices.IsSorted(seqs) || len(slices.Compact(slices.Clone(seqs))) != n {
		t.Error("the sequence numbers do not increase")
	}
	info, err := s.js.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.State.Msgs >= n/10 {
		t.Errorf("%d appends took %d writes: they are not collected", n, info.State.Msgs)
	}
	got := records(t, s, 0)
	if len(got) != n {
		t.Fatalf("read %d records, want %d", len(got), n)
	}
	for i, r := range got {
		if r != strconv.Itoa(i) {
			t.Fatalf("record %d is %q", i, r)
		}
	}
	if rest := records(t, s, seqs[n-3]); !slices.Equal(rest, got[n-3:]) {
		t.Errorf("read from the third last: %q", rest)
	}
	if rest := records(t, s, seqs[n-1]+1); len(rest) != 0 {
		t.Errorf("read from behind the end: %q", rest)
	}
}

func TestReadOfAnEmptyStream(t *testing.T) {
	t.Parallel()
	s := openStream(t, open(t, Config{}), "lines", StreamOptions{})
	if got := records(t, s, 0); len(got) != 0 {
		t.Errorf("read %q", got)
	}
}

func TestReadStopsAtTheReadersError(t *testing.T) {
	t.Parallel()
	s := openStream(t, open(t, Config{}), "lines", StreamOptions{})
	appendRecord(t, s, "a")
	appendRecord(t, s, "b")
	errStop := errors.New("enough")
	calls := 0
	err := s.Read(t.Context(), 0, func(uint64, []byte) error { calls++; return errStop })
	if !errors.Is(err, errStop) || calls != 1 {
		t.Errorf("Read returned %v after %d calls", err, calls)
	}
}

func TestFollowSeesLaterRecords(t *testing.T) {
	t.Parallel()
	s := openStream(t, open(t, Config{}), "lines", StreamOptions{})
	appendRecord(t, s, "before")
	ctx, stop := context.WithCancel(t.Context())
	seen := make(chan string)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Follow(ctx, 0, func(_ uint64, payload []byte) error { seen <- string(payload); return nil })
	}()
	if got := <-seen; got != "before" {
		t.Errorf("first record %q", got)
	}
	appendRecord(t, s, "after")
	if got := <-seen; got != "after" {
		t.Errorf("second record %q", got)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Follow ended with %v, want context.Canceled", err)
	}
}

func TestTrimDropsOldRecords(t *testing.T) {
	t.Parallel()
	s := openStream(t, open(t, Config{}), "lines", StreamOptions{})
	var last uint64
	for i := range 5 {
		last = appendRecord(t, s, fmt.Sprint(i))
	}
	if err := s.Trim(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	if got := records(t, s, 0); !slices.Equal(got, []string{"4"}) {
		t.Errorf("left after Trim: %q", got)
	}
}

func TestFullStreamRefuses(t *testing.T) {
	t.Parallel()
	s := openStream(t, open(t, Config{}), "lines", StreamOptions{MaxBytes: 4096})
	for i := 0; ; i++ {
		_, err := s.Append(t.Context(), make([]byte, 1000))
		if err != nil {
			if i == 0 || !strings.Contains(err.Error(), "maximum bytes") {
				t.Errorf("append %d: %v", i, err)
			}
			break
		}
		if i > 4 {
			t.Fatal("the stream took more than its bound")
		}
	}
	if got := records(t, s, 0); len(got) == 0 {
		t.Error("what was acknowledged is gone")
	}
}

func TestTooMuchIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	s := openStream(t, open(t, Config{}), "lines", StreamOptions{MaxWaiting: 100})
	refused := func(size int) (got error) {
		s.AppendAsync(make([]byte, size), func(_ uint64, err error) { got = err })
		return got
	}
	if err := refused(MaxRecord + 1); err == nil {
		t.Error("a record above the bound was taken")
	}
	if err := refused(101); !errors.Is(err, ErrOverloaded) {
		t.Errorf("more than may wait: %v, want ErrOverloaded", err)
	}
}

func TestLargestRecord(t *testing.T) {
	t.Parallel()
	s := openStream(t, open(t, Config{}), "lines", StreamOptions{})
	want := strings.Repeat("x", MaxRecord)
	appendRecord(t, s, want)
	if got := records(t, s, 0); len(got) != 1 || got[0] != want {
		t.Error("the largest record did not come back")
	}
}

func TestCloseWritesWhatWaits(t *testing.T) {
	t.Parallel()
	s := openStream(t, open(t, Config{}), "lines", StreamOptions{})
	stored := 0
	for range 1000 {
		s.AppendAsync([]byte("x"), func(_ uint64, err error) {
			if err == nil {
				stored++
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if stored != 1000 {
		t.Errorf("%d of 1000 records stored before Close returned", stored)
	}
}

func FuzzSplitBatch(f *testing.F) {
	b := newBatch()
	for _, p := range []string{"", "a", strings.Repeat("b", 300)} {
		b.add([]byte(p), nil)
	}
	f.Add(b.data)
	f.Add([]byte{batchFormat, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		again := newBatch()
		err := splitBatch(1, data, func(_ uint64, payload []byte) error {
			again.add(payload, nil)
			return nil
		})
		if err == nil && len(again.data) > len(data) {
			t.Errorf("%d bytes read as %d", len(data), len(again.data))
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	s := openStream(b, open(b, Config{}), "lines", StreamOptions{})
	payload := make([]byte, 300)
	for b.Loop() {
		if _, err := s.Append(b.Context(), payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendAsync(b *testing.B) {
	s := openStream(b, open(b, Config{}), "lines", StreamOptions{MaxWaiting: 1 << 30})
	payload := make([]byte, 300)
	var wg sync.WaitGroup
	b.ReportAllocs()
	for b.Loop() {
		wg.Add(1)
		s.AppendAsync(payload, func(uint64, error) { wg.Done() })
	}
	wg.Wait()
}
