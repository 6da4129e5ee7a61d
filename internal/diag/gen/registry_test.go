package main

import (
	"os"
	"strings"
	"testing"
)

func TestGeneratedFilesAreCurrent(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../" + source)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := load(data)
	if err != nil {
		t.Fatal(err)
	}
	code, err := renderGo(rows)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]byte{"../" + goTable: code, "../" + reference: renderMarkdown(rows)} {
		if got, err := os.ReadFile(path); err != nil || string(got) != string(want) {
			t.Errorf("%s is not what registry.toml gives (%v): run go generate ./internal/diag", path, err)
		}
	}
}

func TestLoadRefusesBadRows(t *testing.T) {
	t.Parallel()
	const good = "[[diagnostic]]\nid = 5\nname = \"Good\"\narea = \"im\"\nsip = 480\npublic = \"Told.\"\nhelp = \"Do it.\"\n"
	if _, err := load([]byte(good)); err != nil {
		t.Fatalf("a good row: %v", err)
	}
	tests := []struct{ name, old, new, want string }{
		{"success status", "480", "200", "no failure status"},
		{"quote in text", "Told.", `Told \"it\".`, "without quotes"},
		{"no sentence", "Told.", "told", "one sentence"},
		{"lower-case name", "Good", "good", "Go name"},
		{"no help", "Do it.", "", "must not be empty"},
		{"unknown key", "help", "hlep", "unknown key"},
		{"number used twice", good, good + strings.Replace(good, "Good", "Other", 1), "is that of Good"},
		{"name used twice", good, good + strings.Replace(good, "5", "6", 1), "name is taken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := load([]byte(strings.Replace(good, tt.old, tt.new, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}
