package peers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// lineLimit is the longest output line that is read: a client that prints a whole SIP message as one JSON string
// stays below it.
const lineLimit = 1 << 20

// logLines is how many of the last output lines are shown when a test fails, and logLine how much of each. With PARLEY_TEST_SIP
// set, whole SIP messages are among them, and more is shown.
const (
	logLines = 120
	logLine  = 400
	sipLines = 4000
	sipLine  = 8000
)

// process is a running program whose output is read line by line.
type process struct {
	t     testing.TB
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	done  chan struct{} // closed once the program has ended and its output is read to the end
	err   error         // set before done is closed

	mu    sync.Mutex
	lines []string
}

// launch describes a program to start.
type launch struct {
	name string // for the log: "baresip bob"
	path string
	args []string
	env  []string // added to the test's own environment
	dir  string
	line func(line string) // called for each line, in order per stream
	logs *os.File          // a third stream to read: the reading end of a pipe whose writing end is file descriptor 3
	fd3  *os.File
	stop func() // asks the program to end; nil: SIGTERM
}

// startProcess starts the program and arranges that it is stopped at the end of the test and that its output is in
// the log of a failed test.
func startProcess(t testing.TB, l launch) *process {
	t.Helper()
	cmd := exec.Command(l.path, l.args...)
	cmd.Env = append(os.Environ(), l.env...)
	cmd.Dir = l.dir
	// A test binary that is killed must not leave its peers behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, errIn := cmd.StdinPipe()
	stdout, errOut := cmd.StdoutPipe()
	stderr, errErr := cmd.StderrPipe()
	if err := errors.Join(errIn, errOut, errErr); err != nil {
		t.Fatalf("start %s: %v", l.name, err)
	}
	if l.fd3 != nil {
		cmd.ExtraFiles = []*os.File{l.fd3}
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", l.name, err)
	}
	p := &process{t: t, name: l.name, cmd: cmd, stdin: stdin, done: make(chan struct{})}
	var readers sync.WaitGroup
	read := func(r io.Reader) {
		readers.Go(func() { p.read(r, l.line) })
	}
	read(stdout)
	read(stderr)
	if l.logs != nil {
		l.fd3.Close()
		read(l.logs)
	}
	go func() {
		readers.Wait()
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.stop(l.stop)
		if t.Failed() || os.Getenv("PARLEY_TEST_SIP") != "" {
			t.Logf("output of %s:\n%s", p.name, p.output())
		}
	})
	return p
}

func (p *process) read(r io.Reader, line func(string)) {
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, 64<<10), lineLimit)
	for scan.Scan() {
		text := scan.Text()
		p.mu.Lock()
		p.lines = append(p.lines, text)
		p.mu.Unlock()
		if line != nil {
			line(text)
		}
	}
}

// stopPatience is how long a program may take to end: one that is killed has not signed out, written its file or synced its data.
const stopPatience = 20 * time.Second

// stop asks the program to end, and kills it when it does not.
func (p *process) stop(ask func()) {
	select {
	case <-p.done:
		return
	default:
	}
	if ask != nil {
		ask()
	} else {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
	patience := time.NewTimer(stopPatience)
	defer patience.Stop()
	select {
	case <-p.done:
	case <-patience.C:
		p.t.Logf("%s does not end when asked to and is killed", p.name)
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// ended says how the program ended; call it after done is closed.
func (p *process) ended() error {
	if p.err != nil {
		return fmt.Errorf("%s ended: %w", p.name, p.err)
	}
	return fmt.Errorf("%s ended", p.name)
}

// output is the end of what the program said.
func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	most, width := logLines, logLine
	if os.Getenv("PARLEY_TEST_SIP") != "" {
		most, width = sipLines, sipLine
	}
	lines := p.lines
	var out []byte
	if skipped := len(lines) - most; skipped > 0 {
		out = fmt.Appendf(out, "(%d earlier lines left out)\n", skipped)
		lines = lines[skipped:]
	}
	for _, line := range lines {
		if len(line) > width {
			line = line[:width] + "..."
		}
		out = append(append(out, line...), '\n')
	}
	return string(out)
}

// program finds an installed program. A missing one skips the test on a developer's machine and fails it in CI,
// where the image must have every peer.
func program(t testing.TB, name, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	missing(t, fmt.Sprintf("%s is not installed (Debian package %s)", name, debianPackage))
	return ""
}

func missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s; in CI every peer must be there", reason)
	}
	t.Skip(reason)
}
