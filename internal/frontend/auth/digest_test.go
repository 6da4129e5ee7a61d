package auth

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// TestRequestDigest is the example of RFC 7616 section 3.9.1.
func TestRequestDigest(t *testing.T) {
	a1 := []byte("Mufasa:http-auth@example.org:Circle of Life")
	stored := Credentials{SHA256: [2][32]byte{sha256.Sum256(a1)}, MD5: [2][16]byte{md5.Sum(a1)}}
	c := credentials{
		uri: "/dir/index.html", nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc: "00000001", qop: "auth",
		cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
	}
	for scheme, response := range map[Scheme]string{
		DigestMD5:    "8ca523f5e9506fed4657c9700eebdbec",
		DigestSHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		for given, want := range map[string]bool{
			response: true, strings.ToUpper(response): true, "0" + response[1:]: false, response[1:]: false, "": false,
			strings.Repeat("g", len(response)): false,
		} {
			c.response = given
			if got := responseMatches(scheme, &stored, 0, &c, "GET"); got != want {
				t.Errorf("%s response %q: %v, want %v", scheme, given, got, want)
			}
		}
	}
}

// answer computes credentials independently of the code under test.
type answer struct {
	user, realm, password, algorithm, uri, nc, method string
}

func (a answer) to(challenge string) string {
	h := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
	if a.algorithm == "SHA-256" {
		h = func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	}
	_, rest, _ := strings.Cut(challenge, `nonce="`)
	nonce, _, _ := strings.Cut(rest, `"`)
	response := h(h(a.user+":"+a.realm+":"+a.password) + ":" + nonce + ":" + a.nc + ":0a4f113b:auth:" + h(a.method+":"+a.uri))
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm=%s, cnonce="0a4f113b", qop=auth, nc=%s`,
		a.user, a.realm, nonce, a.uri, response, a.algorithm, a.nc)
}

func good(algorithm string) answer {
	return answer{"alice", "parley.test", "secret", algorithm, "sip:parley.test", "00000001", "REGISTER"}
}

func challengeOf(t testing.TB, a *Authenticator, f *flow) string {
	t.Helper()
	out := a.Register(f, request(t, "REGISTER", "alice@parley.test", false))
	if out.Reply == nil || out.Reply.StatusCode() != 401 {
		t.Fatalf("no challenge: %+v", out)
	}
	return out.Reply.Get("WWW-Authenticate")
}

func TestDigestChallenge(t *testing.T) {
	a, _ := newAuthenticator(t, nil)
	out := a.Register(newFlow(transport.TLS), request(t, "REGISTER", "alice@parley.test", false))
	lines := out.Reply.Values("WWW-Authenticate")
	if len(lines) != 2 || !strings.Contains(lines[0], "algorithm=SHA-256") || !strings.Contains(lines[1], "algorithm=MD5") {
		t.Errorf("a standard endpoint is offered %q", lines)
	}
	if strings.Contains(strings.Join(lines, " "), "NTLM") || strings.Contains(strings.Join(lines, " "), "stale") {
		t.Errorf("a standard endpoint is offered %q", lines)
	}
	if to, err := out.Reply.To(); err != nil || to.Tag() == "" {
		t.Error("the challenge has no To tag")
	}
	out = a.Challenge(newFlow(transport.TLS), request(t, "INVITE", "alice@parley.test", false))
	if out.Reply.StatusCode() != 407 || !out.Reply.Has("Proxy-Authenticate") || out.Reply.Has("WWW-Authenticate") {
		t.Errorf("INVITE is challenged with %s", out.Reply.Bytes())
	}
	out = a.Challenge(newFlow(transport.TLS), request(t, "PUBLISH", "alice@parley.test", false))
	if out.Reply.StatusCode() != 401 {
		t.Errorf("PUBLISH is challenged with %s", out.Reply.Bytes())
	}
}

func TestDigestSignIn(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(*answer)
		user   string
		status int
		stale  bool
		reason string
	}{
		"sha-256":           {func(*answer) {}, "alice@parley.test", 0, false, ""},
		"md5":               {func(a *answer) { a.algorithm = "MD5" }, "alice@parley.test", 0, false, ""},
		"whole address":     {func(a *answer) { a.user = "alice@parley.test" }, "alice@parley.test", 0, false, ""},
		"another uri":       {func(a *answer) { a.uri = "sip:127.0.0.1:5060" }, "alice@parley.test", 0, false, ""},
		"wrong password":    {func(a *answer) { a.password = "Secret" }, "", 401, false, "alice@parley.test: wrong password"},
		"unknown user":      {func(a *answer) { a.user = "mallory" }, "", 401, false, "mallory@parley.test: no such user"},
		"no password":       {func(a *answer) { a.user = "carol" }, "", 401, false, "carol@parley.test: no Digest password is set: use parley user passwd"},
		"for somebody else": {func(a *answer) { a.user = "bob" }, "", 403, false, "bob@parley.test: signed in for somebody else: alice@parley.test"},
		"another realm":     {func(a *answer) { a.realm = "example.org" }, "", 401, false, ""},
		"unknown algorithm": {func(a *answer) { a.algorithm = "SHA-512-256" }, "", 400, false, ""},
		"no count":          {func(a *answer) { a.nc = "1" }, "", 400, false, ""},
		"another method":    {func(a *answer) { a.method = "INVITE" }, "", 401, false, "alice@parley.test: wrong password"},
	} {
		a, seen := newAuthenticator(t, nil)
		f := newFlow(transport.TLS)
		given := good("SHA-256")
		c.answer(&given)
		out := a.Register(f, request(t, "REGISTER", "alice@parley.test", false, "Authorization: "+given.to(challengeOf(t, a, f))))
		if out.User != c.user || (out.Reply == nil) != (c.status == 0) {
			t.Errorf("%s: %+v", name, out)
			continue
		}
		if out.Reply != nil && out.Reply.StatusCode() != c.status {
			t.Errorf("%s: status %d, want %d", name, out.Reply.StatusCode(), c.status)
		}
		if seen.reasons() != c.reason {
			t.Errorf("%s: the administrator is told %q, want %q", name, seen.reasons(), c.reason)
		}
	}
}

func TestDigestAnswersDoNotTellUsersApart(t *testing.T) {
	a, _ := newAuthenticator(t, nil)
	var shapes []string
	for _, user := range []string{"alice", "mallory", "carol"} {
		f := newFlow(transport.TLS)
		given := good("SHA-256")
		given.user, given.password = user, "wrong"
		out := a.Register(f, request(t, "REGISTER", "alice@parley.test", false, "Authorization: "+given.to(challengeOf(t, a, f))))
		var shape strings.Builder
		out.Reply.Fields(func(name, value string) bool {
			if name != "WWW-Authenticate" && name != "To" {
				name += ": " + value
			}
			shape.WriteString(name + "\n")
			return true
		})
		shapes = append(shapes, shape.String())
	}
	if shapes[0] != shapes[1] || shapes[0] != shapes[2] {
		t.Errorf("answers differ:\n%s", strings.Join(shapes, "\n---\n"))
	}
}

func TestDigestReplay(t *testing.T) {
	a, _ := newAuthenticator(t, nil)
	f := newFlow(transport.TLS)
	challenge := challengeOf(t, a, f)
	register := func(nc string) Outcome {
		given := good("SHA-256")
		given.nc = nc
		return a.Register(f, request(t, "REGISTER", "alice@parley.test", false, "Authorization: "+given.to(challenge)))
	}
	for _, nc := range []string{"00000001", "00000003", "00000002", "000000ff"} {
		if out := register(nc); out.User == "" {
			t.Errorf("count %s refused", nc)
		}
	}
	for _, nc := range []string{"00000001", "00000002", "000000ff"} {
		out := register(nc)
		if out.User != "" || !strings.Contains(out.Reply.Get("WWW-Authenticate"), "stale=true") {
			t.Errorf("count %s taken twice: %+v", nc, out)
		}
	}
}

func TestDigestNeedsTLS(t *testing.T) {
	a, _ := newAuthenticator(t, func(c *Config) { c.InsecureTransports = []transport.Proto{transport.TCP} })
	for proto, status := range map[transport.Proto]int{transport.UDP: 403, transport.WS: 403, transport.TCP: 401, transport.WSS: 401} {
		out := a.Register(newFlow(proto), request(t, "REGISTER", "alice@parley.test", false))
		if out.Reply.StatusCode() != status {
			t.Errorf("%s: %d, want %d", proto, out.Reply.StatusCode(), status)
		}
	}
}

func TestTrustOfConnection(t *testing.T) {
	a, _ := newAuthenticator(t, func(c *Config) { c.InsecureTransports = []transport.Proto{transport.UDP} })
	for _, c := range []struct {
		proto transport.Proto
		want  string
	}{{transport.TLS, "alice@parley.test"}, {transport.UDP, ""}} {
		f := newFlow(c.proto)
		if out := a.Challenge(f, request(t, "MESSAGE", "alice@parley.test", false)); out.User != "" {
			t.Fatalf("%s: trusted before sign-in", c.proto)
		}
		a.Register(f, request(t, "REGISTER", "alice@parley.test", false, "Authorization: "+good("SHA-256").to(challengeOf(t, a, f))))
		if out := a.Challenge(f, request(t, "MESSAGE", "alice@parley.test", false)); out.User != c.want {
			t.Errorf("%s: after sign-in %+v", c.proto, out)
		}
		if out := a.Challenge(f, request(t, "MESSAGE", "bob@parley.test", false)); out.User != "" {
			t.Errorf("%s: trusted as somebody else", c.proto)
		}
	}
}

func TestForeignAndMalformed(t *testing.T) {
	a, _ := newAuthenticator(t, nil)
	f := newFlow(transport.TLS)
	for name, c := range map[string]struct {
		req    *sip.Message
		status int
	}{
		"unknown domain":     {request(t, "REGISTER", "alice@example.org", false), 404},
		"no user":            {request(t, "REGISTER", "parley.test", false), 400},
		"unclosed quote":     {request(t, "REGISTER", "alice@parley.test", false, `Authorization: Digest realm="parley.test`), 400},
		"repeated parameter": {request(t, "REGISTER", "alice@parley.test", false, `Authorization: Digest realm="a", realm="b"`), 400},
		"unknown scheme":     {request(t, "REGISTER", "alice@parley.test", false, `Authorization: TLS-DSK realm="a"`), 401},
	} {
		if out := a.Register(f, c.req); out.Reply == nil || out.Reply.StatusCode() != c.status {
			t.Errorf("%s: %+v, want %d", name, out, c.status)
		}
	}
	starting, seen := newAuthenticator(t, func(c *Config) { c.Accounts = accounts{starting: true} })
	given := good("MD5")
	given.user = "dora"
	out := starting.Register(f, request(t, "REGISTER", "alice@parley.test", false, "Authorization: "+given.to(challengeOf(t, starting, f))))
	if out.Reply.StatusCode() != 503 || !out.Reply.Has("Retry-After") || seen.reasons() != "" {
		t.Errorf("before the directory was read: %s", out.Reply.Bytes())
	}
}

func BenchmarkDigestRegister(b *testing.B) {
	a, _ := newAuthenticator(b, nil)
	f := newFlow(transport.TLS)
	req := request(b, "REGISTER", "alice@parley.test", false)
	for name, algorithm := range map[string]string{"md5": "MD5", "sha256": "SHA-256"} {
		b.Run(name, func(b *testing.B) {
			given := good(algorithm)
			signed := make([]*sip.Message, 1000)
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				if n%len(signed) == 0 {
					b.StopTimer()
					challenge := challengeOf(b, a, f)
					for i := range signed {
						given.nc = fmt.Sprintf("%08x", i+1)
						signed[i] = request(b, "REGISTER", "alice@parley.test", false, "Authorization: "+given.to(challenge))
					}
					b.StartTimer()
				}
				a.Register(f, req)
				if out := a.Register(f, signed[n%len(signed)]); out.User == "" {
					b.Fatalf("%s", out.Reply.Bytes())
				}
				n++
			}
		})
	}
}
