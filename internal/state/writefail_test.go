package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// limitedEnv makes the test binary the child of TestFailedWriteIsNotAcknowledged; its value is the data folder.
const limitedEnv = "PARLEY_TEST_LIMITED_DIR"

// TestFailedWriteIsNotAcknowledged runs a process whose files may not grow beyond 1 MiB, as on a disk that fills up between two writes: each
// append that was acknowledged must be there afterwards, and the others must have had an error.
func TestFailedWriteIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
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

func TestMain(m *testing.M) {
	if dir := os.Getenv(limitedEnv); dir != "" {
		if err := appendUnderLimit(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// appendUnderLimit is the child: it appends until that fails, and says how often it did not.
func appendUnderLimit(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	store, err := Open(ctx, Config{Dir: dir})
	if err != nil {
		return err
	}
	s, err := OpenStream(ctx, store, "lines", StreamOptions{})
	if err != nil {
		return err
	}
	stored := 0
	for err == nil {
		if stored == 100 {
			return errors.New("ten megabytes fitted into one")
		}
		if _, err = s.Append(ctx, make([]byte, 100_000)); err == nil {
			stored++
		}
	}
	fmt.Printf("stored: %d, then: %v\n", stored, err)
	if !errors.Is(err, ErrFailed) {
		return fmt.Errorf("error %w, want ErrFailed", err)
	}
	if _, err := s.Append(ctx, []byte("x")); !errors.Is(err, ErrFailed) {
		return fmt.Errorf("the next append: %w, want ErrFailed", err)
	}
	if err := store.Check(ctx); !errors.Is(err, ErrFailed) {
		return fmt.Errorf("check: %w, want ErrFailed", err)
	}
	return nil
}
