// Command run is the test runner: it runs the Go tests and those of the page, shows what failed, and ends with one line that counts them all. Its
// exit status is not zero when a test failed, did not build, or did not end.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	fuzz := flag.String("fuzz", "", "instead run every fuzz target for so long, such as 10s")
	flag.Parse()
	if *fuzz != "" {
		os.Exit(runFuzz(*fuzz))
	}
	var total tally
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"./..."}
		total.add(runPage("web"))
	}
	total.add(runGo(packages))
	fmt.Println(total)
	if total.failed > 0 {
		os.Exit(1)
	}
}

// tally counts tests.
type tally struct{ passed, failed, skipped int }

func (t *tally) add(o tally) {
	t.passed += o.passed
	t.failed += o.failed
	t.skipped += o.skipped
}

// String is the closing line.
func (t tally) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.passed, t.failed, t.skipped)
}
