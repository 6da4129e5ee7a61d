package archive_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
)

// inMonths writes a call in each of some months, counted back from November 2026.
func inMonths(t *testing.T, a *archive.Archive, n int) {
	t.Helper()
	for back := range n {
		r := sample(int64(back + 1))
		for i := range r.Streams {
			r.Streams[i].Started, r.Streams[i].Ended = at(1).AddDate(0, -back, 0), at(9).AddDate(0, -back, 0)
		}
		if err := a.Write(t.Context(), &archive.Batch{Put: r, Cursor: uint64(back + 1)}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDroppedMonthsAreGone(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a, err := archive.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		inMonths(t, a, 4)
		if got := monthsOf(t, a); !slices.Equal(got, []int32{202608, 202609, 202610, 202611}) {
			t.Fatalf("months %v", got)
		}
		for _, m := range []int32{202608, 202610, 202610, 199901} { // twice and never there are no errors
			if err := a.DropMonth(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		a = archivetest.Open(t, cfg)
		if got := monthsOf(t, a); !slices.Equal(got, []int32{202609, 202611}) {
			t.Errorf("months %v after the drop", got)
		}
		if n := count(t, a, "streams"); n != 4 {
			t.Errorf("%d streams", n)
		}
		if cfg.Path != "" {
			left, err := filepath.Glob(filepath.Dir(cfg.Path) + "/quality-*")
			if err != nil || len(left) != 2 {
				t.Errorf("files %v %v", left, err)
			}
		}
	})
}

// A report that puts a stream's time right moves it to its real month.
func TestRowMovesToAnotherMonth(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		if err := a.Write(t.Context(), &archive.Batch{Put: sample(1), Cursor: 1}); err != nil {
			t.Fatal(err)
		}
		moved := sample(1)
		for i := range moved.Streams {
			moved.Streams[i].Started, moved.Streams[i].Ended = at(1).AddDate(0, -1, 0), at(9).AddDate(0, -1, 0)
		}
		if err := a.Write(t.Context(), &archive.Batch{Put: moved, Cursor: 2}); err != nil {
			t.Fatal(err)
		}
		if n := count(t, a, "streams"); n != 2 {
			t.Errorf("%d streams", n)
		}
		same(t, moved, load(t, a, 10))
	})
}

// Rows of a bulk load are the same as written ones, and can be amended.
func TestBulkLoad(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		const parts, each = 7, 301
		number := func(part, i int) int64 { return int64(1 + part*each + i) }
		b := &archive.Bulk{
			Month: 202611,
			Calls: archive.Parts[archive.Call]{Count: parts, Fill: func(part int, dst []archive.Call) []archive.Call {
				for i := range each {
					dst = append(dst, sample(number(part, i)).Calls...)
				}
				return dst
			}},
			Legs: archive.Parts[archive.Leg]{Count: parts, Fill: func(part int, dst []archive.Leg) []archive.Leg {
				for i := range each {
					dst = append(dst, sample(number(part, i)).Legs...)
				}
				return dst
			}},
			Streams: archive.Parts[archive.Stream]{Count: parts, Fill: func(part int, dst []archive.Stream) []archive.Stream {
				for i := range each {
					r := sample(number(part, i))
					for j := range r.Streams {
						r.Streams[j].Sides[0].User = fmt.Sprintf("user%d@parley.test", part)
					}
					dst = append(dst, r.Streams...)
				}
				return dst
			}},
		}
		if err := a.Load(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		for table, n := range map[string]int64{"calls": parts * each, "legs": parts * each, "streams": 2 * parts * each, "ratings": 0} {
			if got := count(t, a, table); got != n {
				t.Errorf("%d rows in %s, want %d", got, table, n)
			}
		}
		n := number(5, 17)
		want := sample(n)
		want.Measurements, want.Ratings = nil, nil
		for j := range want.Streams {
			want.Streams[j].Sides[0].User = "user5@parley.test"
		}
		same(t, want, load(t, a, 10*n))
		if err := a.Write(t.Context(), &archive.Batch{Put: sample(n), Cursor: 1}); err != nil {
			t.Fatal(err)
		}
		same(t, sample(n), load(t, a, 10*n))
		if got := count(t, a, "streams"); got != 2*parts*each {
			t.Errorf("%d streams after one was amended", got)
		}
	})
}

// A dropped month's space is free at once, also when newer months lie behind it.
func TestDroppedMonthGivesSpaceBack(t *testing.T) {
	cfg := archive.Config{Engine: archive.EngineDuckDB, Path: filepath.Join(t.TempDir(), "quality.duckdb"), Threads: 2}
	a := archivetest.Open(t, cfg)
	inMonths(t, a, 3)
	before := used(t, cfg.Path)
	if err := a.DropMonth(t.Context(), 202609); err != nil {
		t.Fatal(err)
	}
	if after := used(t, cfg.Path); after >= before {
		t.Errorf("%d bytes before the drop, %d after", before, after)
	}
}

func used(t *testing.T, path string) (n int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Dir(path) + "/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}
