package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley/internal/event"
	"parley/internal/portal/api"
	stored "parley/internal/quality/archive"
	"parley/internal/quality/ladder"
)

// world is the deployment that the tests' portal shows.
type world struct {
	quality  *archive
	people   []api.Person
	accounts map[string]Account
	failing  error // answer of every service when set
	bus      event.Bus
	memory   memory
	archive  *stored.Archive // answers queries in place of memory when set
}

const password = "correct horse"

func newWorld() *world {
	return &world{
		quality: sampleArchive(),
		people:  samplePeople(),
		accounts: map[string]Account{
			"admin@parley.test": {User: "admin@parley.test", DisplayName: "Ada Admin", Administrator: true},
			"alice@parley.test": {User: "alice@parley.test", DisplayName: "Alice Archer"},
			"bob@parley.test":   {User: "bob@parley.test", DisplayName: "Bob Brook"},
			"carol@parley.test": {User: "carol@parley.test", DisplayName: "Carol Castle"},
			"dave@parley.test":  {User: "dave@parley.test", DisplayName: "Dave Dune"},
		},
	}
}

func (w *world) CheckPassword(_ context.Context, user, given string) (Account, error) {
	if w.failing != nil {
		return Account{}, w.failing
	}
	a, ok := w.accounts[user]
	if !ok || given != password {
		return Account{}, ErrWrongPassword
	}
	return a, nil
}

func (w *world) Account(_ context.Context, user string) (Account, error) {
	a, ok := w.accounts[user]
	if !ok {
		return Account{}, ErrNoAccount
	}
	return a, nil
}

func (w *world) People(context.Context) ([]api.Person, error) { return w.people, w.failing }

func (w *world) Health(context.Context) (api.Health, error) { return sampleHealth(), w.failing }

func (w *world) Call(_ context.Context, id string) (ladder.Record, bool, error) {
	if id != "c-poor" {
		return ladder.Record{}, false, nil
	}
	call, err := w.quality.Call(context.Background(), id)
	return sampleRecord(call.Started), err == nil, err
}

// site is a portal on a TLS server, as a browser reaches it.
type site struct {
	*httptest.Server
	mux    *http.ServeMux
	portal *Portal
	world  *world
}

func newSite(t *testing.T, config Config) *site {
	t.Helper()
	return newSiteOf(t, newWorld(), config)
}

func newSiteOf(t *testing.T, w *world, config Config) *site {
	t.Helper()
	p, err := New(Deps{Passwords: w, Accounts: w, Quality: w.quality, Queries: w.queries(), Samples: w, Reports: newReports(), Permissions: newPermissions(), Record: w, People: w, Health: w, Bus: &w.bus}, config)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	p.Register(mux)
	srv := httptest.NewUnstartedServer(mux)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // a browser complains about the test's certificate
	srv.StartTLS()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = p.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done; srv.Close() })
	return &site{Server: srv, mux: mux, portal: p, world: w}
}

// browser is a client with its own cookies.
func (s *site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := *s.Client()
	c.Jar = jar
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t: t, site: s, client: &c}
}

type browser struct {
	t      *testing.T
	site   *site
	client *http.Client
	csrf   string
}

