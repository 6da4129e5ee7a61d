package permission_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"parley/internal/quality/model"
	"parley/internal/quality/permission"
	"parley/internal/quality/query"
	"parley/internal/state"
)

func open(t *testing.T) *permission.Service {
	t.Helper()
	store, err := state.Open(t.Context(), state.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	grants, err := state.OpenBucket[permission.Grant](t.Context(), store, "permissions", state.BucketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return permission.New(grants)
}

func put(t *testing.T, s *permission.Service, user string, g permission.Grant) {
	t.Helper()
	if err := s.Put(t.Context(), user, g); err != nil {
		t.Fatal(err)
	}
}

func TestRights(t *testing.T) {
	s := open(t)
	user := model.New().Dimension("second.user")
	if r := s.Of("alice@parley.test", false); r.May(user) || r.Author || r.Mapping || r.Scope() != nil || !r.May(model.New().Dimension("second.building")) {
		t.Errorf("without a grant: %+v", r)
	}
	if r := s.Of("root@parley.test", true); !r.May(user) || !r.Administrator || r.Scope() != nil {
		t.Errorf("administrator of the server: %+v", r)
	}
	put(t, s, "Alice@parley.test", permission.Grant{Roles: []permission.Role{permission.Personal}, Groups: []string{"network"}, Scope: json.RawMessage(`{"dim":"second.region","eq":"EMEA"}`)})
	put(t, s, permission.Everybody, permission.Grant{Roles: []permission.Role{permission.Author}, Scope: json.RawMessage(`{"dim":"media_type","eq":"audio"}`)})
	r := s.Of("alice@parley.test", false)
	if !r.May(user) || !r.Author || r.Mapping || r.Administrator || len(r.Groups) != 1 {
		t.Errorf("with a grant: %+v", r)
	}
	if f := r.Scope(); f == nil || len(f.And) != 2 || f.And[0].Dim != "second.region" || f.And[1].Dim != "media_type" {
		t.Errorf("scope %+v", r.Scope())
	}
	if r := s.Of("bob@parley.test", false); r.May(user) || !r.Author || r.Scope() == nil {
		t.Errorf("everybody: %+v", r)
	}
	if err := s.Delete(t.Context(), permission.Everybody); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), permission.Everybody); !errors.Is(err, permission.ErrNoGrant) {
		t.Errorf("taken back twice: %v", err)
	}
	if r := s.Of("bob@parley.test", false); r.Author || r.Scope() != nil {
		t.Errorf("after it was taken back: %+v", r)
	}
	if list := s.List(); len(list) != 1 || list[0].User != "alice@parley.test" {
		t.Errorf("list %v", list)
	}
	var _ query.Access = r
}

func TestBadGrantsAreRefused(t *testing.T) {
	s := open(t)
	for _, c := range []struct {
		user  string
		grant permission.Grant
		want  string
	}{
		{"alice", permission.Grant{}, "user"},
		{"", permission.Grant{}, "user"},
		{"*", permission.Grant{Roles: []permission.Role{permission.Administrator}}, "everybody"},
		{"a@b", permission.Grant{Roles: []permission.Role{"king"}}, "roles"},
		{"a@b", permission.Grant{Groups: []string{" x"}}, "groups"},
		{"a@b", permission.Grant{Scope: json.RawMessage(`{"dimm":"x"}`)}, "scope"},
	} {
		var invalid *permission.Invalid
		if err := s.Put(t.Context(), c.user, c.grant); !errors.As(err, &invalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %+v: %v, want something about %s", c.user, c.grant, err, c.want)
		}
	}
}
