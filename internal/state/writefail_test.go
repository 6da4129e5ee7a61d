package state

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// limitedEnv makes the test binary the child of TestFailedWriteIsNotAcknowledged; its value is the data folder.
const limitedEnv = "PARLEY_TEST_LIMITED_DIR"

// TestFailedWriteIsNotAcknowledged runs a process whose files may not grow beyond 1 MiB, as on a disk that fills up between two writes: each
// append that was acknowledged must be there afterwards, and the others must have had an error.
func TestFailedWriteIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestAppendUnderLimit$", "-test.v", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), limitedEnv+"="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	var stored int
	_, rest, _ := strings.Cut(string(out), "stored:")
	if _, err := fmt.Sscan(rest, &stored); err != nil || stored == 0 {
		t.Fatalf("the child did not say how many records it stored: %v\n%s", err, out)
	}

	s := openStream(t, open(t, Config{Dir: dir}), "lines", StreamOptions{})
	if got := len(records(t, s, 0)); got < stored {
		t.Errorf("%d records after %d were acknowledged", got, stored)
	}
	appendRecord(t, s, "with room again, a restart is enough")
}

func TestAppendUnderLimit(t *testing.T) {
	dir := os.Getenv(limitedEnv)
	if dir == "" {
		t.Skip("runs as the child of TestFailedWriteIsNotAcknowledged")
	}
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	s := openStream(t, open(t, Config{Dir: dir}), "lines", StreamOptions{})
	for stored := range 100 {
		if _, err := s.Append(t.Context(), make([]byte, 100_000)); err != nil {
			t.Logf("stored: %d, then: %v", stored, err)
			if !errors.Is(err, ErrFailed) {
				t.Errorf("error %v, want ErrFailed", err)
			}
			if _, err := s.Append(t.Context(), []byte("x")); !errors.Is(err, ErrFailed) {
				t.Errorf("the next append: %v, want ErrFailed", err)
			}
			if err := s.store.Check(t.Context()); !errors.Is(err, ErrFailed) {
				t.Errorf("check: %v, want ErrFailed", err)
			}
			return
		}
	}
	t.Fatal("ten megabytes fitted into one")
}
