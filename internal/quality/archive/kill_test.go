package archive_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
)

// killDir is set in the process that writes until it is killed.
const killDir = "PARLEY_TEST_KILL_DIR"

// writeForever writes calls of two months from the archive's cursor on and tells
// each that is acknowledged.
func writeForever(t *testing.T, dir string) {
	a, err := archive.Open(t.Context(), archive.Config{Engine: archive.EngineDuckDB, Path: filepath.Join(dir, "quality.duckdb"), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.Cursor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := int64(c) + 1; ; n++ {
		r := sample(n)
		r.Calls[0].Caller = fmt.Sprintf("user%d@parley.test", n)
		r.Streams[1].Started = r.Streams[1].Started.AddDate(0, -1, 0)
		if err := a.Write(t.Context(), &archive.Batch{Put: r, Cursor: uint64(n)}); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("acknowledged %d\n", n)
	}
}

// A process that is killed at any moment has lost nothing that it acknowledged,
// and the archive opens again.
func TestKilledWriterLosesNothing(t *testing.T) {
	if dir := os.Getenv(killDir); dir != "" {
		writeForever(t, dir)
	}
	archivetest.Open(t, archive.Config{Engine: archive.EngineDuckDB}) // skips in the build without it
	dir := t.TempDir()
	last := int64(0)
	for round := range 5 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledWriterLosesNothing$")
		cmd.Env = append(os.Environ(), killDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		var killer *time.Timer
		for acknowledged := 0; lines.Scan(); acknowledged++ {
			n, err := strconv.ParseInt(lines.Text()[len("acknowledged "):], 10, 64)
			if err != nil {
				t.Fatalf("the writer said %q", lines.Text())
			}
			last = n
			if acknowledged == 5 { // somewhere in the next writes
				killer = time.AfterFunc(time.Duration(3+7*round)*time.Millisecond, func() { _ = cmd.Process.Kill() })
			}
		}
		if killer == nil {
			t.Fatalf("the writer ended after %d", last)
		}
		_ = cmd.Wait() // killed
		a, err := archive.Open(t.Context(), archive.Config{Engine: archive.EngineDuckDB, Path: filepath.Join(dir, "quality.duckdb"), Threads: 2})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if c, err := a.Cursor(t.Context()); err != nil || int64(c) < last {
			t.Errorf("round %d: cursor %d %v, %d was acknowledged", round, c, err, last)
		}
		for n := int64(1); n <= last; n++ {
			got := load(t, a, 10*n)
			if len(got.Streams) != 2 || len(got.Measurements) != 3 || len(got.Calls) != 1 || got.Calls[0].Caller != fmt.Sprintf("user%d@parley.test", n) {
				t.Fatalf("round %d: call %d of %d is not whole: %d streams, calls %+v", round, n, last, len(got.Streams), got.Calls)
			}
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
