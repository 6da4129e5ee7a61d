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
// web/ installed and a Chromium: the one that PARLEY_BROWSER names, or one in the path.
func TestBrowser(t *testing.T) {
	browser := findBrowser()
	if _, err := os.Stat("../../web/node_modules/playwright-core"); err != nil || browser == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("no browser (%q) or no packages of the page (%v)", browser, err)
		}
		t.Skip("needs Chromium and the packages of web/, which make test installs")
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
	cmd.Env = append(os.Environ(), "PARLEY_BROWSER="+browser, "PARLEY_URL="+s.URL, "PARLEY_PASSWORD="+password)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("browser tests: %v", err)
	}
}

func findBrowser() string {
	if named := os.Getenv("PARLEY_BROWSER"); named != "" {
		return named
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
