package portal

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/portal/api"
)

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	b := newSite(t, Config{Version: "1.2.3"}).browser(t)
	var s api.Session
	res := b.do("POST", "/api/v1/session", api.Credentials{User: " admin@parley.test ", Password: password}, &s)
	if res.StatusCode != http.StatusOK || s.User != "admin@parley.test" || s.Role != api.RoleAdministrator || s.Version != "1.2.3" {
		t.Fatalf("sign-in: status %d, session %+v", res.StatusCode, s)
	}
	cookies := res.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies set, want 1", len(cookies))
	}
	c := cookies[0]
	if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie is not safe: %s", c)
	}
	var again api.Session
	if res := b.do("GET", "/api/v1/session", nil, &again); res.StatusCode != http.StatusOK || again.Csrf != s.Csrf {
		t.Errorf("session: status %d, CSRF token %q, want %q", res.StatusCode, again.Csrf, s.Csrf)
	}
	if res := b.do("DELETE", "/api/v1/session", nil, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("sign-out without CSRF token: status %d, want 403", res.StatusCode)
	}
	b.csrf = s.Csrf
	if res := b.do("DELETE", "/api/v1/session", nil, nil); res.StatusCode != http.StatusNoContent {
		t.Errorf("sign-out: status %d, want 204", res.StatusCode)
	}
	stolen := func(r *http.Request) { r.AddCookie(c) }
	if res := b.do("GET", "/api/v1/session", nil, nil, stolen); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("cookie of an ended session: status %d, want 401", res.StatusCode)
	}
}

func TestSignInRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	for name, c := range map[string]struct {
		body   any
		edit   func(*http.Request)
		status int
		detail string
	}{
		"wrong password":  {api.Credentials{User: "alice@parley.test", Password: "x"}, nil, 401, "wrong"},
		"unknown user":    {api.Credentials{User: "zoe@parley.test", Password: password}, nil, 401, "wrong"},
		"no user":         {api.Credentials{Password: "x"}, nil, 400, "enter your user name"},
		"no password":     {api.Credentials{User: "alice"}, nil, 400, "enter your password"},
		"long password":   {api.Credentials{User: "alice", Password: strings.Repeat("x", 1025)}, nil, 400, "too long"},
		"huge body":       {api.Credentials{User: "alice", Password: strings.Repeat("x", maxCredentials)}, nil, 400, "too large"},
		"unknown field":   {map[string]string{"user": "a", "password": "b", "otp": "1"}, nil, 400, "otp"},
		"not JSON":        {api.Credentials{User: "a", Password: "b"}, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 400, "application/json"},
		"from other site": {api.Credentials{User: "alice@parley.test", Password: password}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, ""},
	} {
		b := s.browser(t)
		var p api.Problem
		edit := c.edit
		if edit == nil {
			edit = func(*http.Request) {}
		}
		out := &p
		if name == "from other site" { // answered by net/http in plain text
			out = nil
		}
		var into any
		if out != nil {
			into = out
		}
		res := b.do("POST", "/api/v1/session", c.body, into, edit)
		if res.StatusCode != c.status || !strings.Contains(p.Detail, c.detail) || len(res.Cookies()) != 0 {
			t.Errorf("%s: status %d, detail %q, %d cookies; want %d with %q", name, res.StatusCode, p.Detail, len(res.Cookies()), c.status, c.detail)
		}
	}
}

func TestWrongPasswordAndUnknownUserAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	b := newSite(t, Config{}).browser(t)
	var wrong, unknown api.Problem
	b.do("POST", "/api/v1/session", api.Credentials{User: "alice@parley.test", Password: "x"}, &wrong)
	b.do("POST", "/api/v1/session", api.Credentials{User: "nobody@parley.test", Password: "x"}, &unknown)
	if wrong != unknown {
		t.Errorf("answers differ: %+v and %+v", wrong, unknown)
	}
}

