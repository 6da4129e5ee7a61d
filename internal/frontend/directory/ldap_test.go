package directory

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/frontend/directory/slapdtest"
)

// mirrored is the configuration for a test's server.
func mirrored(t *testing.T, s *slapdtest.Server) LDAPConfig {
	t.Helper()
	return LDAPConfig{
		URLs: []string{"ldaps://" + s.Secure}, TLS: &tls.Config{RootCAs: s.Roots(t)}, BindDN: slapdtest.ReaderDN,
		Password: slapdtest.ReaderPassword, BaseDN: slapdtest.BaseDN, Filter: "(objectClass=person)",
		Address: "msRTCSIP-PrimaryUserAddress", Login: "sAMAccountName", Name: "displayName", Domains: []string{"parley.test"},
	}
}

// startMirror runs a mirror until the test ends and waits for its first reading.
func startMirror(t *testing.T, cfg LDAPConfig) *LDAP {
	t.Helper()
	cfg.Log = slog.New(slog.DiscardHandler)
	l, err := NewLDAP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("mirror ended: %v", err)
		}
	})
	eventually(t, "the mirror is read", l.Ready)
	return l
}

func TestLDAPMirror(t *testing.T) {
	s := slapdtest.Start(t)
	l := startMirror(t, mirrored(t, s))
	n := 0
	l.Each(func(User) bool { n++; return true })
	if n != 602 {
		t.Errorf("%d users mirrored, want 602 of three pages", n)
	}
	got, ok := l.Lookup("alice@parley.test")
	want := User{
		AOR: "alice@parley.test", DisplayName: "Alice Smith (Sales)", GivenName: "Alice", Surname: "Smith",
		Mail: "Alice.Smith@parley.test", Title: "Account Manager", Department: "Sales", Office: "4/217", Company: "Parley Ltd",
		City: "Gent", Enabled: true,
		Phones: []Phone{{WorkPhone, "+32 9 123 45 67"}, {MobilePhone, "+32 470 12 34 56"}},
	}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("alice (-want +got):\n%s", diff)
	}
	if bob, ok := l.Lookup("bob@parley.test"); !ok || bob.Enabled {
		t.Errorf("bob, whom Active Directory blocks: %+v", bob)
	}
	if aor, ok := l.Login("asmith@parley.test"); !ok || aor != "alice@parley.test" {
		t.Errorf("sign-in name: %q", aor)
	}
}

func TestLDAPPassword(t *testing.T) {
	s := slapdtest.Start(t)
	d := New(openLocal(t), startMirror(t, mirrored(t, s)), []string{"parley.test"})
	for _, name := range []string{"alice@parley.test", "Alice", "ASmith", `PARLEY\ASmith`, "asmith@parley.test"} {
		if u, err := d.CheckPassword(t.Context(), name, "ldap-secret"); err != nil || u.AOR != "alice@parley.test" {
			t.Errorf("%s: %q, %v", name, u.AOR, err)
		}
	}
	for name, password := range map[string]string{
		"alice": "wrong", "ALICE": "", "bob": "ldap-secret", "nobody": "ldap-secret", `OTHER\alice`: "ldap-secret", "*": "ldap-secret",
	} {
		if u, err := d.CheckPassword(t.Context(), name, password); !errors.Is(err, ErrWrongPassword) {
			t.Errorf("%s with %q: %q, %v", name, password, u.AOR, err)
		}
	}
	s.Stop()
	if _, err := d.CheckPassword(t.Context(), "alice", "ldap-secret"); err == nil || errors.Is(err, ErrWrongPassword) {
		t.Errorf("without the server: %v, want an error that blames the server", err)
	}
}

func TestLDAPStartTLS(t *testing.T) {
	s := slapdtest.Start(t)
	cfg := mirrored(t, s)
	cfg.URLs, cfg.StartTLS = []string{"ldap://" + s.Plain}, true
	if _, ok := startMirror(t, cfg).Lookup("alice@parley.test"); !ok {
		t.Error("alice is not found over StartTLS")
	}
	cfg.TLS = nil // the system's authorities do not know this server
	l, err := NewLDAP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.readAll(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server of an unknown authority: %v", err)
	}
}

