// Command relay measures what relaying a media packet costs: CPU seconds a million packets and loss, for Parley's relay and,
// where Debian's packages are installed, rtpengine in userspace and coturn, one after the other on the same machine under the
// same load: 172-byte RTP packets (G.711, 20 ms) in both directions of a number of streams, over loopback.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// server is a relay under test.
type server interface {
	// start runs it and has it relay between the ports of both sides of each stream.
	start(ctx context.Context, l *load) error
	pid() int
	stop()
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench relay:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	fs := flag.NewFlagSet("relay", flag.ContinueOnError)
	rates := fs.String("pps", "20000,80000", "packets a second to offer, both directions together")
	streams := fs.Int("streams", 40, "bidirectional streams")
	seconds := fs.Int("seconds", 5, "length of each measurement")
	names := fs.String("servers", "parley,rtpengine,coturn", "what to measure; what is not installed is left out")
	child := fs.Bool("child", false, "run Parley's relay for the measuring process (internal)")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *child {
		return serve(in, out)
	}
	fmt.Fprintf(out, "%-12s %10s %12s %10s %8s %9s %9s %8s\n", "relay", "offered/s", "relayed/s", "CPU s/M", "lost %", "delay p50", "delay p99", "RSS MiB")
	for _, rate := range strings.Split(*rates, ",") {
		pps, err := strconv.Atoi(strings.TrimSpace(rate))
		if err != nil || pps <= 0 {
			return fmt.Errorf("-pps %q is not a list of numbers", *rates)
		}
		for _, name := range strings.Split(*names, ",") {
			r, err := measure(name, *streams, pps, time.Duration(*seconds)*time.Second)
			if errors.Is(err, exec.ErrNotFound) {
				fmt.Fprintf(out, "%-12s not installed\n", name)
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			fmt.Fprintf(out, "%-12s %10d %12.0f %10.2f %8.3f %9s %9s %8.1f\n", name, pps, r.relayed, r.cpu, r.lost, r.p50, r.p99, r.rss)
		}
	}
	return nil
}

// result is one line of the table.
type result struct {
	relayed  float64 // packets a second
	cpu      float64 // seconds a million relayed packets
	lost     float64 // percent
	p50, p99 time.Duration
	rss      float64 // MiB, after the load
}

func measure(name string, streams, pps int, long time.Duration) (result, error) {
	var s server
	switch name {
	case "parley":
		s = new(parley)
	case "rtpengine":
		s = new(rtpengine)
	case "coturn":
		s = new(coturn)
	default:
		return result{}, fmt.Errorf("no such relay: %s", name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), long+time.Minute)
	defer cancel()
	l, err := newLoad(streams)
	if err != nil {
		return result{}, err
	}
	defer l.close()
	defer s.stop()
	if err := s.start(ctx, l); err != nil {
		return result{}, err
	}
	l.run(pps, 500*time.Millisecond) // addresses are learnt, caches warm
	before, err := cpuTime(s.pid())
	if err != nil {
		return result{}, err
	}
	l.reset()
	took := l.run(pps, long)
	after, err := cpuTime(s.pid())
	if err != nil {
		return result{}, err
	}
	r := result{relayed: float64(l.received) / took.Seconds(), rss: resident(s.pid())}
	if l.received > 0 {
		r.cpu = (after - before).Seconds() / float64(l.received) * 1e6
	}
	r.lost = 100 * float64(l.sent-min(l.received, l.sent)) / float64(max(l.sent, 1))
	r.p50, r.p99 = l.delay(50), l.delay(99)
	return r, nil
}
