package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// testEvent is a line of `go test -json` (see `go doc test2json`).
type testEvent struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
	Elapsed    float64
}

// runGo runs the tests of packages.
func runGo(packages []string) tally {
	args := append([]string{"test", "-json", "-timeout", "20m"}, packages...)
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Println("FAIL go test:", err)
		return tally{failed: 1}
	}
	t := report(out, os.Stdout)
	if err := cmd.Wait(); err != nil && t.failed == 0 {
		fmt.Println("FAIL go test:", err)
		t.failed++
	}
	return t
}

// report reads the events of a run, shows a line for each package and the output of what failed, and counts the tests.
func report(events io.Reader, out io.Writer) tally {
	r := reporter{out: out, tests: map[string]*tally{}, output: map[string]*strings.Builder{}}
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e testEvent
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(out, lines.Text()) // not from a test
			continue
		}
		r.take(e)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(out, "FAIL read the test run:", err)
		r.total.failed++
	}
	r.close()
	return r.total
}

type reporter struct {
	out    io.Writer
	total  tally
	failed []string                    // what failed, and why
	tests  map[string]*tally           // by package
	output map[string]*strings.Builder // by package and test, until it is known to be of interest
}

func (r *reporter) take(e testEvent) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		if r.output[key] == nil {
			r.output[key] = &strings.Builder{}
		}
		r.output[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.packageEnd(e)
		} else {
			r.testEnd(e)
		}
		delete(r.output, key)
	}
}

func (r *reporter) testEnd(e testEvent) {
	t := r.tests[e.Package]
	if t == nil {
		t = &tally{}
		r.tests[e.Package] = t
	}
	switch e.Action {
	case "pass":
		t.passed++
	case "skip":
		t.skipped++
		fmt.Fprintf(r.out, "skip %s %s%s", e.Package, e.Test, reason(r.text(e)))
	case "fail":
		t.failed++
		fmt.Fprintf(r.out, "FAIL %s %s\n%s", e.Package, e.Test, r.text(e))
		r.failed = append(r.failed, fmt.Sprintf("FAIL %s %s\n%s", e.Package, e.Test, reasons(r.text(e))))
	}
}

// close tells at the end once more what failed: that is where people look, and logs are often cut before it.
func (r *reporter) close() {
	if len(r.failed) > 0 {
		fmt.Fprintf(r.out, "\nWhat failed:\n%s\n", strings.Join(r.failed, ""))
	}
}

func (r *reporter) packageEnd(e testEvent) {
	t := r.tests[e.Package]
	if t == nil {
		t = &tally{}
	}
	if e.Action == "fail" && t.failed == 0 {
		// Did not build, crashed, ran out of time or left TestMain early: whatever its tests said does not count.
		t.failed = 1
		fmt.Fprintf(r.out, "FAIL %s\n%s", e.Package, r.text(e))
		r.failed = append(r.failed, fmt.Sprintf("FAIL %s\n%s", e.Package, reasons(r.text(e))))
	}
	if e.Action != "skip" { // "skip" is a package without tests
		fmt.Fprintf(r.out, "%s %s %.1fs: %s\n", strings.Replace(strings.ToUpper(e.Action), "PASS", "ok  ", 1), e.Package, e.Elapsed, t)
	}
	r.total.add(*t)
}

func (r *reporter) text(e testEvent) string {
	if b := r.output[e.Package+" "+e.Test]; b != nil {
		return b.String()
	}
	return ""
}

// reason finds the line in which a skipped test says why.
func reason(output string) string {
	for line := range strings.Lines(output) {
		if _, why, ok := strings.Cut(line, "_test.go:"); ok {
			if _, why, ok = strings.Cut(why, ": "); ok {
				return ": " + why
			}
		}
	}
	return "\n"
}
