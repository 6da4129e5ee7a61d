package peers

import (
	"bytes"
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Capture records the namespace's network traffic.
type Capture struct {
	File string // pcapng

	mark    string // what the packets say by which the capture is known to be up to date
	t       testing.TB
	process *process
}

// StartCapture starts to record every packet of the namespace.
func StartCapture(t testing.TB) *Capture {
	t.Helper()
	NeedNamespace(t)
	program(t, "tshark", "tshark")
	path := program(t, "dumpcap", "wireshark-common")
	c := &Capture{File: filepath.Join(t.TempDir(), "capture.pcapng"), mark: rand.Text(), t: t}
	lines := newTimeline[string]()
	c.process = startProcess(t, launch{name: "dumpcap", path: path, args: []string{"-i", "any", "-w", c.File}, line: lines.add, stop: c.interrupt})
	go func() {
		<-c.process.done
		lines.close(c.process.ended())
	}()
	lines.Wait(t, Patience, "start of the capture", func(line string) bool { return strings.HasPrefix(line, "File:") })
	c.catchUp("start")
	return c
}

// catchUp waits until all that was sent before is in the file: it sends a datagram that nobody reads until it is there.
func (c *Capture) catchUp(when string) {
	c.t.Helper()
	conn, err := net.Dial("udp", net.JoinHostPort(Address, "9"))
	if err != nil {
		c.t.Fatalf("mark the %s of the capture: %v", when, err)
	}
	defer conn.Close()
	mark := []byte(c.mark + when)
	Eventually(c.t, Patience, "the "+when+" of the capture is in its file", func() bool {
		_, _ = conn.Write(mark) // that nobody reads it is an error for the next one
		text, err := os.ReadFile(c.File)
		return err == nil && bytes.Contains(text, mark)
	})
}

func (c *Capture) interrupt() { _ = c.process.cmd.Process.Signal(syscall.SIGINT) }

// Fields stops the capture and returns, for each packet that the filter accepts, the values of the named fields
// separated by tabs. decodeAs is tshark's own form: "tcp.port==40611,sip".
func (c *Capture) Fields(filter string, decodeAs []string, fields ...string) []string {
	c.t.Helper()
	select {
	case <-c.process.done:
	default:
		c.catchUp("end")
		c.process.stop(c.interrupt)
	}
	args := []string{"-n", "-r", c.File, "-Y", filter, "-T", "fields"}
	for _, d := range decodeAs {
		args = append(args, "-d", d)
	}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	var complaint strings.Builder
	cmd := exec.Command("tshark", args...)
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("tshark: %v\n%s", err, complaint.String())
	}
	text := strings.TrimSuffix(string(out), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// CheckWellFormed stops the capture and fails the test for each packet among those that the filter accepts ("sip", "rtp",
// "stun && udp.srcport == 3478") which tshark calls malformed. It also fails when there is no such packet, since then
// nothing was checked.
func (c *Capture) CheckWellFormed(filter string, decodeAs ...string) {
	c.t.Helper()
	if len(c.Fields(filter, decodeAs, "frame.number")) == 0 {
		c.t.Errorf("the capture has no packet %s", filter)
	}
	for _, packet := range c.Fields("_ws.malformed && ("+filter+")", decodeAs, "frame.number", "_ws.col.Protocol", "_ws.col.Info") {
		c.t.Errorf("malformed packet: %s", packet)
	}
}
