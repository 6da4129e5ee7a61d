package directory

import (
	"slices"
	"strings"
	"testing"

	"parley/internal/frontend/directory/slapdtest"
)

func TestSearch(t *testing.T) {
	people := []User{
		{AOR: "alice@parley.test", DisplayName: "Alice van Smith", GivenName: "Alice", Surname: "van Smith", Enabled: true, Mail: "a.smith@parley.test", Company: "Parley", Country: "BE"},
		{AOR: "bob@parley.test", DisplayName: "Bob", GivenName: "Bob", Enabled: true, Phones: []Phone{{WorkPhone, "+1 (555) 010-0123"}}, Company: "Parley"},
		{AOR: "bart@parley.test", Enabled: true, Country: "BE"},
		{AOR: "blocked@parley.test", DisplayName: "Bob Blocked"},
	}
	each := func(yield func(User) bool) {
		for _, u := range people {
			if !yield(u) {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		q    Query
		want string
		more bool
	}{
		"nothing asked":    {Query{}, "", false},
		"any":              {Query{Any: "b"}, "bart bob", false},
		"second word":      {Query{Any: "SMITH"}, "alice", false},
		"inside a word":    {Query{Any: "mith"}, "", false},
		"phone":            {Query{Any: "555-010"}, "bob", false},
		"two digits":       {Query{Any: "55"}, "", false},
		"given and family": {Query{GivenName: "al", Surname: "smi"}, "alice", false},
		"contradiction":    {Query{GivenName: "bob", Surname: "smith"}, "", false},
		"address":          {Query{Address: "sip:Bart@parley.test"}, "bart", false},
		"mail":             {Query{Mail: "a.smith"}, "alice", false},
		"company":          {Query{Company: "parley", Limit: 1}, "alice", true},
		"country":          {Query{Country: "be"}, "alice bart", false},
	} {
		found, more := search(c.q, each)
		var got []string
		for _, u := range found {
			user, _, _ := strings.Cut(u.AOR, "@")
			got = append(got, user)
		}
		if !slices.Equal(got, strings.Fields(c.want)) || more != c.more {
			t.Errorf("%s: %v, more %v", name, got, more)
		}
	}
}

func TestDirectoryOfBoth(t *testing.T) {
	s := slapdtest.Start(t)
	local := openLocal(t)
	for _, u := range []User{
		{AOR: "alice@parley.test", DisplayName: "ignored", Enabled: true, Administrator: true, Home: "fe2.parley.test"},
		{AOR: "u7@parley.test"},
		{AOR: "service@parley.test", DisplayName: "Service Alice", Enabled: true},
	} {
		if err := local.Add(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	d := New(local, startMirror(t, mirrored(t, s)), []string{"parley.test"})
	if u, ok := d.Lookup("alice@parley.test"); !ok || u.Title != "Account Manager" || !u.Administrator || u.Home != "fe2.parley.test" {
		t.Errorf("alice: %+v", u)
	}
	for login, want := range map[string]string{
		"ASmith@parley.test": "alice@parley.test", "alice@parley.test": "alice@parley.test", "service@parley.test": "service@parley.test",
		"bob@parley.test": "", "u7@parley.test": "", "nobody@parley.test": "",
	} {
		if got, ok := d.Resolve(login); ok != (want != "") || ok && got != want {
			t.Errorf("%s is %q, %v", login, got, ok)
		}
	}
	found, more := d.Search(Query{Any: "alice"})
	if len(found) != 2 || more || found[0].AOR != "alice@parley.test" || found[1].AOR != "service@parley.test" {
		t.Errorf("found %+v", found)
	}
	if found, more = d.Search(Query{Surname: "many", Limit: 3}); len(found) != 3 || !more || found[0].AOR != "u0@parley.test" {
		t.Errorf("by surname: %+v, more %v", found, more)
	}
	if found, more = d.Search(Query{Any: "user"}); len(found) != MaxFound || !more {
		t.Errorf("%d found, more %v", len(found), more)
	}
}
