package app

import (
	"context"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/local"
)

// TestProbeThroughAServer signs two ends in, has one write to and call the other, and both report what they heard, all through a server on
// loopback.
func TestProbeThroughAServer(t *testing.T) {
	t.Parallel()
	setup, err := local.Prepare(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(setup.Config)
	if err != nil {
		t.Fatal(err)
	}
	anywhere := regexp.MustCompile(`(sip-tls|https|metrics) = \["[^"]*"\]`)
	if err := os.WriteFile(setup.Config, anywhere.ReplaceAll(text, []byte(`$1 = ["127.0.0.1:0"]`)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := addSamples(t.Context(), setup); err != nil {
		t.Fatal(err)
	}
	i := startServer(t, setup.Config)
	out := &syncBuffer{}
	p, err := newProbe(setup, i.ready["sip-tls"], time.Second, slog.New(slog.NewTextHandler(out, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Run(ctx)
	}()
	eventually(t, "the probe has called", func() bool {
		return strings.Contains(out.String(), `"probe call"`) || strings.Contains(out.String(), "WARN")
	})
	stop()
	<-done
	if err := i.stop(); err != nil {
		t.Error(err)
	}
	call := regexp.MustCompile(`msg="probe call".* packets=(\d\d+) lost=0`)
	if log := out.String(); !strings.Contains(log, `"probe message"`) || !call.MatchString(log) || strings.Contains(log, "WARN") || strings.Contains(log, "not taken") {
		t.Errorf("the probe's log:\n%s\nthe server's log:\n%s", log, i.log)
	}
	if log := i.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") {
		t.Errorf("the server's log:\n%s", log)
	}
}