func TestLDAPComesBack(t *testing.T) {
	s := slapdtest.Start(t)
	cfg := mirrored(t, s)
	cfg.Every = 20 * time.Millisecond
	cfg.URLs = []string{"ldaps://127.0.0.1:1", cfg.URLs[0]} // the first server is never there
	l := startMirror(t, cfg)
	s.Stop()
	if _, ok := l.Lookup("alice@parley.test"); !ok {
		t.Error("the mirror forgot its users when the server went away")
	}
	s.Serve(t)
	s.Add(t, "dn: uid=dora,dc=parley,dc=test\nobjectClass: inetOrgPerson\nobjectClass: sipUser\ncn: Dora\nsn: D\nmsRTCSIP-PrimaryUserAddress: sip:dora@parley.test\n")
	eventually(t, "somebody new is found after the server came back", func() bool {
		_, ok := l.Lookup("dora@parley.test")
		return ok
	})
}

func TestLDAPAsksForNewNames(t *testing.T) {
	s := slapdtest.Start(t)
	l := startMirror(t, mirrored(t, s)) // reads everything every five minutes only
	s.Add(t, "dn: uid=erin,dc=parley,dc=test\nobjectClass: inetOrgPerson\nobjectClass: sipUser\ncn: Erin\nsn: E\nsAMAccountName: erin.e\nmsRTCSIP-PrimaryUserAddress: sip:erin@parley.test\n")
	if _, ok := l.Lookup("erin@parley.test"); ok {
		t.Fatal("a look-up waited for the server")
	}
	eventually(t, "somebody new is found by asking", func() bool {
		_, ok := l.Lookup("erin@parley.test")
		return ok
	})
	if aor, ok := l.Login("erin.e@parley.test"); !ok || aor != "erin@parley.test" {
		t.Errorf("her sign-in name: %q", aor)
	}
	for _, name := range []string{"*@parley.test", "x)(cn=*@parley.test", "a@example.org"} {
		if _, ok := l.Lookup(name); ok {
			t.Errorf("%s is somebody", name)
		}
	}
	if l.asked.first("erin@parley.test", time.Now()) {
		t.Error("a name would be asked for twice in a minute")
	}
	if err := l.readOne(t.Context(), "x)(cn=*@parley.test"); err != nil {
		t.Errorf("a name with filter characters: %v", err)
	}
}

func TestAskedIsBounded(t *testing.T) {
	a := asked{until: map[string]time.Time{}}
	now := time.Unix(0, 0)
	for i := range maxAsked + 10 {
		a.first(string(rune(i+1000)), now)
	}
	if len(a.until) > maxAsked {
		t.Errorf("%d names are remembered", len(a.until))
	}
	if !a.first("later", now.Add(2*notFoundLife)) {
		t.Error("never recovers")
	}
}

func TestNewLDAPRefuses(t *testing.T) {
	good := LDAPConfig{URLs: []string{"ldaps://dc1.parley.test"}, BaseDN: "dc=x", Filter: "(a=b)", Address: "mail"}
	if _, err := NewLDAP(good); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*LDAPConfig){
		"no server":    func(c *LDAPConfig) { c.URLs = nil },
		"no base":      func(c *LDAPConfig) { c.BaseDN = "" },
		"other scheme": func(c *LDAPConfig) { c.URLs = []string{"http://dc1"} },
		"in the clear": func(c *LDAPConfig) { c.URLs = []string{"ldap://dc1.parley.test"} },
		"no host":      func(c *LDAPConfig) { c.URLs = []string{"ldaps:///x"} },
	} {
		cfg := good
		edit(&cfg)
		if _, err := NewLDAP(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// eventually waits for a condition that something outside brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(15 * time.Second); !ok(); {
		select {
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}
