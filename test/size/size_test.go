package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// idleBudget is what the static program may have resident when nobody is signed in, in KiB.
const idleBudget = 40 << 10

// TestStaticProgram holds the static program to its promises: no dynamic loader, its size, its idle memory.
func TestStaticProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := filepath.Join(dir, "parley")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "parley/cmd/parley")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	if mib := float64(info.Size()) / (1 << 20); mib > budgets[1].mib {
		t.Errorf("the static program has %.1f MiB, at most %.0f are promised", mib, budgets[1].mib)
	}
	if out, err := exec.Command("ldd", program).CombinedOutput(); err == nil {
		t.Errorf("the static program wants libraries:\n%s", out)
	}
	if got := idleMemory(t, program, dir); got > idleBudget {
		t.Errorf("%d KiB resident when idle, at most %d are promised", got, idleBudget)
	} else {
		t.Logf("%d KiB resident when idle", got)
	}
}

// idleMemory starts the server and reads the memory that it has after its start has settled, in KiB.
func idleMemory(t *testing.T, program, dir string) (kib int) {
	t.Helper()
	file := filepath.Join(dir, "parley.toml")
	const text = "domains = [\"parley.test\"]\n[listen]\nsip-udp = [\"127.0.0.1:0\"]\nsip-tcp = [\"127.0.0.1:0\"]\nsip-tls = []\nhttps = []\nmetrics = [\"127.0.0.1:0\"]\n" +
		"[store]\npath = \"data\"\n[quality]\narchive = \"off\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(program, "serve", "--config", file)
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Errorf("ready line: %v", err)
	}
	// The worst of the first seconds counts: the garbage of the start is the most that an idle server has.
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for range 10 {
		<-tick.C
		kib = max(kib, resident(t, server.Process.Pid))
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("stop: %v", err)
	}
	return kib
}

func resident(t *testing.T, pid int) (kib int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib
}
