// Command gen writes the Go table and the reference page of the diagnostics from registry.toml.
package main

import (
	"fmt"
	"os"
)

// outputs are the generated files, relative to internal/diag.
const (
	source    = "registry.toml"
	goTable   = "registry_gen.go"
	reference = "../../docs/reference/diagnostics.md"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	data, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	rows, err := load(data)
	if err != nil {
		return err
	}
	code, err := renderGo(rows)
	if err != nil {
		return err
	}
	if err := os.WriteFile(goTable, code, 0o644); err != nil {
		return err
	}
	return os.WriteFile(reference, renderMarkdown(rows), 0o644)
}
