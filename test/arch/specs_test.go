package arch

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSpecificationIndex holds specs/index.tsv to what is there: packages and tests that it names exist.
func TestSpecificationIndex(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Dir(strings.TrimSpace(string(out)))
	raw, err := os.ReadFile(filepath.Join(root, "specs", "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	for i, line := range lines[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			t.Fatalf("line %d has %d columns, want 5", i+2, len(f))
		}
		word, _, _ := strings.Cut(f[2], ":")
		word, _, _ = strings.Cut(word, ",")
		if word != "yes" && word != "partial" && word != "no" {
			t.Errorf("line %d: status %q, want yes, partial or no", i+2, f[2])
		}
		if f[3] == "" {
			if word != "no" {
				t.Errorf("line %d: %s %s is done nowhere", i+2, f[0], f[1])
			}
			continue
		}
		files, _ := filepath.Glob(filepath.Join(root, f[3], "*_test.go"))
		if len(files) == 0 {
			t.Errorf("line %d: %s has no tests", i+2, f[3])
		}
		if f[4] == "" {
			continue
		}
		found := false
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || strings.Contains(string(text), "func "+f[4]+"(")
		}
		if !found {
			t.Errorf("line %d: %s has no %s", i+2, f[3], f[4])
		}
	}
}
