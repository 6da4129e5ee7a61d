package archive_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
)

func quiet(string) {}

// other is another, empty archive on the engine of one.
func other(t *testing.T, cfg archive.Config) archive.Config {
	if cfg.Engine == archive.EngineDuckDB {
		cfg.Path = filepath.Join(t.TempDir(), "other.duckdb")
	} else {
		cfg.Database = "parley_other"
	}
	return cfg
}

func TestBackupAndRestore(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		inMonths(t, a, 3)
		dir := filepath.Join(t.TempDir(), "backup")
		// The archive is written to meanwhile.
		wrote := make(chan error, 1)
		first := true
		err := a.Backup(t.Context(), dir, func(string) {
			if first {
				first = false
				go func() { wrote <- a.Write(t.Context(), &archive.Batch{Put: sample(50), Cursor: 50}) }()
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-wrote; err != nil {
			t.Fatal(err)
		}
		b := archivetest.Open(t, other(t, cfg))
		if err := b.Restore(t.Context(), dir, quiet); err != nil {
			t.Fatal(err)
		}
		for back := range 3 {
			n := int64(back + 1)
			same(t, load(t, a, 10*n), load(t, b, 10*n))
		}
		if c, err := b.Cursor(t.Context()); err != nil || c != 3 {
			t.Errorf("cursor %d %v: reports since then come from the journal", c, err)
		}
		if got := monthsOf(t, b); !slices.Equal(got, []int32{202609, 202610, 202611}) {
			t.Errorf("months %v", got)
		}
		if err := b.Restore(t.Context(), dir, quiet); err == nil || !strings.Contains(err.Error(), "not empty") {
			t.Errorf("restored over an archive: %v", err)
		}
		if err := b.Backup(t.Context(), dir, quiet); err == nil {
			t.Error("a backup was overwritten")
		}
	})
}

func TestDamagedBackupIsRefused(t *testing.T) {
	cfg := archive.Config{Engine: archive.EngineDuckDB, Path: filepath.Join(t.TempDir(), "quality.duckdb"), Threads: 2}
	a := archivetest.Open(t, cfg)
	inMonths(t, a, 2)
	for _, c := range []struct {
		what, want string
		damage     func(dir string) error
	}{
		{"a byte", "streams-202610.dump is damaged", func(dir string) error {
			path := filepath.Join(dir, "streams-202610.dump")
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b[len(b)/2] ^= 1
			return os.WriteFile(path, b, 0o600)
		}},
		{"a file", "legs.dump", func(dir string) error { return os.Remove(filepath.Join(dir, "legs.dump")) }},
		{"the end", "no manifest.json", func(dir string) error { return os.Remove(filepath.Join(dir, "manifest.json")) }},
		{"a name", "elsewhere", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"schema":2,"engine":"duckdb","files":[{"name":"../x"}]}`), 0o600)
		}},
		{"the version", "schema version 77", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"schema":77,"engine":"duckdb"}`), 0o600)
		}},
		{"the engine", "backup of clickhouse", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"schema":2,"engine":"clickhouse"}`), 0o600)
		}},
	} {
		dir := filepath.Join(t.TempDir(), "backup")
		if err := a.Backup(t.Context(), dir, quiet); err != nil {
			t.Fatal(err)
		}
		if err := c.damage(dir); err != nil {
			t.Fatal(err)
		}
		b := archivetest.Open(t, other(t, cfg))
		if err := b.Restore(t.Context(), dir, quiet); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("without %s: %v, want %q", c.what, err, c.want)
		}
		if n := count(t, b, "streams") + count(t, b, "calls"); n != 0 {
			t.Errorf("without %s %d rows were restored", c.what, n)
		}
	}
}

func TestExport(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		a := archivetest.Open(t, cfg)
		inMonths(t, a, 3)
		x := archive.Export{From: at(0).AddDate(0, -1, 0), To: at(0).AddDate(0, 1, 0), Format: "csv", Path: filepath.Join(t.TempDir(), "streams.csv")}
		if err := a.Export(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		rows := readCSV(t, x.Path)
		if len(rows) != 4 {
			t.Fatalf("%d rows, want those of two months", len(rows))
		}
		for _, r := range rows {
			if r["first_user"] != "" && r["first_user"] != "alice@parley.test" || r["second_user"] != "" && r["second_user"] != "alice@parley.test" || r["jitter"] != "12.25" || !strings.HasPrefix(r["started"], "2026-1") {
				t.Errorf("row %v", r)
			}
		}
		if err := a.Export(t.Context(), x); err == nil {
			t.Error("a file was overwritten")
		}
		x.Path, x.Coded = x.Path+".coded", true
		if err := a.Export(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		if rows := readCSV(t, x.Path); len(rows) != 4 || rows[0]["jitter"] != "1225" {
			t.Errorf("coded: %v", rows)
		}
		x.Path, x.Format = x.Path+".parquet", "parquet"
		if err := a.Export(t.Context(), x); err != nil && cfg.Engine == archive.EngineDuckDB {
			t.Error(err)
		}
		x.Format = "xls"
		if err := a.Export(t.Context(), x); err == nil {
			t.Error("an unknown format was taken")
		}
	})
}

func readCSV(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, v := range line {
			row[all[0][i]] = v
		}
		out = append(out, row)
	}
	return out
}
