package peers

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// driver builds the Lync-dialect client once for each version of its source and returns its path.
func driver(t testing.TB) string {
	t.Helper()
	source, ok := clientsDir()
	if !ok {
		missing(t, "the source of the Lync-dialect client is not there (set PARLEY_CLIENTS to the folder of purple-driver.c)")
	}
	if err := exec.Command("pkg-config", "--exists", "purple", "gstreamer-1.0", "glib-2.0", "libxml-2.0").Run(); err != nil {
		missing(t, "libpurple-dev, libgstreamer1.0-dev, libglib2.0-dev and libxml2-dev are not all installed")
	}
	if _, err := os.Stat("/usr/lib/purple-2/libsipe.so"); err != nil {
		missing(t, "pidgin-sipe is not installed")
	}
	path, err := buildDriver(source)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// clientsDir is PARLEY_CLIENTS, or the first ../shared/clients seen from this folder upwards.
func clientsDir() (string, bool) {
	if dir := os.Getenv("PARLEY_CLIENTS"); dir != "" {
		return dir, true
	}
	dir, err := os.Getwd()
	for err == nil {
		clients := filepath.Join(dir, "shared", "clients")
		if _, err := os.Stat(filepath.Join(clients, "purple-driver.c")); err == nil {
			return clients, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return "", false
}

func buildDriver(source string) (string, error) {
	code, err := os.ReadFile(filepath.Join(source, "purple-driver.c"))
	if err != nil {
		return "", fmt.Errorf("build the Lync-dialect client: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "parley-test-peers", fmt.Sprintf("%x", sha256.Sum256(code))[:16])
	built := filepath.Join(dir, "purple-driver")
	if _, err := os.Stat(built); err == nil {
		return built, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("build the Lync-dialect client: %w", err)
	}
	// Built aside and moved into place, since the tests of two packages may build at once.
	aside, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return "", fmt.Errorf("build the Lync-dialect client: %w", err)
	}
	defer os.RemoveAll(aside)
	if out, err := exec.Command("make", "-C", source, "OUT="+aside).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the Lync-dialect client: %w\n%s", err, out)
	}
	if err := os.Rename(filepath.Join(aside, "purple-driver"), built); err != nil {
		return "", fmt.Errorf("build the Lync-dialect client: %w", err)
	}
	return built, nil
}
