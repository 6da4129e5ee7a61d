package peers

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// SIPpOptions says what SIPp plays. Debian's SIPp has no TLS.
type SIPpOptions struct {
	Scenario  string     // the XML document itself
	Rows      [][]string // field0, field1 ... of each call, taken in turn
	Server    string     // host:port; empty for a scenario that waits for calls
	Port      int        // of its own; 0: a free one
	Transport string     // udp (the default) or tcp, one socket for all calls
	Calls     int        // how many calls to make or to take; 0: one
	Rate      int        // calls a second; 0: ten
	Limit     int        // calls at a time; 0: SIPp's own rule
	Keys      map[string]string
	Files     map[string][]byte // that the scenario names
	Args      []string
}

// SIPp is a running scenario.
type SIPp struct {
	Address string // host:port that it listens on

	t       testing.TB
	process *process
	stat    string
}

// SIPpResult counts the calls of a scenario that has ended.
type SIPpResult struct {
	Successful, Failed, Retransmissions int
	Exit                                error // nil when every call succeeded
}

// StartSIPp starts a scenario; Wait waits for its end.
func StartSIPp(t testing.TB, o SIPpOptions) *SIPp {
	t.Helper()
	path := program(t, "sipp", "sip-tester")
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatalf("prepare sipp: %v", err)
		}
		return file
	}
	for name, content := range o.Files {
		write(name, string(content))
	}
	rate := o.Rate
	if rate <= 0 {
		rate = 10
	}
	if o.Port == 0 {
		o.Port = freePort(t)
	}
	port := strconv.Itoa(o.Port)
	s := &SIPp{Address: Host() + ":" + port, t: t, stat: filepath.Join(dir, "stat.csv")}
	args := []string{
		"-sf", write("scenario.xml", o.Scenario), "-i", Host(), "-p", port, "-m", strconv.Itoa(max(1, o.Calls)), "-r", strconv.Itoa(rate),
		"-nostdin", "-trace_stat", "-stf", s.stat, "-fd", "1", "-trace_err", "-error_file", filepath.Join(dir, "errors"), "-timeout_error",
	}
	if o.Transport == "tcp" {
		args = append(args, "-t", "t1")
	}
	if o.Limit > 0 {
		args = append(args, "-l", strconv.Itoa(o.Limit))
	}
	if len(o.Rows) > 0 {
		rows := []string{"SEQUENTIAL"}
		for _, row := range o.Rows {
			rows = append(rows, strings.Join(row, ";"))
		}
		args = append(args, "-inf", write("rows.csv", strings.Join(rows, "\n")+"\n"))
	}
	for name, value := range o.Keys {
		args = append(args, "-key", name, value)
	}
	args = append(args, o.Args...)
	if o.Server != "" {
		args = append(args, o.Server)
	}
	s.process = startProcess(t, launch{name: "sipp", path: path, args: args, dir: dir, env: []string{"TERM=dumb"}})
	t.Cleanup(func() {
		if t.Failed() {
			if text, err := os.ReadFile(filepath.Join(dir, "errors")); err == nil {
				t.Logf("errors of sipp:\n%s", text)
			}
		}
	})
	return s
}

// Wait waits until all calls are done and returns their counts.
func (s *SIPp) Wait(within time.Duration) SIPpResult {
	s.t.Helper()
	patience := time.NewTimer(within)
	defer patience.Stop()
	select {
	case <-s.process.done:
	case <-patience.C:
		s.t.Fatalf("sipp is not done within %v", within)
	}
	r := SIPpResult{Exit: s.process.err}
	file, err := os.Open(s.stat)
	if err != nil {
		s.t.Fatalf("read the counts of sipp: %v (%v)", err, s.process.ended())
	}
	defer file.Close()
	read := csv.NewReader(file)
	read.Comma, read.FieldsPerRecord = ';', -1
	rows, err := read.ReadAll()
	if err != nil || len(rows) < 2 {
		s.t.Fatalf("read the counts of sipp: %d rows, %v", len(rows), err)
	}
	last := rows[len(rows)-1]
	for i, name := range rows[0] {
		count := map[string]*int{"SuccessfulCall(C)": &r.Successful, "FailedCall(C)": &r.Failed, "Retransmissions(C)": &r.Retransmissions}[name]
		if count == nil || i >= len(last) {
			continue
		}
		if *count, err = strconv.Atoi(last[i]); err != nil {
			s.t.Fatalf("read the counts of sipp: %v", fmt.Errorf("%s: %w", name, err))
		}
	}
	return r
}

// RunSIPp plays a scenario to its end.
func RunSIPp(t testing.TB, o SIPpOptions, within time.Duration) SIPpResult {
	t.Helper()
	return StartSIPp(t, o).Wait(within)
}
