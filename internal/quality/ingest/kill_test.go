package ingest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/state"
	"parley/internal/wire/qoe"
	"parley/internal/wire/sip"
)

// childFolder in the environment makes the test binary a process to be killed.
const childFolder = "PARLEY_TEST_INGEST_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// onDisk opens a service on a folder, as the server does.
func onDisk(ctx context.Context, dir string, a *archive.Archive) (*Service, *state.Store, error) {
	store, err := state.Open(ctx, state.Config{Dir: filepath.Join(dir, "state")})
	if err != nil {
		return nil, nil, err
	}
	journal, err := state.OpenStream(ctx, store, "quality", state.StreamOptions{})
	if err != nil {
		return nil, nil, err
	}
	s, err := New(ctx, Config{Journal: journal, Archive: a, Batch: 50})
	return s, store, err
}

// child accepts reports without an end and prints the number of each that it
// has acknowledged.
func child(dir string) error {
	ctx := context.Background()
	a, err := archive.Open(ctx, archive.Config{Engine: archive.EngineDuckDB, Path: filepath.Join(dir, "quality.duckdb"), Threads: 1})
	if err != nil {
		return err
	}
	s, _, err := onDisk(ctx, dir, a)
	if err != nil {
		return err
	}
	go func() { fmt.Fprintln(os.Stderr, s.Run(ctx)) }()
	first, err := strconv.Atoi(os.Getenv(childFolder + "_FIRST"))
	if err != nil {
		return err
	}
	window := make(chan struct{}, 20)
	for n := first; ; n++ {
		window <- struct{}{}
		m := sip.NewRequest("SERVICE", "sip:parley.test")
		m.Set("From", "<sip:alice@parley.test>;tag=1")
		m.SetBody(qoe.ReportType, report(func(r *qoe.Report) {
			r.Dialog.CallID, r.Dialog.Start, r.Dialog.End = fmt.Sprint("call-", n), time.Now().Add(-time.Minute), time.Now()
		}))
		s.Service(Request{Message: m, User: "alice@parley.test", Refuse: func(err error) { fmt.Fprintln(os.Stderr, err) },
			Reply: func(code int, _ string, _ func(*sip.Message)) {
				fmt.Println(code, n)
				<-window
			}})
	}
}

// Whenever the process is killed, whatever it had acknowledged is in the archive
// after the next start, once.
func TestKilledAtAnyPointNothingAcknowledgedIsLost(t *testing.T) {
	archivetest.Open(t, archive.Config{Engine: archive.EngineDuckDB}) // skips in the build without it
	dir := t.TempDir()
	acknowledged, last := map[int]bool{}, 0
	for round, after := range []int{1, 30, 75, 200, 333} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childFolder+"="+dir, fmt.Sprintf("%s_FIRST=%d", childFolder, last+1000))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); {
			code, number, _ := strings.Cut(lines.Text(), " ")
			id, err := strconv.Atoi(number)
			if err != nil || code != "202" {
				continue // cut off by the kill
			}
			acknowledged[id], last = true, max(last, id)
			if n++; n == after {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // it was killed
		if len(acknowledged) == 0 {
			t.Fatalf("round %d: nothing was acknowledged", round)
		}
	}

	a := archivetest.Open(t, archive.Config{Engine: archive.EngineDuckDB, Path: filepath.Join(dir, "quality.duckdb"), Threads: 2})
	s, store, err := onDisk(t.Context(), dir, a)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	w := &world{Service: s, t: t, archive: a, now: time.Now()}
	stored := make(chan error, 1)
	s.Call(CallRecord{ID: "last", Started: time.Now(), Ended: time.Now()}, func(err error) { stored <- err }) // to be waited for
	if err := <-stored; err != nil {
		t.Fatal(err)
	}
	w.settleAll()
	streams := map[string]int{}
	err = a.Query(t.Context(), fmt.Sprintf("SELECT l.call_id, count(*) FROM %s l JOIN %s s ON l.leg_key = s.leg_key GROUP BY l.call_id", a.From("legs"), a.From("streams")), func(row []any) error {
		streams[row[0].(string)] = int(row[1].(int64))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id := range acknowledged {
		if n := streams[fmt.Sprint("call-", id)]; n != 2 {
			t.Errorf("report %d was acknowledged and has %d streams", id, n)
		}
	}
	for id, n := range streams {
		if n != 2 {
			t.Errorf("%s has %d streams", id, n)
		}
	}
	t.Logf("%d reports acknowledged over five kills, %d in the archive", len(acknowledged), len(streams))
}