func TestManyWrongPasswordsLock(t *testing.T) {
	t.Parallel()
	b := newSite(t, Config{}).browser(t)
	for i := range freeTries {
		if res := b.do("POST", "/api/v1/session", api.Credentials{User: "alice@parley.test", Password: "x"}, nil); res.StatusCode != http.StatusUnauthorized {
			t.Fatalf("try %d: status %d, want 401", i+1, res.StatusCode)
		}
	}
	var p api.Problem
	res := b.do("POST", "/api/v1/session", api.Credentials{User: "ALICE@parley.test", Password: password}, &p)
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" || p.RetryAfter == nil {
		t.Errorf("right password after %d wrong ones: status %d, Retry-After %q", freeTries, res.StatusCode, res.Header.Get("Retry-After"))
	}
	b.signIn("bob@parley.test") // others at the same address are not locked out
}

func TestDirectoryTroubleIsNotAWrongPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	b := s.browser(t)
	s.world.failing = errors.New("ldap: connection refused")
	for range freeTries + 2 {
		if res := b.do("POST", "/api/v1/session", api.Credentials{User: "alice@parley.test", Password: password}, nil); res.StatusCode != http.StatusServiceUnavailable {
			t.Fatalf("status %d, want 503", res.StatusCode)
		}
	}
	s.world.failing = &LockedError{For: 90 * time.Second}
	var p api.Problem
	if res := b.do("POST", "/api/v1/session", api.Credentials{User: "alice@parley.test", Password: password}, &p); res.StatusCode != 429 || !strings.Contains(p.Detail, "90 seconds") {
		t.Errorf("locked account: status %d, detail %q", res.StatusCode, p.Detail)
	}
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := newSessionStore(time.Hour, 12*time.Hour)
		s, secret := st.start(Account{User: "a"})
		for range 23 { // in use all the time
			time.Sleep(30 * time.Minute)
			if found, due := st.find(secret); found != s || !due {
				t.Fatalf("used session is gone or not due: %v, %v", found, due)
			}
			if _, due := st.find(secret); due {
				t.Fatal("account due for a second look at once")
			}
		}
		time.Sleep(30 * time.Minute)
		if found, _ := st.find(secret); found != nil {
			t.Error("session lives longer than 12 hours")
		}
		_, secret = st.start(Account{User: "a"})
		time.Sleep(time.Hour)
		if found, _ := st.find(secret); found != nil {
			t.Error("session unused for an hour still lives")
		}
		if len(st.sessions) != 0 {
			t.Errorf("%d sessions kept", len(st.sessions))
		}
	})
}

func TestSessionsOfOneUserAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := newSessionStore(time.Hour, time.Hour)
		first, _ := st.start(Account{User: "a"})
		other, _ := st.start(Account{User: "b"})
		for range maxUserSessions {
			time.Sleep(time.Second)
			st.start(Account{User: "a"})
		}
		select {
		case <-first.done:
		default:
			t.Error("the oldest session of the user is still alive")
		}
		select {
		case <-other.done:
			t.Error("another user's session was ended")
		default:
		}
		if got := len(st.sessions); got != maxUserSessions+1 {
			t.Errorf("%d sessions, want %d", got, maxUserSessions+1)
		}
	})
}

func TestRemovedUserIsSignedOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p, err := New(Deps{Passwords: w, Accounts: w, Quality: w.quality, Queries: w.queries(), Samples: w, Reports: newReports(), Permissions: newPermissions(), People: w, Health: w, Bus: &w.bus}, Config{})
		if err != nil {
			t.Fatal(err)
		}
		s, _ := p.sessions.start(w.accounts["alice@parley.test"])
		if !p.stillValid(t.Context(), s) {
			t.Error("an account that exists is refused")
		}
		w.accounts["alice@parley.test"] = Account{User: "alice@parley.test", Administrator: true}
		if p.stillValid(t.Context(), s) {
			t.Error("a session outlives a change of role")
		}
		delete(w.accounts, "alice@parley.test")
		if p.stillValid(t.Context(), s) {
			t.Error("a session outlives its account")
		}
	})
}
