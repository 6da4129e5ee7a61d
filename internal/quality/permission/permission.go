// Package permission says who may do what in the quality dashboard. Everybody
// who is signed in reads aggregates without personal data; a grant to a user,
// or to everybody, adds roles, the groups that reports are shared with, and the
// rows that a user is confined to.
package permission

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"parley/internal/quality/model"
	"parley/internal/quality/query"
)

// Role is something that a user may do beside reading aggregates.
type Role string

// The roles.
const (
	// Personal reads addresses, machines and the like.
	Personal Role = "personal"
	// Author makes reports, and shares and publishes them.
	Author Role = "author"
	// Mapping edits buildings, networks and access points.
	Mapping Role = "mapping"
	// Administrator does everything here. Administrators of the server have
	// this role without a grant.
	Administrator Role = "administrator"
)

// Everybody is the name of the grant to all who are signed in.
const Everybody = "*"

// Bounds of a grant.
const (
	maxGroups = 100
	maxName   = 200
)

// Grant is what a user is given beside the right of everybody.
type Grant struct {
	Roles []Role `json:"roles"`
	// Groups are the names by which reports are shared with the user.
	Groups []string `json:"groups"`
	// Scope is a filter, as in a query, that confines the user to rows; empty
	// for all rows.
	Scope json.RawMessage `json:"scope,omitempty"`
}

// Invalid says what is wrong with a grant.
type Invalid struct{ Field, Text string }

// Error implements error.
func (e *Invalid) Error() string { return e.Field + ": " + e.Text }

// ErrNoGrant says that a user has no grant.
var ErrNoGrant = errors.New("this user has no grant")

// Bucket is what the grants are stored in; state.Bucket is one.
type Bucket interface {
	Get(key string) (value Grant, rev uint64, ok bool)
	Each(yield func(key string, value Grant) bool)
	Put(ctx context.Context, key string, value Grant) (uint64, error)
	Delete(ctx context.Context, key string) error
}

// Service answers who may do what. Its methods may be called concurrently.
type Service struct{ grants Bucket }

// New makes a service on durable grants.
func New(grants Bucket) *Service { return &Service{grants: grants} }

// Rights are what a user may do. They are a query.Access.
type Rights struct {
	Personal, Author, Mapping, Administrator bool
	Groups                                   []string
	scope                                    *query.Filter
}

// May implements query.Access.
func (r Rights) May(d *model.Dimension) bool { return r.Personal || !d.Personal }

// Scope implements query.Access.
func (r Rights) Scope() *query.Filter { return r.scope }

// Of tells what a user may do; administrator says that they administer the
// server, which no scope confines. A scope that cannot be read confines its
// user to nothing.
func (s *Service) Of(user string, administrator bool) Rights {
	own, _, _ := s.grants.Get(strings.ToLower(user))
	all, _, _ := s.grants.Get(Everybody)
	r := Rights{Groups: slices.Concat(own.Groups, all.Groups)}
	if administrator {
		r.add(Administrator)
		return r
	}
	for _, role := range slices.Concat(own.Roles, all.Roles) {
		r.add(role)
	}
	for _, scope := range []json.RawMessage{own.Scope, all.Scope} {
		f, err := decodeScope(scope)
		if err != nil {
			f = query.Where("time.start", query.Null, true) // every row has a start
		}
		r.scope = query.All(r.scope, f)
	}
	return r
}

func (r *Rights) add(role Role) {
	switch role {
	case Personal:
		r.Personal = true
	case Author:
		r.Author = true
	case Mapping:
		r.Mapping = true
	case Administrator:
		r.Personal, r.Author, r.Mapping, r.Administrator = true, true, true, true
	}
}

// decodeScope reads the filter of a scope, nil for none.
func decodeScope(scope json.RawMessage) (*query.Filter, error) {
	if len(scope) == 0 || string(scope) == "null" {
		return nil, nil
	}
	text, err := json.Marshal(map[string]any{"measures": []string{"streams"}, "filter": scope})
	if err != nil {
		return nil, err
	}
	q, err := query.Decode(text)
	if err != nil {
		return nil, err
	}
	return q.Filter, nil
}

// Named is a grant with whom it is given to.
type Named struct {
	User string `json:"user"`
	Grant
}

// List lists all grants, that of everybody first.
func (s *Service) List() []Named {
	all := []Named{}
	s.grants.Each(func(user string, g Grant) bool {
		all = append(all, Named{user, g})
		return true
	})
	slices.SortFunc(all, func(a, b Named) int { return cmp.Compare(a.User, b.User) })
	return all
}

// Put gives a user, or Everybody, exactly what the grant says.
func (s *Service) Put(ctx context.Context, user string, g Grant) error {
	user = strings.ToLower(strings.TrimSpace(user))
	if user != Everybody && (strings.Count(user, "@") != 1 || !plain(user)) {
		return &Invalid{"user", fmt.Sprintf("%.60q is no address such as alice@example.com, nor * for everybody", user)}
	}
	if user == Everybody && slices.Contains(g.Roles, Administrator) {
		return &Invalid{"roles", "everybody cannot be an administrator"}
	}
	for _, r := range g.Roles {
		if r != Personal && r != Author && r != Mapping && r != Administrator {
			return &Invalid{"roles", fmt.Sprintf("%.40q is none of personal, author, mapping and administrator", string(r))}
		}
	}
	if len(g.Groups) > maxGroups {
		return &Invalid{"groups", fmt.Sprintf("a user is in at most %d groups", maxGroups)}
	}
	for _, name := range g.Groups {
		if strings.TrimSpace(name) != name || name == "" || !plain(name) {
			return &Invalid{"groups", fmt.Sprintf("%.60q is no name of a group", name)}
		}
	}
	if _, err := decodeScope(g.Scope); err != nil {
		return &Invalid{"scope", err.Error()}
	}
	if _, err := s.grants.Put(ctx, user, g); err != nil {
		return fmt.Errorf("store what %s may do: %w", user, err)
	}
	return nil
}

// Delete takes a grant back.
func (s *Service) Delete(ctx context.Context, user string) error {
	user = strings.ToLower(user)
	if _, _, ok := s.grants.Get(user); !ok {
		return ErrNoGrant
	}
	if err := s.grants.Delete(ctx, user); err != nil {
		return fmt.Errorf("take back what %s may do: %w", user, err)
	}
	return nil
}

func plain(s string) bool {
	return len(s) <= maxName && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) })
}
