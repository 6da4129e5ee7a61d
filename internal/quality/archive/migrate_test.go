package archive_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
)

// An archive of every version that was released opens with all that it had.
func TestOldVersionsAreBroughtUp(t *testing.T) {
	for _, golden := range []string{"testdata/version1.duckdb.sql"} {
		t.Run(filepath.Base(golden), func(t *testing.T) {
			sql, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			cfg := archive.Config{Engine: archive.EngineDuckDB, Path: filepath.Join(t.TempDir(), "quality.duckdb"), Threads: 2}
			archivetest.Fill(t, cfg.Path, string(sql))
			for range 2 { // the second time there is nothing to do
				a, err := archive.Open(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				for n := int64(1); n <= 3; n++ {
					want := sample(n)
					if n == 2 {
						for i := range want.Streams {
							want.Streams[i].Started, want.Streams[i].Ended = at(1).AddDate(0, -1, 0), at(9).AddDate(0, -1, 0)
						}
					}
					same(t, want, load(t, a, 10*n))
				}
				if c, err := a.Cursor(t.Context()); err != nil || c != 3 {
					t.Errorf("cursor %d %v", c, err)
				}
				if got := monthsOf(t, a); !slices.Equal(got, []int32{202610, 202611}) {
					t.Errorf("months %v", got)
				}
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func monthsOf(t *testing.T, a *archive.Archive) []int32 {
	t.Helper()
	sizes, err := a.Months(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var months []int32
	for _, s := range sizes {
		months = append(months, s.Month)
	}
	return months
}
