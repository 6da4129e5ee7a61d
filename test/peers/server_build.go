package peers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// buildServer builds cmd/parley into a new folder and returns the folder.
func buildServer() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "parley-test-build-"); err != nil {
		return "", fmt.Errorf("build the server: %w", err)
	}
	out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "parley"), "parley/cmd/parley").CombinedOutput()
	if err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("build the server: %w\n%s", err, out)
	}
	return dir, nil
}

// serverBinary is PARLEY_BINARY, the binary that Main built, or one built for this test.
func serverBinary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("PARLEY_BINARY"); path != "" {
		return path
	}
	if dir := os.Getenv(envBuild); dir != "" {
		return filepath.Join(dir, "parley")
	}
	dir, err := buildServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "parley")
}
