// Command quality measures the quality archive on this machine: how long a bulk
// load of generated streams takes, their size on disk, and the process's memory.
//
//	go run ./test/bench/quality [-streams 5000000] [-dir FOLDER]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/generate"
)

func main() {
	streams := flag.Int("streams", 5_000_000, "how many streams")
	dir := flag.String("dir", "", "folder for the archive; default is a temporary one")
	flag.Parse()
	if err := run(context.Background(), *streams, *dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, streams int, dir string) error {
	if dir == "" {
		tmp, err := os.MkdirTemp("", "parley-bench")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(tmp) }() // a temporary folder
		dir = tmp
	}
	a, err := archive.Open(ctx, archive.Config{Engine: archive.EngineDuckDB, Path: filepath.Join(dir, "quality.duckdb")})
	if err != nil {
		return err
	}
	started := time.Now()
	g, err := generate.New(generate.Config{Streams: streams, Seed: 1, From: time.Date(2026, 4, 22, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		return err
	}
	for _, m := range g.Months() {
		t := time.Now()
		if err := a.Load(ctx, m); err != nil {
			return err
		}
		fmt.Printf("%d loaded in %s\n", m.Month, time.Since(t).Round(time.Millisecond))
	}
	took := time.Since(started)
	fmt.Printf("%d streams in %.1f s, %.0f a second, %.1f s CPU\n", streams, took.Seconds(), float64(streams)/took.Seconds(), cpu().Seconds())
	report("after the load")
	if err := a.Close(); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	total := int64(0)
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return err
		}
		total += info.Size()
		fmt.Printf("%s %d\n", filepath.Base(f), info.Size())
	}
	fmt.Printf("%.1f bytes a stream on disk\n", float64(total)/float64(streams))
	return nil
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// report prints the process's memory.
func report(when string) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return
	}
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "VmHWM") || strings.HasPrefix(line, "VmRSS") {
			fmt.Println(when, strings.Join(strings.Fields(line), " "))
		}
	}
}
