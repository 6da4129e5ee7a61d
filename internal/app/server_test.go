package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/config"
	"parley/internal/metrics"
	"parley/internal/state"
)

// syncBuffer is a log that is read while it is written.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// instance is a server that runs in this process.
type instance struct {
	ready map[string]string
	log   *syncBuffer
	stop  func() error // ends it and waits
}

// startServer serves a configuration and waits for its ready line.
func startServer(t *testing.T, file string) *instance {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	i := &instance{log: &syncBuffer{}}
	done := make(chan error, 1)
	go func() {
		err := Serve(ctx, file, w, i.log)
		w.CloseWithError(err)
		done <- err
	}()
	i.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := i.stop(); err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(r).ReadBytes('\n')
	if err != nil {
		t.Fatalf("ready line: %v\n%s", err, i.log)
	}
	var ready struct{ Ready map[string]string }
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatalf("ready line %q: %v", line, err)
	}
	i.ready = ready.Ready
	return i
}

// writeConfig makes a configuration in a folder of its own, with more lines at its end.
func writeConfig(t *testing.T, more string) (file string) {
	t.Helper()
	dir := t.TempDir()
	writeCertificate(t, dir)
	file = filepath.Join(dir, "parley.toml")
	rewriteConfig(t, file, more)
	return file
}

func rewriteConfig(t *testing.T, file, more string) {
	t.Helper()
	text := "domains = [\"parley.test\"]\nname = \"sip.parley.test\"\n[listen]\nsip-tls = [\"127.0.0.1:0\"]\nhttps = [\"127.0.0.1:0\"]\nmetrics = [\"127.0.0.1:0\", \"127.0.0.1:0\"]\n" +
		"[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n[store]\npath = \"data\"\n" + more
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v", url, res.StatusCode, err)
	}
	return string(body)
}

func TestServeIsReadyAndStops(t *testing.T) {
	t.Parallel()
	i := startServer(t, writeConfig(t, ""))
	for _, name := range []string{"metrics", "metrics-2"} {
		if body := get(t, "http://"+i.ready[name]+"/metrics"); !strings.Contains(body, "parley_server_build_info{") {
			t.Errorf("%s: no build info in\n%s", name, body)
		}
	}
	if err := i.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, err := http.Get("http://" + i.ready["metrics"] + "/metrics"); err == nil {
		t.Error("a listener is open after the stop")
	}
}

func TestSecondServerOnTheSameDataIsRefused(t *testing.T) {
	t.Parallel()
	file := writeConfig(t, "")
	startServer(t, file)
	err := Serve(t.Context(), file, io.Discard, io.Discard)
	if !errors.Is(err, state.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
		t.Errorf("second server: %v", err)
	}
}

func TestServeTellsAWrongConfiguration(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ more, want string }{
		"unknown key":    {"[log]\nlevle = \"info\"\n", `did you mean "log.level"?`},
		"missing keytab": {"[auth]\nschemes = [\"kerberos\"]\nkerberos-keytab = \"no.keytab\"\n", "no.keytab: no such file"},
	} {
		err := Serve(t.Context(), writeConfig(t, tt.more), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestServeTellsATakenPort(t *testing.T) {
	t.Parallel()
	taken := startServer(t, writeConfig(t, "")).ready["metrics"]
	file := writeConfig(t, "")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte("127.0.0.1:0\"]\n[tls]"), []byte(taken+"\"]\n[tls]"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	err = Serve(t.Context(), file, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "listen.metrics") || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("error %v, want one with the key and the reason", err)
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	file := writeConfig(t, "")
	cfg, err := load(file)
	if err != nil {
		t.Fatal(err)
	}
	out := &syncBuffer{}
	s := newServer(file, cfg, out)
	if err := s.openCertificate(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := s.certs.current.Load()

	rewriteConfig(t, file, "[log]\nlevel = \"debug\"\n")
	writeCertificate(t, filepath.Dir(file))
	s.reload()
	if s.cfg.Log.Level != "debug" || !s.log.Enabled(t.Context(), -4) {
		t.Errorf("the level was not taken over:\n%s", out)
	}
	if s.certs.current.Load() == before {
		t.Error("the renewed certificate was not taken over")
	}

	rewriteConfig(t, file, "[log]\nlevel = \"error\"\n[media]\nrelay = \"between-dialects\"\n")
	s.reload()
	if s.cfg.Log.Level != "debug" || !strings.Contains(out.String(), "need a restart") || !strings.Contains(out.String(), "keys=media.relay") {
		t.Errorf("level %s after a refused reload:\n%s", s.cfg.Log.Level, out)
	}

	rewriteConfig(t, file, "[log]\nlevel = \"loud\"\n")
	s.reload()
	if s.cfg.Log.Level != "debug" || !strings.Contains(out.String(), "has errors") {
		t.Errorf("level %s after a wrong file:\n%s", s.cfg.Log.Level, out)
	}
}

func TestAPartThatEndsStopsTheServer(t *testing.T) {
	t.Parallel()
	s := newServer("", &config.Config{}, io.Discard)
	errBroken := errors.New("broken")
	var order []string
	s.onStop(func() error { order = append(order, "first opened"); return nil })
	s.onStop(func() error { order = append(order, "last opened"); return nil })
	s.task("a part", func(context.Context) error { return errBroken })
	select {
	case err := <-s.failed:
		if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "a part ended") {
			t.Errorf("error %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nobody was told")
	}
	if err := s.stop(); err != nil || strings.Join(order, ", ") != "last opened, first opened" {
		t.Errorf("stop: %v, order %q", err, order)
	}
}

func TestMetricsReferenceIsCurrent(t *testing.T) {
	t.Parallel()
	want := metrics.Reference(MetricDocs())
	if got, err := os.ReadFile("../../docs/reference/metrics.md"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/reference/metrics.md is not current (%v): run go generate ./internal/app", err)
	}
}
