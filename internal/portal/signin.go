package portal

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"parley/internal/portal/api"
)

const (
	// maxCredentials bounds the body of a sign-in, in bytes.
	maxCredentials = 8 << 10
	// maxPasswordChecks is how many passwords are checked at a time: each costs CPU by intent.
	maxPasswordChecks = 4
)

// SignIn implements api.Server.
func (p *Portal) SignIn(w http.ResponseWriter, r *http.Request) {
	given, err := readCredentials(w, r)
	if err != nil {
		writeProblem(w, api.Problem{Status: http.StatusBadRequest, Title: "Bad request", Detail: err.Error()})
		return
	}
	source := sourceOf(r)
	name := strings.ToLower(given.User)
	if wait := p.throttle.begin(name, source); wait > 0 {
		p.log.Warn("portal sign-in refused: too many wrong passwords", slog.String("user", name), slog.Any("remote", source), slog.Duration("wait", wait))
		writeLocked(w, wait)
		return
	}
	account, err := p.checkPassword(r, given)
	var locked *LockedError
	switch {
	case err == nil:
	case errors.Is(err, ErrWrongPassword):
		p.log.Warn("portal sign-in failed", slog.String("user", name), slog.Any("remote", source))
		writeProblem(w, api.Problem{Status: http.StatusUnauthorized, Title: "Not signed in",
			Detail: "The user name or the password is wrong."})
		return
	case errors.As(err, &locked):
		writeLocked(w, locked.For)
		return
	default:
		p.throttle.undecided(name, source)
		p.log.Error("portal cannot check a password", slog.String("user", name), slog.Any("error", err))
		writeProblem(w, api.Problem{Status: http.StatusServiceUnavailable, Title: "Not available",
			Detail: "The server cannot check passwords at present. Try again, and tell an administrator if it stays so: its log says why."})
		return
	}
	p.throttle.succeeded(name, source)
	s, secret := p.sessions.start(account)
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: secret, Path: "/", MaxAge: int(p.config.SessionTime.Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	p.log.Info("portal sign-in", slog.String("user", account.User), slog.Bool("administrator", account.Administrator), slog.Any("remote", source))
	writeJSON(w, http.StatusOK, p.describe(s))
}

func (p *Portal) checkPassword(r *http.Request, given api.Credentials) (Account, error) {
	select {
	case p.checks <- struct{}{}:
	case <-r.Context().Done():
		return Account{}, fmt.Errorf("wait for other sign-ins: %w", r.Context().Err())
	}
	defer func() { <-p.checks }()
	return p.deps.Passwords.CheckPassword(r.Context(), given.User, given.Password)
}

func readCredentials(w http.ResponseWriter, r *http.Request) (api.Credentials, error) {
	var given api.Credentials
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return given, errors.New("the body has to be application/json")
	}
	if err := readJSON(w, r, maxCredentials, &given); err != nil {
		return given, fmt.Errorf("read user and password: %w", err)
	}
	given.User = strings.TrimSpace(given.User)
	switch {
	case given.User == "":
		return given, errors.New("enter your user name")
	case given.Password == "":
		return given, errors.New("enter your password")
	case len(given.User) > 254 || len(given.Password) > 1024:
		return given, errors.New("the user name or the password is too long")
	}
	return given, nil
}

func writeLocked(w http.ResponseWriter, wait time.Duration) {
	seconds := int(math.Ceil(wait.Seconds()))
	unit := "seconds"
	if seconds == 1 {
		unit = "second"
	}
	writeProblem(w, api.Problem{Status: http.StatusTooManyRequests, Title: "Too many tries", RetryAfter: &seconds,
		Detail: fmt.Sprintf("Too many wrong passwords were tried. Try again in %d %s.", seconds, unit)})
}

// GetSession implements api.Server.
func (p *Portal) GetSession(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, p.describe(sessionOf(r)))
}

// SignOut implements api.Server.
func (p *Portal) SignOut(w http.ResponseWriter, r *http.Request) {
	p.sessions.end(sessionOf(r))
	clearCookie(w)
	w.WriteHeader(http.StatusNoContent)
}

func (p *Portal) describe(s *session) api.Session {
	role := api.RoleUser
	if s.account.Administrator {
		role = api.RoleAdministrator
	}
	return api.Session{
		User: s.account.User, DisplayName: s.account.DisplayName, Role: role,
		Csrf: s.csrf, Expires: p.sessions.expires(s).UTC(), Version: p.config.Version,
		Rights: rightNames(p.deps.Permissions.Of(s.account.User, s.account.Administrator)),
	}
}

func clearCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// sourceOf is the address that a request came from; the zero address when it is none.
func sourceOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr()
}
