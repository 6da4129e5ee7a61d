// Command gen writes the reference page of the command line.
package main

import (
	"fmt"
	"os"

	"parley/internal/cli"
)

func main() {
	if err := os.WriteFile("../../docs/reference/cli.md", cli.Reference(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
