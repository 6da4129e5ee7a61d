package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The commands work in the running server, and in its data folder when it does not run.
func TestQualityCommands(t *testing.T) {
	file := writeConfig(t, "")
	parley := func(args ...string) (string, error) {
		var out, errOut bytes.Buffer
		if Main(append([]string{"--config", file}, args...), strings.NewReader(""), &out, &errOut) != 0 {
			return out.String(), &commandError{errOut.String()}
		}
		return out.String(), nil
	}
	must := func(args ...string) string {
		t.Helper()
		out, err := parley(args...)
		if err != nil {
			if strings.Contains(err.Error(), "without DuckDB") {
				t.Skip(err)
			}
			t.Fatalf("parley %s: %v", strings.Join(args, " "), err)
		}
		return out
	}
	dir := t.TempDir()
	must("quality", "generate", "--streams", "3000", "--months", "2", "--until", "2026-11-01", "--buildings", filepath.Join(dir, "buildings.tsv"))
	if _, err := parley("quality", "generate", "--streams", "3000", "--months", "2", "--until", "2026-11-01"); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("the same streams twice: %v", err)
	}
	s := startServer(t, file)
	if out := must("quality", "months"); !strings.Contains(out, "2026-09") || !strings.Contains(out, "2026-10") {
		t.Errorf("months:\n%s", out)
	}
	must("quality", "backup", filepath.Join(dir, "backup"))
	must("quality", "export", "--from", "2026-10-05", "--to", "2026-10-07", filepath.Join(dir, "streams.parquet"))
	if b, err := os.ReadFile(filepath.Join(dir, "streams.parquet")); err != nil || !bytes.HasPrefix(b, []byte("PAR1")) {
		t.Errorf("export: %v", err)
	}
	must("quality", "drop", "2026-09")
	if out := must("quality", "months"); strings.Contains(out, "2026-09") {
		t.Errorf("after the drop:\n%s", out)
	}
	must("quality", "expire")
	mine := filepath.Join(dir, "mine.json")
	if err := os.WriteFile(mine, []byte(`{"name":"mine","title":"Ours","media":[{"media":"audio","limits":[{"metric":"jitter","above":20}]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	must("quality", "classifier", "add", mine)
	if out := must("quality", "classifier", "list"); !strings.Contains(out, "mine") || !strings.Contains(out, "sdn3") {
		t.Errorf("classifiers:\n%s", out)
	}
	must("quality", "classifier", "remove", "mine")
	if _, err := parley("quality", "restore", filepath.Join(dir, "backup")); err == nil || !strings.Contains(err.Error(), "running") {
		t.Errorf("restore into a running server: %v", err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := parley("quality", "restore", filepath.Join(dir, "backup")); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("restore over an archive: %v", err)
	}
	file = writeConfig(t, "") // another, empty data folder
	must("quality", "restore", filepath.Join(dir, "backup"))
	if out := must("quality", "months"); !strings.Contains(out, "2026-09") || !strings.Contains(out, "2026-10") {
		t.Errorf("restored:\n%s", out)
	}
}

type commandError struct{ text string }

func (e *commandError) Error() string { return e.text }
