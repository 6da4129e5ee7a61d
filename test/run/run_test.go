package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReportCountsAndShows(t *testing.T) {
	t.Parallel()
	const events = `{"Action":"run","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestGood","Output":"chatter\n"}
{"Action":"pass","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestAbsent","Output":"    x_test.go:7: no tshark\n"}
{"Action":"skip","Package":"a","Test":"TestAbsent"}
{"Action":"pass","Package":"a","Elapsed":0.5}
{"Action":"output","Package":"b","Test":"TestBad","Output":"got 1, want 2\n"}
{"Action":"fail","Package":"b","Test":"TestBad"}
{"Action":"fail","Package":"b","Elapsed":1}
{"ImportPath":"c","Action":"build-output","Output":"c/c.go:1: undefined: x\n"}
{"ImportPath":"c","Action":"build-fail"}
{"Action":"output","Package":"c","Output":"FAIL c [build failed]\n"}
{"Action":"fail","Package":"c","Elapsed":0}
{"Action":"pass","Package":"d","Test":"TestBeforeTheCrash"}
{"Action":"output","Package":"d","Output":"panic: test timed out\n"}
{"Action":"fail","Package":"d"}
{"Action":"skip","Package":"e"}
`
	var out bytes.Buffer
	got := report(strings.NewReader(events), &out)
	if want := (tally{passed: 2, failed: 3, skipped: 1}); got != want {
		t.Errorf("counted %v, want %v", got, want)
	}
	if want := "2 passed, 3 failed, 1 skipped"; got.String() != want {
		t.Errorf("closing line %q, want %q", got, want)
	}
	for _, want := range []string{"got 1, want 2", "undefined: x", "test timed out", "skip a TestAbsent: no tshark", "ok   a 0.5s: 1 passed, 0 failed, 1 skipped"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output without %q:\n%s", want, &out)
		}
	}
	if _, end, _ := strings.Cut(out.String(), "What failed:"); !strings.Contains(end, "FAIL b TestBad\ngot 1, want 2") || !strings.Contains(end, "FAIL d\npanic: test timed out") {
		t.Errorf("the end does not tell what failed:\n%s", &out)
	}
	if strings.Contains(out.String(), "chatter") {
		t.Error("the output of a test that passed is shown")
	}
}

func TestReasonsAreToldAgain(t *testing.T) {
	t.Parallel()
	logs := strings.Repeat("        level=DEBUG msg=chatter\n", 1000)
	got := reasons("=== RUN   TestHold\n    hold_test.go:27: no answer within 15s:\n        the last was 500\n" +
		"    process.go:103: output of parley:\n" + logs + "    hold_test.go:9: and more\n--- FAIL: TestHold (19.00s)\n")
	if want := "    hold_test.go:27: no answer within 15s:\n        the last was 500\n    hold_test.go:9: and more\n"; got != want {
		t.Errorf("reasons:\n%s", got)
	}
	if got := reasons("panic: boom\n\ngoroutine 1\n"); got != "panic: boom\n\ngoroutine 1\n" {
		t.Errorf("reasons of a crash: %q", got)
	}
	if got := strings.Count(reasons("    a_test.go:1: x\n"+logs), "\n"); got != maxReasonText {
		t.Errorf("%d lines of one complaint", got)
	}
}

func TestPageTally(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "result.json")
	if err := os.WriteFile(file, []byte(`{"numTotalTests":6,"numPassedTests":3,"numFailedTests":1,"numPendingTests":1,"numTodoTests":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := pageTally(file); err != nil || got != (tally{3, 1, 2}) {
		t.Errorf("tally %v, %v", got, err)
	}
	if _, err := pageTally(file + ".missing"); err == nil {
		t.Error("no error without a result")
	}
}

func TestFuzzTargets(t *testing.T) {
	t.Parallel()
	got := fuzzTargets("FuzzA\nFuzzB\nok  \tparley/x\t0.1s\nok  \tparley/y\t0.1s\nFuzzC\nok  \tparley/z\t0.1s\n")
	if want := []fuzzTarget{{"parley/x", "FuzzA"}, {"parley/x", "FuzzB"}, {"parley/z", "FuzzC"}}; !slices.Equal(got, want) {
		t.Errorf("targets %v, want %v", got, want)
	}
}