// do sends a request and decodes a JSON answer into out when it is not nil.
func (b *browser) do(method, path string, body any, out any, edit ...func(*http.Request)) *http.Response {
	b.t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.site.URL+path, in)
	if err != nil {
		b.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if b.csrf != "" {
		req.Header.Set("X-CSRF-Token", b.csrf)
	}
	for _, e := range edit {
		e(req)
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	if out != nil {
		if err := json.NewDecoder(res.Body).Decode(out); err != nil {
			b.t.Fatalf("%s %s: status %d, answer is not JSON: %v", method, path, res.StatusCode, err)
		}
	}
	return res
}

// signIn signs in with the right password.
func (b *browser) signIn(user string) api.Session {
	b.t.Helper()
	var s api.Session
	if res := b.do("POST", "/api/v1/session", api.Credentials{User: user, Password: password}, &s); res.StatusCode != http.StatusOK {
		b.t.Fatalf("sign-in of %s: status %d", user, res.StatusCode)
	}
	b.csrf = s.Csrf
	return s
}

func TestNewRefusesMissingDependencies(t *testing.T) {
	t.Parallel()
	if _, err := New(Deps{}, Config{}); err == nil {
		t.Error("New without services succeeded")
	}
}

func TestEveryOperationIsClosedToStrangers(t *testing.T) {
	t.Parallel()
	b := newSite(t, Config{}).browser(t)
	for _, op := range []string{
		"GET /session", "DELETE /session", "GET /quality/overview", "GET /quality/calls", "GET /quality/calls/x",
		"GET /people", "GET /health", "GET /events",
	} {
		method, path, _ := strings.Cut(op, " ")
		var p api.Problem
		if res := b.do(method, "/api/v1"+path, nil, &p); res.StatusCode != http.StatusUnauthorized || p.Title != "Not signed in" {
			t.Errorf("%s without session: status %d, problem %q", op, res.StatusCode, p.Title)
		}
	}
	var p api.Problem
	if res := b.do("GET", "/api/v1/no/such", nil, &p); res.StatusCode != http.StatusNotFound {
		t.Errorf("unknown operation: status %d, want 404", res.StatusCode)
	}
}

func TestOperationWithoutAccessIsClosedToAdministrators(t *testing.T) {
	t.Parallel()
	if allowed(api.Operation{}.Access, Account{Administrator: true}) {
		t.Error("an operation that states no access is open")
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	for _, c := range []struct {
		user, path string
		want       int
	}{
		{"admin@parley.test", "/health", http.StatusOK},
		{"alice@parley.test", "/health", http.StatusForbidden},
		{"alice@parley.test", "/people", http.StatusOK},
		{"alice@parley.test", "/quality/calls/c-poor", http.StatusOK},
		{"dave@parley.test", "/quality/calls/c-poor", http.StatusNotFound}, // a call of others
		{"admin@parley.test", "/quality/calls/no-such", http.StatusNotFound},
	} {
		b := s.browser(t)
		b.signIn(c.user)
		if res := b.do("GET", "/api/v1"+c.path, nil, nil); res.StatusCode != c.want {
			t.Errorf("%s asks %s: status %d, want %d", c.user, c.path, res.StatusCode, c.want)
		}
	}
}

func TestAnswersHaveSecureHeaders(t *testing.T) {
	t.Parallel()
	b := newSite(t, Config{}).browser(t)
	for _, path := range []string{"/CQD/", "/CQD", "/", "/api/v1/session"} {
		h := b.do("GET", path, nil, nil).Header
		for _, want := range [][2]string{
			{"X-Content-Type-Options", "nosniff"}, {"Strict-Transport-Security", "max-age=31536000"}, {"X-Frame-Options", "DENY"},
			{"Referrer-Policy", "no-referrer"}, {"Content-Security-Policy", contentPolicy},
		} {
			if got := h.Get(want[0]); got != want[1] {
				t.Errorf("%s: %s is %q, want %q", path, want[0], got, want[1])
			}
		}
	}
	if strings.Contains(contentPolicy, "unsafe") {
		t.Error("the content policy allows something unsafe")
	}
}

func TestServiceFailureIsToldWithItsReasonToAdministrators(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	admin, alice := s.browser(t), s.browser(t)
	admin.signIn("admin@parley.test")
	alice.signIn("alice@parley.test")
	s.world.failing = errors.New("disk full")
	for _, c := range []struct {
		b      *browser
		reason bool
	}{{admin, true}, {alice, false}} {
		var p api.Problem
		res := c.b.do("GET", "/api/v1/people", nil, &p)
		if res.StatusCode != http.StatusServiceUnavailable || strings.Contains(p.Detail, "disk full") != c.reason {
			t.Errorf("status %d, detail %q, reason wanted: %v", res.StatusCode, p.Detail, c.reason)
		}
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		body   string
	}{{nil, 200, "ok\n"}, {errors.New("secret reason"), 503, "not ready\n"}} {
		w := httptest.NewRecorder()
		Ready(func() error { return c.err }).ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
		if w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("ready error %v: %d %q, want %d %q", c.err, w.Code, w.Body, c.status, c.body)
		}
	}
}

// within fails the test when it takes longer than a slow machine needs.
func within(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s did not happen within 10 s", what)
	}
}
