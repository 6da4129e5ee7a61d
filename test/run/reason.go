package main

import (
	"regexp"
	"strings"
)

// Bounds of what is told again about a failed test.
const (
	maxReasons    = 8  // complaints of a test
	maxReasonText = 12 // lines of one complaint
)

// complaint matches the first line of what a test says: "    hold_test.go:27: no answer".
var complaint = regexp.MustCompile(`^\s+\w+\.go:\d+: `)

// reasons picks what a test itself said out of its output, so that logs of the programs that it ran do not bury it: the lines of
// its own files and what follows them, or the end of the output when there is none, as after a crash.
func reasons(output string) string {
	var out, tail []string
	blocks, left := 0, 0
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "---") || strings.HasPrefix(line, "=== "):
			left = 0
			continue
		case complaint.MatchString(line):
			left = 0
			if strings.Contains(line, "_test.go:") && blocks < maxReasons {
				blocks, left = blocks+1, maxReasonText
			}
		}
		if left > 0 {
			out, left = append(out, line), left-1
		}
		tail = append(tail, line)
	}
	if out == nil {
		out = tail[max(0, len(tail)-maxReasonText):]
	}
	if len(out) == 0 {
		return ""
	}
	return strings.Join(out, "\n") + "\n"
}
