package portal

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestPageIsServedCompressed(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	b := s.browser(t)
	get := func(path string, edit func(*http.Request)) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		edit(req)
		res, err := b.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}

	packed := get("/CQD/", func(r *http.Request) { r.Header.Set("Accept-Encoding", "br, gzip;q=0.8") })
	if packed.Header.Get("Content-Encoding") != "gzip" || packed.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("headers of the page: %v", packed.Header)
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(z)
	if err != nil || !strings.Contains(string(page), "<title>") {
		t.Errorf("the page is not HTML (%v): %.60s", err, page)
	}

	plain := get("/CQD/", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip;q=0, identity") })
	body, err := io.ReadAll(plain.Body)
	if err != nil || string(body) != string(page) {
		t.Errorf("the page for a client without gzip differs (%v)", err)
	}

	etag := packed.Header.Get("ETag")
	cached := get("/CQD/", func(r *http.Request) {
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("If-None-Match", etag)
	})
	if etag == "" || cached.StatusCode != http.StatusNotModified {
		t.Errorf("page with ETag %q asked for again: status %d, want 304", etag, cached.StatusCode)
	}
	if res := get("/CQD/no-such.js", func(*http.Request) {}); res.StatusCode != http.StatusNotFound {
		t.Errorf("unknown file: status %d, want 404", res.StatusCode)
	}
}

func TestOldAddressesLeadToThePage(t *testing.T) {
	t.Parallel()
	b := newSite(t, Config{}).browser(t)
	for _, path := range []string{"/", "/CQD", "/cqd", "/cqd/"} {
		res := b.do("GET", path, nil, nil)
		if res.Header.Get("Location") != Path {
			t.Errorf("%s: status %d to %q, want a redirect to %s", path, res.StatusCode, res.Header.Get("Location"), Path)
		}
	}
}
