// Command size prints the programs' sizes against their budgets and fails when one is over: size WITH-DUCKDB STATIC.
package main

import (
	"fmt"
	"os"
)

// Budgets in MiB. The static program's is a promise to its users; the other is mostly DuckDB and must not grow unnoticed.
var budgets = [...]struct {
	name string
	mib  float64
}{{"with DuckDB", 110}, {"static", 30}}

func main() {
	if len(os.Args) != len(budgets)+1 {
		fmt.Fprintln(os.Stderr, "usage: size WITH-DUCKDB STATIC")
		os.Exit(2)
	}
	status := 0
	for i, b := range budgets {
		info, err := os.Stat(os.Args[i+1])
		if err != nil {
			fmt.Fprintln(os.Stderr, "size:", err)
			os.Exit(1)
		}
		mib, verdict := float64(info.Size())/(1<<20), "good"
		if mib > b.mib {
			verdict, status = "OVER", 1
		}
		fmt.Printf("%-12s %6.1f MiB of %5.1f MiB  %s\n", b.name, mib, b.mib, verdict)
	}
	os.Exit(status)
}
