package portal

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"parley/internal/event"
)

// TestBrowser drives a real browser through the built page against the real handlers. It needs Node with the packages of
// web/ installed and a Chromium, whose path PARLEY_BROWSER holds, as `make test` sets it.
func TestBrowser(t *testing.T) {
	browser := os.Getenv("PARLEY_BROWSER")
	if browser == "" {
		t.Skip("PARLEY_BROWSER is not set: make test-web runs this test")
	}
	s := newSite(t, Config{Version: "0.1.0", ChangeDelay: 20 * time.Millisecond})
	s.mux.HandleFunc("POST /test/call", func(w http.ResponseWriter, r *http.Request) {
		s.world.quality.add(sampleCall("c-live", 1, time.Now()))
		s.world.bus.Publish(event.CallEnded{CallID: "c-live"})
	})
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "node", "--test", "--test-reporter=spec", "test/browser/")
	cmd.Dir = "../../web"
	cmd.Env = append(os.Environ(), "PARLEY_URL="+s.URL, "PARLEY_PASSWORD="+password)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("browser tests: %v", err)
	}
}
