// Command gen writes the reference page of the configuration.
package main

import (
	"fmt"
	"os"

	"parley/internal/config"
)

func main() {
	if err := os.WriteFile("../../docs/reference/config.md", config.Reference(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
