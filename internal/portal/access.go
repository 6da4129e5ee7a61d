package portal

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"parley/internal/portal/api"
)

// cookieName has the prefix by which a browser holds it to be Secure, for the whole host and for this host only.
const cookieName = "__Host-parley-session"

type sessionKey struct{}

// sessionOf is the session of a request that passed guard, nil for an operation open to anyone.
func sessionOf(r *http.Request) *session {
	s, _ := r.Context().Value(sessionKey{}).(*session)
	return s
}

// guard lets a request through when its session has the role that the operation asks for. What states no access is
// refused to everybody.
func (p *Portal) guard(op api.Operation, next http.HandlerFunc) http.HandlerFunc {
	if op.Access == api.AccessAnyone {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		s, ok := p.authenticate(w, r)
		if !ok {
			return
		}
		if !allowed(op.Access, s.account) {
			writeProblem(w, api.Problem{Status: http.StatusForbidden, Title: "Not allowed",
				Detail: "This is for administrators. Ask one to make " + s.account.User + " an administrator."})
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !s.csrfMatches(r.Header.Get("X-CSRF-Token")) {
			writeProblem(w, api.Problem{Status: http.StatusForbidden, Title: "Not allowed",
				Detail: "The request has no X-CSRF-Token of this session. Reload the page and try again."})
			return
		}
		next(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, s)))
	}
}

func allowed(access api.Access, account Account) bool {
	switch access {
	case api.AccessUser:
		return true
	case api.AccessAdministrator:
		return account.Administrator
	default:
		return false
	}
}

// authenticate finds the request's session, or answers the request and returns false.
func (p *Portal) authenticate(w http.ResponseWriter, r *http.Request) (*session, bool) {
	signIn := api.Problem{Status: http.StatusUnauthorized, Title: "Not signed in", Detail: "Sign in first."}
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		writeProblem(w, signIn)
		return nil, false
	}
	s, due := p.sessions.find(cookie.Value)
	if s == nil {
		signIn.Detail = "Your session has ended. Sign in again."
		clearCookie(w)
		writeProblem(w, signIn)
		return nil, false
	}
	if due && !p.stillValid(r.Context(), s) {
		p.sessions.end(s)
		clearCookie(w)
		signIn.Detail = "Your account has changed. Sign in again."
		writeProblem(w, signIn)
		return nil, false
	}
	return s, true
}

// stillValid asks whether the account exists with the role that it signed in with. A directory that cannot be reached
// does not end sessions: they end by themselves.
func (p *Portal) stillValid(ctx context.Context, s *session) bool {
	now, err := p.deps.Accounts.Account(ctx, s.account.User)
	switch {
	case errors.Is(err, ErrNoAccount):
		return false
	case err != nil:
		p.log.Warn("portal cannot look up a signed-in account", slog.String("user", s.account.User), slog.Any("error", err))
		return true
	}
	return now.Administrator == s.account.Administrator
}
