package auth

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseCredentials(t *testing.T) {
	for value, want := range map[string]*credentials{
		`Digest username="a\"b", realm="x, y=z",nc=00000001 , qop=auth`: {scheme: "Digest", username: `a"b`, realm: "x, y=z", nc: "00000001", qop: "auth"},
		`NTLM gssapi-data="", VERSION=4, unknown="1"`:                   {scheme: "NTLM", version: "4", hasGSSAPI: true},
		"Kerberos\topaque=1":          {scheme: "Kerberos", opaque: "1"},
		"NTLM":                        {scheme: "NTLM"},
		"":                            nil,
		`Digest realm="open`:          nil,
		`Digest realm`:                nil,
		`Digest =x`:                   nil,
		`Digest nonce="1", NONCE="2"`: nil,
	} {
		var c credentials
		if ok := c.parse(value); ok != (want != nil) {
			t.Errorf("%q: %v, %+v", value, ok, c)
		} else if ok {
			if diff := cmp.Diff(*want, c, cmp.AllowUnexported(credentials{})); diff != "" {
				t.Errorf("%q (-want +got):\n%s", value, diff)
			}
		}
	}
}

func FuzzParseCredentials(f *testing.F) {
	f.Add(`Digest username="alice", realm="parley.test", nonce="AAAA", uri="sip:parley.test", response="00", algorithm=MD5, cnonce="1", qop=auth, nc=00000001`)
	f.Add(`NTLM qop="auth", opaque="70B53C46", realm="SIP Communications Service", targetname="fe.parley.test", gssapi-data="TlRM", version=4, crand="3a5818d4", cnum="1", response="01"`)
	f.Add("Digest a=\"\\")
	f.Fuzz(func(t *testing.T, value string) {
		var c credentials
		if c.parse(value) && c.scheme == "" {
			t.Fatal("no scheme")
		}
	})
}
