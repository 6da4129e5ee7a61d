package arch

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Folders that hold nothing that is generated from a source of truth, or nothing of the project.
var left = map[string]bool{".git": true, "bin": true, "run": true, "node_modules": true, "testdata": true}

// TestGeneratedIsCurrent makes everything anew that `make gen` makes, in a copy, and compares: code and pages are what their sources say.
func TestGeneratedIsCurrent(t *testing.T) {
	root, copied := moduleRoot(t), t.TempDir()
	before := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && left[d.Name()] {
			return filepath.SkipDir
		}
		name, err := filepath.Rel(root, path)
		if err != nil || d.IsDir() || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		before[name] = text
		to := filepath.Join(copied, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	targets := []string{"gen-go"}
	modules := filepath.Join(root, "web", "node_modules")
	if _, err := os.Stat(modules); err == nil {
		if err := os.Symlink(modules, filepath.Join(copied, "web", "node_modules")); err != nil {
			t.Fatal(err)
		}
		targets = append(targets, "gen-web")
	}
	cmd := exec.Command("make", append([]string{"--no-print-directory", "-o", "web/node_modules"}, targets...)...)
	cmd.Dir = copied
	// Without paths in what is built the copy shares the build cache with the program.
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath -buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v\n%s", strings.Join(targets, " "), err, out)
	}
	for name, old := range before {
		now, err := os.ReadFile(filepath.Join(copied, name))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(old, now) {
			t.Errorf("%s is not what its source says: run make gen", name)
		}
	}
}
