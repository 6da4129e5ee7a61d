package arch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSpecificationIndex holds specs/index.tsv to what is there: packages and tests that it names exist.
func TestSpecificationIndex(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
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
		if len(testFiles(root, f[3])) == 0 {
			t.Errorf("line %d: %s has no tests", i+2, f[3])
		}
		if f[4] != "" && !hasTest(t, root, f[3], f[4]) {
			t.Errorf("line %d: %s has no %s", i+2, f[3], f[4])
		}
	}
}
