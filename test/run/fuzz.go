package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// runFuzz runs every fuzz target for a time and returns the exit status.
func runFuzz(each string) int {
	out, err := exec.Command("go", "test", "-list", "^Fuzz", "./...").Output()
	if err != nil {
		fmt.Println("FAIL list fuzz targets:", err)
		return 1
	}
	status, ran := 0, 0
	for _, target := range fuzzTargets(string(out)) {
		cmd := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+target.name+"$", "-fuzztime", each, target.pkg)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		ran++
		if err := cmd.Run(); err != nil {
			fmt.Println("FAIL", target.pkg, target.name)
			status = 1
		}
	}
	fmt.Println(ran, "fuzz targets")
	return status
}

type fuzzTarget struct{ pkg, name string }

// fuzzTargets reads the output of `go test -list`: the names of a package, then "ok" and the package.
func fuzzTargets(list string) []fuzzTarget {
	var out []fuzzTarget
	var names []string
	for line := range strings.Lines(list) {
		f := strings.Fields(line)
		switch {
		case len(f) == 1 && strings.HasPrefix(f[0], "Fuzz"):
			names = append(names, f[0])
		case len(f) >= 2 && (f[0] == "ok" || f[0] == "?"):
			for _, n := range names {
				out = append(out, fuzzTarget{f[1], n})
			}
			names = nil
		}
	}
	return out
}
