package repository_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
)

// The real report trees: every item is there after the import, and each query
// runs.
func TestImportRealTrees(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/qer/*.cqdx")
	if err != nil || len(files) == 0 {
		t.Skip("the real report trees are not beside the project")
	}
	cfg := archive.Config{Engine: archive.EngineDuckDB}
	s, err := query.New(query.Config{Archive: archivetest.Open(t, cfg), Engine: cfg.Engine, Model: model.New(), Now: func() time.Time { return time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := open(t, t.TempDir())
	run := 0
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		done, err := r.Import(t.Context(), alice, s.Model(), data, "")
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, i := range done.Items {
			text, err := r.Effective(i.ID)
			if err != nil {
				t.Fatal(err)
			}
			if text == nil {
				continue
			}
			q, err := query.Decode(text)
			if err != nil {
				t.Fatalf("%s: %v", i.Title, err)
			}
			if _, err := s.Table(t.Context(), query.Everything{}, q); err != nil {
				t.Errorf("%s: %v\n%s", i.Title, err, text)
			}
			run++
		}
	}
	if run < 140 {
		t.Errorf("%d reports ran", run)
	}
}

func TestExportedTreeComesBack(t *testing.T) {
	r, _ := open(t, t.TempDir())
	data, err := r.Export(carol, "scorecard")
	if err != nil {
		t.Fatal(err)
	}
	done, err := r.ImportNative(t.Context(), bob, data, "")
	if err != nil || len(done.Items) != 12 {
		t.Fatalf("%d items, %v", len(done.Items), err)
	}
	var deep string
	for _, i := range done.Items {
		if i.Title == "Server : Wi-Fi inside" {
			deep = i.ID
		}
	}
	before, _ := r.Effective("server-wifi-inside")
	after, err := r.Effective(deep)
	if err != nil || string(before) != string(after) {
		t.Errorf("%s\nwant %s, %v", after, before, err)
	}
	for _, bad := range []string{"", "{}", `{"format":"parley-reports-1","reports":[{"title":""}]}`} {
		if _, err := r.ImportNative(t.Context(), bob, []byte(bad), ""); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if _, err := r.Import(t.Context(), bob, model.New(), []byte("x"), ""); err == nil || !strings.Contains(err.Error(), ".cqdx") {
		t.Errorf("a file that is none: %v", err)
	}
}
