package portal

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"parley/internal/event"
	stored "parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/generate"
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
	w := newWorld()
	w.archive = generated(t)
	s := newSiteOf(t, w, Config{Version: "0.1.0", ChangeDelay: 20 * time.Millisecond})
	s.mux.HandleFunc("POST /test/call", func(w http.ResponseWriter, r *http.Request) {
		s.world.quality.add(sampleCall("c-live", 1, time.Now()))
		s.world.bus.Publish(event.CallEnded{CallID: "c-live"})
	})
	ctx, stop := context.WithTimeout(t.Context(), 8*time.Minute)
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

// generated is an archive with the streams of a company that does not exist, for the reports.
func generated(t *testing.T) *stored.Archive {
	t.Helper()
	a := archivetest.Open(t, stored.Config{Engine: stored.EngineDuckDB, Threads: 1})
	now := time.Now()
	g, err := generate.New(generate.Config{Streams: 4000, Seed: 2, From: now.AddDate(0, 0, -20), Until: now})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range g.Months() {
		if err := a.Load(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	return a
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
