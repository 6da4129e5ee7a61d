package arch

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// moduleRoot is the folder of go.mod.
func moduleRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(strings.TrimSpace(string(out)))
}

// testFiles are the files with tests of a folder.
func testFiles(root, folder string) []string {
	files, _ := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	return files
}

// hasTest says whether a folder has a test of that name.
func hasTest(t *testing.T, root, folder, name string) bool {
	t.Helper()
	for _, file := range testFiles(root, folder) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "func "+name+"(") {
			return true
		}
	}
	return false
}
