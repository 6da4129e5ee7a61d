package docs

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestExamples runs every page, each on a machine of its own. On those for administrators a server runs, with alice as administrator.
func TestExamples(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "parley")
	if out, err := exec.Command("go", "build", "-o", binary, "parley/cmd/parley").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	pages := []string{"README.md"}
	for _, folder := range []string{"start", "admin", "interop"} {
		found, err := filepath.Glob(filepath.Join("..", "..", "docs", folder, "*.md"))
		if err != nil || len(found) == 0 {
			t.Fatalf("pages of %s: %v, %v", folder, found, err)
		}
		for _, file := range found {
			pages = append(pages, filepath.Join("docs", folder, filepath.Base(file)))
		}
	}
	for _, page := range pages {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			list, err := blocks(read(t, filepath.Join("..", "..", page)))
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				return
			}
			s := newSite(t, binary)
			if !strings.HasPrefix(page, "docs/start") && page != "README.md" {
				s.write("etc/parley/parley.toml", s.merge("", true, false), 0o600)
				s.run("parley user add alice@contoso.example --administrator")
				s.serve("parley serve")
			}
			for _, b := range list {
				s.example(page, b)
			}
		})
	}
}

// example tests one block.
func (s *site) example(page string, b block) {
	s.t.Helper()
	switch b.language {
	case "console":
		list, err := steps(b.text)
		if err != nil {
			s.t.Errorf("%s:%d: %v", page, b.line, err)
		}
		for _, step := range list {
			var got string
			if strings.HasSuffix(step.command, "parley serve") || strings.Contains(step.command, "parley serve ") {
				got = s.serve(step.command)
			} else {
				got = s.run(step.command)
			}
			if !matches(step.output, got) {
				s.t.Errorf("%s:%d: %s\nprints\n%s\nbut the page shows\n%s", page, b.line, step.command, got, step.output)
			}
		}
	case "toml":
		s.write("home/part.toml", s.merge(s.here(b.text), false, false), 0o600)
		if got := s.run("bin/parley config check --config none part.toml"); got != "part.toml: good\n" {
			s.t.Errorf("%s:%d: %s", page, b.line, got)
		}
	case "sh":
		s.shell(page, b)
	}
}

// shell tests a block of commands without output.
func (s *site) shell(page string, b block) {
	s.t.Helper()
	check := exec.Command("sh", "-n")
	check.Stdin = strings.NewReader(b.text)
	if out, err := check.CombinedOutput(); err != nil {
		s.t.Errorf("%s:%d: %v: %s", page, b.line, err, out)
	}
	for line := range strings.Lines(b.text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "make":
			dry := exec.Command("make", append([]string{"-C", "../..", "-n"}, words[1:]...)...)
			if out, err := dry.CombinedOutput(); err != nil {
				s.t.Errorf("%s:%d: %s: %v\n%s", page, b.line, line, err, out)
			}
		case words[0] == "parley" && len(words) > 1:
			if got := s.run(strings.Join(words[:2], " ") + " --help"); strings.Contains(got, "unknown command") {
				s.t.Errorf("%s:%d: %s: %s", page, b.line, line, got)
			}
		}
	}
}
