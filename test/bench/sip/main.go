// Command sip measures what SIP costs: CPU seconds of the server for 1,000 transactions, of Parley and of Kamailio (with
// its fast allocator) on this machine, one after the other, with SIPp driving both by the same scenarios.
//
//	go run ./test/bench/sip            # the whole table
//	go run ./test/bench/sip -op register,message -transport udp -mode closed
//
// Everything listens on loopback and ends by itself.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

// operation is one row of the table.
type operation struct {
	name   string
	paced  int // per second
	count  int // transactions in a closed loop
	unders int // in flight in a closed loop
	sipp   string
	answer string // scenario of the called side, "" for none
	callee bool
}

var operations = []operation{
	{name: "register", paced: 2000, count: 60000, unders: 64, sipp: "register.xml"},
	{name: "message", paced: 1500, count: 60000, unders: 64, sipp: "message.xml", answer: "message_answer.xml", callee: true},
	{name: "call", paced: 500, count: 20000, unders: 400, sipp: "call.xml", answer: "call_answer.xml", callee: true},
}

func main() {
	ops := flag.String("op", "register,message,call,notify", "operations, comma-separated")
	transports := flag.String("transport", "udp,tcp", "transports, comma-separated")
	modes := flag.String("mode", "paced,closed", "paced (fixed rate) or closed (saturation), comma-separated")
	servers := flag.String("server", "parley,kamailio", "servers, comma-separated")
	workers := flag.Int("workers", 1, "worker processes of Kamailio for each transport")
	seconds := flag.Int("seconds", 8, "duration of a paced run")
	binary := flag.String("parley", "", "parley binary; built when empty")
	flag.Parse()
	if err := run(*ops, *transports, *modes, *servers, *workers, *seconds, *binary); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ops, transports, modes, servers string, workers, seconds int, binary string) error {
	dir, err := os.MkdirTemp("", "sipbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir, workers: workers, binary: binary}
	if strings.Contains(servers, "parley") && binary == "" {
		if b.binary, err = buildParley(dir); err != nil {
			return err
		}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "operation\ttransport\tmode\tserver\tCPU s/1000\trate/s\tdone\tfailed\tRSS MiB")
	for _, op := range operations {
		if !listed(ops, op.name) {
			continue
		}
		for _, transport := range strings.Split(transports, ",") {
			for _, mode := range strings.Split(modes, ",") {
				for _, server := range strings.Split(servers, ",") {
					r, err := b.measure(server, op, transport, mode, seconds)
					if err != nil {
						return fmt.Errorf("%s %s %s on %s: %w", op.name, transport, mode, server, err)
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.4f\t%.0f\t%d\t%d\t%.1f\n", op.name, transport, mode, server,
						r.cpu.Seconds()/float64(max(r.done, 1))*1000, float64(r.done)/r.took.Seconds(), r.done, r.failed, float64(r.rss)/(1<<20))
					w.Flush()
				}
			}
		}
	}
	if !listed(ops, "notify") {
		return nil
	}
	for _, transport := range strings.Split(transports, ",") {
		for _, mode := range strings.Split(modes, ",") {
			for _, server := range strings.Split(servers, ",") {
				r, err := b.fanout(server, transport, mode, seconds)
				if err != nil {
					return fmt.Errorf("PUBLISH to NOTIFY over %s on %s: %w", transport, server, err)
				}
				fmt.Fprintf(w, "notify\t%s\t%s\t%s\t%.4f\t%.0f\t%d\t%d\t%.1f\n", transport, mode, server,
					r.cpu.Seconds()/float64(max(r.done, 1))*1000, float64(r.done)/r.took.Seconds(), r.done, r.failed, float64(r.rss)/(1<<20))
				w.Flush()
			}
		}
	}
	return nil
}

func listed(list, name string) bool {
	for _, item := range strings.Split(list, ",") {
		if item == name {
			return true
		}
	}
	return false
}

// result is what one run gave.
type result struct {
	cpu          time.Duration
	took         time.Duration
	done, failed int
	rss          int64 // bytes, at the end
}
