package docs

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced example of a page.
type block struct {
	line     int // of the fence
	language string
	text     string
}

var fence = regexp.MustCompile("^( *)```([a-z]*)$")

// blocks are the examples of a page. An example that is not fenced, or in a language that nothing is done with, is an error: it would never be
// tested.
func blocks(page string) (found []block, err error) {
	var open *block
	indent, blank := "", false
	for i, line := range strings.Split(page, "\n") {
		m := fence.FindStringSubmatch(line)
		switch {
		case m != nil && open == nil:
			if !known[m[2]] {
				return nil, fmt.Errorf("line %d: an example in %q: use console, toml, sh, ini or text", i+1, m[2])
			}
			indent, open = m[1], &block{line: i + 1, language: m[2]}
		case m != nil && m[2] == "":
			found, open = append(found, *open), nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		case blank && strings.HasPrefix(line, "    "):
			return nil, fmt.Errorf("line %d: an example without a fence", i+1)
		}
		blank = strings.TrimSpace(line) == ""
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the fence is not closed", open.line)
	}
	return found, nil
}

var known = map[string]bool{"console": true, "toml": true, "sh": true, "ini": true, "text": true}

// step is a command of a console block with the output that the page shows.
type step struct{ command, output string }

func steps(text string) (list []step, err error) {
	for line := range strings.Lines(text) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			list = append(list, step{command: strings.TrimSpace(command)})
			continue
		}
		if len(list) == 0 {
			return nil, fmt.Errorf("output before the first command: %q", line)
		}
		last := &list[len(list)-1]
		if strings.HasSuffix(last.command, "\\") {
			last.command = strings.TrimSuffix(last.command, "\\") + strings.TrimSpace(line)
			continue
		}
		last.output += line
	}
	return list, nil
}

// matches says whether output is what a page shows, "..." standing for anything.
func matches(shown, output string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(shown)), `\.\.\.`, `(?s:.*)`)
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(strings.TrimSpace(output))
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	got, err := blocks("1. x\n\n   ```console\n   $ a\n   b\n   ```\n\n```toml\nx = 1\n```\n")
	if err != nil || len(got) != 2 || got[0] != (block{3, "console", "$ a\nb\n"}) || got[1] != (block{8, "toml", "x = 1\n"}) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"x\n\n    make run\n", "```bash\nx\n```\n", "```sh\nx\n", "```\nx\n```\n"} {
		if got, err := blocks(bad); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

func TestStepsAndMatches(t *testing.T) {
	t.Parallel()
	list, err := steps("$ a \\\n  b\n$ c\nx\ny\n")
	if err != nil || len(list) != 2 || list[0] != (step{"a b", ""}) || list[1] != (step{"c", "x\ny\n"}) {
		t.Errorf("%q, %v", list, err)
	}
	for shown, output := range map[string]string{"a...c": "a\nb c\n", "(x)": "(x)\n", "": "\n"} {
		if !matches(shown, output) {
			t.Errorf("%q does not match %q", shown, output)
		}
	}
	for shown, output := range map[string]string{"a": "ab", "a...": "ba", "": "x"} {
		if matches(shown, output) {
			t.Errorf("%q matches %q", shown, output)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
