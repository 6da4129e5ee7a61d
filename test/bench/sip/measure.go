package main

import (
	"embed"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed scenarios
var scenarios embed.FS

// bench holds what all runs share.
type bench struct {
	dir     string
	workers int
	binary  string
	watched int // users besides alice and bob
}

func (b *bench) start(name string) (*server, error) {
	switch name {
	case "parley":
		return startParley(b.binary, b.dir, b.watched)
	case "kamailio":
		return startKamailio(b.dir, b.workers, b.watched > 0)
	}
	return nil, fmt.Errorf("unknown server %q", name)
}

// measure runs one operation against a fresh server.
func (b *bench) measure(name string, op operation, transport, mode string, seconds int) (result, error) {
	s, err := b.start(name)
	if err != nil {
		return result{}, err
	}
	defer s.stop()
	caller, err := freePort()
	if err != nil {
		return result{}, err
	}
	d := driver{bench: b, server: s.port[transport], transport: transport}
	if op.callee {
		callee, err := freePort()
		if err != nil {
			return result{}, err
		}
		answer := d.command(op.answer, callee, "bob", 0, "-aa")
		if err := answer.Start(); err != nil {
			return result{}, err
		}
		defer func() { answer.Process.Kill(); answer.Wait() }()
		if err := d.register("bob", callee); err != nil {
			return result{}, err
		}
		if transport == "udp" {
			if err := d.register("alice", caller); err != nil {
				return result{}, err
			}
		}
	}
	load := []string{"-m", strconv.Itoa(op.paced * seconds), "-r", strconv.Itoa(op.paced), "-l", "20000"}
	if mode == "closed" {
		load = []string{"-m", strconv.Itoa(op.count), "-r", "50000", "-l", strconv.Itoa(op.unders)}
	}
	stats := filepath.Join(b.dir, "stats.csv")
	os.Remove(stats)
	load = append(load, "-trace_stat", "-stf", stats, "-fd", "1")
	before, _, err := usage(s.cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	began := time.Now()
	// SIPp's exit status is that of its calls; failures are counted below.
	text, runErr := d.command(op.sipp, caller, "alice", caller, load...).CombinedOutput()
	r := result{took: time.Since(began)}
	after, memory, err := usage(s.cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	r.cpu, r.rss = after-before, memory
	if r.done, r.failed, err = outcome(stats); err != nil {
		return result{}, fmt.Errorf("%w (SIPp: %v)\n%s", err, runErr, tail(text))
	}
	return r, nil
}

func tail(text []byte) []byte { return text[max(0, len(text)-2000):] }

// driver runs SIPp against one port of the server.
type driver struct {
	*bench
	server    int
	transport string
}

// command makes a SIPp run of a scenario from a local port. user signs in; contact is the port that the scenario registers.
func (d *driver) command(scenario string, local int, user string, contact int, more ...string) *exec.Cmd {
	file := filepath.Join(d.dir, scenario)
	raw, err := scenarios.ReadFile("scenarios/" + scenario)
	if err == nil {
		err = os.WriteFile(file, raw, 0o600)
	}
	if err != nil {
		panic("BUG: scenario " + scenario + " is not embedded: " + err.Error())
	}
	mode := map[string]string{"udp": "u1", "tcp": "t1"}[d.transport]
	args := []string{
		fmt.Sprintf("127.0.0.1:%d", d.server), "-i", "127.0.0.1", "-p", strconv.Itoa(local), "-t", mode, "-sf", file,
		"-s", "bob", "-au", user, "-ap", password, "-key", "domain", domain, "-key", "user", user, "-key", "contact", strconv.Itoa(contact),
		"-nostdin", "-max_retrans", "6", "-recv_timeout", "8000", "-timeout_error", "-max_socket", "4096",
	}
	return exec.Command("sipp", append(args, more...)...)
}

// register signs a user in once, so that requests to and from the contact port are the user's.
func (d *driver) register(user string, contact int) error {
	local := contact
	if d.transport == "tcp" || user == "bob" {
		var err error
		if local, err = freePort(); err != nil {
			return err
		}
	}
	out, err := d.command("register.xml", local, user, contact, "-m", "1").CombinedOutput()
	if err != nil {
		return fmt.Errorf("register %s: %w\n%s", user, err, tail(out))
	}
	return nil
}

// outcome reads the last line of SIPp's statistics.
func outcome(file string) (done, failed int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		return 0, 0, fmt.Errorf("no statistics of SIPp: %v", err)
	}
	last := rows[len(rows)-1]
	for i, name := range rows[0] {
		if i >= len(last) {
			break
		}
		switch strings.TrimSpace(name) {
		case "SuccessfulCall(C)":
			done, _ = strconv.Atoi(last[i])
		case "FailedCall(C)":
			failed, _ = strconv.Atoi(last[i])
		}
	}
	return done, failed, nil
}
