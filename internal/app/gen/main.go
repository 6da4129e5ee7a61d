// Command gen writes the reference page of the metrics.
package main

import (
	"fmt"
	"os"

	"parley/internal/app"
	"parley/internal/metrics"
)

func main() {
	if err := os.WriteFile("../../docs/reference/metrics.md", metrics.Reference(app.MetricDocs()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
