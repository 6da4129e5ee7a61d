package portal

import (
	"context"
	"errors"
	"net/http"

	"parley/internal/portal/api"
	"parley/internal/quality/permission"
	"parley/internal/quality/query"
)

// Permissions says who may do what with quality data.
type Permissions interface {
	Of(user string, administrator bool) permission.Rights
	List() []permission.Named
	Put(ctx context.Context, user string, g permission.Grant) error
	Delete(ctx context.Context, user string) error
}

// rightsOf is what a signed-in user may do with quality data, as it is now: a session does not keep it.
func (p *Portal) rightsOf(r *http.Request) permission.Rights {
	s := sessionOf(r)
	if s == nil {
		return permission.Rights{}
	}
	return p.deps.Permissions.Of(s.account.User, s.account.Administrator)
}

// accessOf is what a signed-in user may see of call quality.
func (p *Portal) accessOf(r *http.Request) query.Access { return p.rightsOf(r) }

// rightNames lists rights as the session tells them.
func rightNames(rights permission.Rights) []string {
	names := []string{}
	for _, r := range []struct {
		has  bool
		role permission.Role
	}{{rights.Personal, permission.Personal}, {rights.Author, permission.Author}, {rights.Mapping, permission.Mapping}, {rights.Administrator, permission.Administrator}} {
		if r.has {
			names = append(names, string(r.role))
		}
	}
	return names
}

// administers lets a request of an administrator of the dashboard through, and answers any other.
func (p *Portal) administers(w http.ResponseWriter, r *http.Request) bool {
	if p.rightsOf(r).Administrator {
		return true
	}
	writeProblem(w, api.Problem{Status: http.StatusForbidden, Title: "Not allowed", Detail: "This is for administrators of the dashboard."})
	return false
}

// ListPermissions implements api.Server.
func (p *Portal) ListPermissions(w http.ResponseWriter, r *http.Request) {
	if !p.administers(w, r) {
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"permissions": p.deps.Permissions.List()})
}

// PutPermission implements api.Server.
func (p *Portal) PutPermission(w http.ResponseWriter, r *http.Request, user string) {
	if !p.administers(w, r) {
		return
	}
	var g permission.Named
	if err := readJSON(w, r, maxQuery, &g); err != nil {
		p.answerPermission(w, r, &permission.Invalid{Field: "grant", Text: err.Error()})
		return
	}
	p.answerPermission(w, r, p.deps.Permissions.Put(r.Context(), user, g.Grant))
}

// DeletePermission implements api.Server.
func (p *Portal) DeletePermission(w http.ResponseWriter, r *http.Request, user string) {
	if !p.administers(w, r) {
		return
	}
	p.answerPermission(w, r, p.deps.Permissions.Delete(r.Context(), user))
}

func (p *Portal) answerPermission(w http.ResponseWriter, r *http.Request, err error) {
	var invalid *permission.Invalid
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.As(err, &invalid):
		writeProblem(w, api.Problem{Status: http.StatusBadRequest, Title: "Bad grant", Detail: sentence(invalid), Path: &invalid.Field})
	case errors.Is(err, permission.ErrNoGrant):
		writeProblem(w, api.Problem{Status: http.StatusNotFound, Title: "No such grant", Detail: sentence(err)})
	default:
		p.fail(w, r, "the permissions", err)
	}
}
