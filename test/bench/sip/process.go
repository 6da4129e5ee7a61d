package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc times: sysconf(_SC_CLK_TCK), 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// usage adds up CPU time and proportional memory of a process and all below it.
func usage(root int) (cpu time.Duration, memory int64, err error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, 0, err
	}
	parent, ticks := map[int]int{}, map[int]int{}
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		rest := string(raw[strings.LastIndexByte(string(raw), ')')+2:])
		f := strings.Fields(rest)
		parent[pid], _ = strconv.Atoi(f[1])
		user, _ := strconv.Atoi(f[11])
		system, _ := strconv.Atoi(f[12])
		ticks[pid] = user + system
	}
	if _, ok := ticks[root]; !ok {
		return 0, 0, fmt.Errorf("process %d has ended", root)
	}
	for pid := range ticks {
		for p := pid; p != 0; p = parent[p] {
			if p == root {
				cpu += time.Duration(ticks[pid]) * tick
				memory += proportional(pid)
				break
			}
		}
	}
	return cpu, memory, nil
}

// proportional is a process's share of memory (PSS) in bytes.
func proportional(pid int) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}
