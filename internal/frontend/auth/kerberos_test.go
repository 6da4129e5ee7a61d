package auth

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"parley/internal/stack/kerberos"
	"parley/internal/stack/kerberos/kdctest"
	"parley/internal/stack/transport"
)

type noKerberos struct{}

func (noKerberos) Accept([]byte, netip.Addr) (*kerberos.Context, error) {
	return nil, errors.New("no kerberos here")
}

func TestKerberosSignIn(t *testing.T) {
	kdc := kdctest.Start(t)
	for _, user := range []string{"alice", "asmith", "mallory"} {
		kdc.AddUser(t, user, "secret")
	}
	acceptor, err := kerberos.New(kerberos.Config{Keytab: kdc.Keytab(t, "sip/fe.parley.test"), Service: "sip"})
	if err != nil {
		t.Fatal(err)
	}
	other, _ := newAuthenticator(t, func(c *Config) {
		c.Schemes, c.Kerberos, c.Principal = Kerberos, acceptor, "sip/pool.parley.test@PARLEY.TEST"
	})
	out := other.Register(newFlow(transport.TLS), request(t, "REGISTER", "alice@parley.test", true))
	if got := out.Reply.Get("WWW-Authenticate"); !strings.Contains(got, `targetname="sip/pool.parley.test"`) {
		t.Errorf("a configured principal: %q", got)
	}
	for user, aor := range map[string]string{"alice": "alice@parley.test", "asmith": "alice@parley.test", "mallory": ""} {
		a, seen := newAuthenticator(t, func(c *Config) {
			c.Schemes, c.Kerberos, c.Realms = Kerberos, acceptor, map[string]string{kdctest.Realm: "parley.test"}
		})
		f := newFlow(transport.TLS)
		out := a.Register(f, request(t, "REGISTER", "alice@parley.test", true))
		want := `Kerberos realm="SIP Communications Service", targetname="sip/fe.parley.test", version=4`
		if got := out.Reply.Get("WWW-Authenticate"); got != want {
			t.Errorf("challenge %q, want %q", got, want)
		}
		ticket := kdc.Login(t, user, "secret", "sip/fe.parley.test")
		c := &client{
			sa:     &association{scheme: Kerberos, target: "sip/fe.parley.test", version: 4},
			sign:   func(text []byte) []byte { return ticket.Sign(t, text) },
			verify: ticket.Verify,
		}
		req := request(t, "REGISTER", "alice@parley.test", true)
		req.Add("Authorization", c.credentials(req, `, gssapi-data="`+base64.StdEncoding.EncodeToString(ticket.Token)+`", version=4`))
		out = a.Register(f, req)
		if out.User != aor {
			t.Errorf("%s: %+v", user, out)
		}
		if aor == "" {
			if !strings.Contains(seen.reasons(), "mallory@parley.test: no such user") {
				t.Errorf("the administrator is told %q", seen.reasons())
			}
			continue
		}
		c.sa.opaque = linkOf(f).active().opaque
		if expires := linkOf(f).active().expires; time.Until(expires) > 8*time.Hour {
			t.Errorf("association until %s", expires)
		}
		checkAssociation(t, a, f, c)
		if again := a.Register(newFlow(transport.TLS), req); again.User != "" {
			t.Error("a recorded sign-in was taken again")
		}
	}
}
