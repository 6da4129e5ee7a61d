package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var testName = regexp.MustCompile(`^Test[A-Z]\w+$`)

// trapProblems are the rows of docs/dev/traps.md without a test, or with one that is not there. has says whether a folder has a test.
func trapProblems(text string, has func(folder, test string) bool) (problems []string, rows int) {
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 2 || !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|--") || strings.TrimSpace(cells[0]) == "trap" {
			continue
		}
		rows++
		trap := strings.TrimSpace(cells[0])
		if len(cells) != 3 {
			problems = append(problems, trap+": the row needs three columns")
			continue
		}
		for test := range strings.SplitSeq(cells[2], ",") {
			f := strings.Fields(test)
			switch {
			case len(f) != 2 || !testName.MatchString(f[1]):
				problems = append(problems, trap+": "+strings.TrimSpace(test)+" is no folder and test")
			case !has(f[0], f[1]):
				problems = append(problems, trap+": "+f[0]+" has no "+f[1])
			}
		}
	}
	return problems, rows
}

func TestEveryTrapHasItsTest(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
	text, err := os.ReadFile(filepath.Join(root, "docs", "dev", "traps.md"))
	if err != nil {
		t.Fatal(err)
	}
	problems, rows := trapProblems(string(text), func(folder, test string) bool { return hasTest(t, root, folder, test) })
	for _, p := range problems {
		t.Error(p)
	}
	if rows < 25 {
		t.Errorf("%d traps are listed: rows are gone, or are not read", rows)
	}
}

func TestTrapProblems(t *testing.T) {
	t.Parallel()
	there := func(folder, test string) bool { return folder+" "+test == "internal/x TestIt" }
	for row, want := range map[string]int{
		"| a | b | internal/x TestIt |":                      0,
		"| a | b | internal/x TestIt, internal/x TestGone |": 1,
		"| a | b |  |":                1,
		"| a | b | internal/x |":      1,
		"| a | b |":                   1,
		"| trap | b | tests |":        0,
		"| a | b | internal/y TestIt": 1,
	} {
		if got, _ := trapProblems(row+"\n", there); len(got) != want {
			t.Errorf("%s: %q", row, got)
		}
	}
}
