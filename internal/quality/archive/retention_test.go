package archive_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
)

// people writes one call a month, four months back from November 2026: alice is
// in each, and somebody else who is in no other.
func people(t *testing.T, a *archive.Archive) {
	t.Helper()
	for back := range 4 {
		r := sample(int64(back + 1))
		shift := func(x time.Time) time.Time { return x.AddDate(0, -back, 0) }
		for i := range r.Streams {
			s := &r.Streams[i]
			s.Started, s.Ended, s.Received = shift(s.Started), shift(s.Ended), shift(s.Received)
			s.Sides[1].User = fmt.Sprintf("month%d@parley.test", back)
		}
		c := &r.Calls[0]
		c.Started, c.Answered, c.Ended, c.Callee = shift(c.Started), shift(c.Answered), shift(c.Ended), fmt.Sprintf("month%d@parley.test", back)
		for i := range r.Measurements {
			r.Measurements[i].Received = shift(r.Measurements[i].Received)
		}
		r.Ratings[0].Received, r.Rejected[0].Received = shift(r.Ratings[0].Received), shift(r.Rejected[0].Received)
		if err := a.Write(t.Context(), &archive.Batch{Put: r, Cursor: uint64(back + 1)}); err != nil {
			t.Fatal(err)
		}
	}
}

func number(t *testing.T, a *archive.Archive, sql string) (n int64) {
	t.Helper()
	if err := a.Query(t.Context(), sql, func(row []any) error { n, _ = row[0].(int64); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPersonalDataExpires(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a, err := archive.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		people(t, a)
		metrics := "SELECT sum(jitter) + sum(packets) + count(*) FROM " + a.From("streams")
		before := number(t, a, metrics)
		done, err := a.ExpirePersonal(t.Context(), time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(done.Months, []int32{202608, 202609}) || done.Texts != 2 {
			t.Errorf("expired %+v; want August, September and the two who are in no other month", done)
		}
		check := func() {
			t.Helper()
			if after := number(t, a, metrics); after != before {
				t.Errorf("metrics were %d, are %d", before, after)
			}
			for back, gone := range []bool{false, false, true, true} {
				rows := load(t, a, int64(10*(back+1)))
				if len(rows.Streams) != 2 {
					t.Fatalf("month %d has %d streams", back, len(rows.Streams))
				}
				s := rows.Streams[0]
				if named := s.Sides[0].User != "" || s.Sides[0].IP != "" || s.Sides[0].MAC != "" || s.Sides[0].BSSID != "" || s.Sides[1].User != ""; named == gone {
					t.Errorf("%d months back: %+v %+v", back, s.Sides[0], s.Sides[1])
				}
				if s.Sides[0].Subnet == "" || s.Sides[0].UserAgent == "" {
					t.Errorf("%d months back more than personal data is gone: %+v", back, s.Sides[0])
				}
				if r := rows.Ratings[0]; (r.Text == "") != gone || (r.User == "") != gone || r.Stars != 2 {
					t.Errorf("%d months back: rating %+v", back, r)
				}
				if l := rows.Legs[0]; (l.CallID == "") != (back > 0) && back != 1 || (l.User == "") != gone {
					t.Errorf("%d months back: leg %+v", back, l)
				}
			}
			// A month's people can still be counted, but not followed to another month.
			if n := number(t, a, "SELECT count(DISTINCT second_user) FROM "+a.From("streams")+" WHERE month = 202608"); n != 1 {
				t.Errorf("%d users in August", n)
			}
			if n := number(t, a, "SELECT count(*) FROM "+a.From("streams")+" WHERE first_user < 0 AND month >= 202610"); n != 0 {
				t.Errorf("%d anonymous streams in months that are not expired", n)
			}
			if codes := a.Codes(archive.User, func(s string) bool { return s == "month3@parley.test" }); len(codes) != 0 {
				t.Errorf("an expired user still has code %v", codes)
			}
		}
		check()
		if again, err := a.ExpirePersonal(t.Context(), time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)); err != nil || len(again.Months) != 0 || again.Texts != 0 {
			t.Errorf("a second time: %+v %v", again, err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if cfg.Path != "" {
			onDisk(t, cfg.Path, "month3@parley.test", false)
			onDisk(t, cfg.Path, "month0@parley.test", true)
		}
		a = archivetest.Open(t, cfg)
		check()
		// Whoever comes later gets a code of his own.
		r := sample(9)
		r.Calls[0].Callee = "late@parley.test"
		if err := a.Write(t.Context(), &archive.Batch{Put: r, Cursor: 9}); err != nil {
			t.Fatal(err)
		}
		calls, err := a.Calls(t.Context(), "call_key = 9")
		if err != nil || calls[0].Callee != "late@parley.test" {
			t.Errorf("%+v %v", calls, err)
		}
		before = number(t, a, metrics)
		check()
	})
}

// onDisk looks for a text in the archive's files.
func onDisk(t *testing.T, path, text string, want bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Dir(path) + "/*")
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(b, []byte(text))
	}
	if found != want {
		t.Errorf("%q in the files: %v, want %v", text, found, want)
	}
}

func TestRetention(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		people(t, a)
		now := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
		if done, err := a.Retain(t.Context(), archive.Policy{}, now); err != nil || len(done.Dropped)+len(done.Months) != 0 {
			t.Fatalf("without a policy: %+v %v", done, err)
		}
		done, err := a.Retain(t.Context(), archive.Policy{Months: 2, DetailDays: 30, PersonalDays: 20}, now)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(done.Dropped, []int32{202608}) || !slices.Equal(done.Months, []int32{202609, 202610}) {
			t.Errorf("%+v", done)
		}
		for table, want := range map[string]int64{"streams": 6, "calls": 1, "legs": 1, "measurements": 3, "ratings": 3, "rejected": 1} {
			if n := count(t, a, table); n != want {
				t.Errorf("%d rows in %s, want %d", n, table, want)
			}
		}
		if got := a.Codes(archive.User, func(s string) bool { return strings.HasPrefix(s, "month") }); len(got) != 1 {
			t.Errorf("%d of the users of single months are left", len(got))
		}
	})
}
