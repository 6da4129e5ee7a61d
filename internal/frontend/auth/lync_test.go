package auth

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/internal/stack/transport"
	"parley/internal/wire/ntlm"
	"parley/internal/wire/sip"
)

// client is a Lync-dialect client's side of a security association.
type client struct {
	sa     *association // scheme, target, version and opaque
	sign   func(text []byte) []byte
	verify func(text, sig []byte) bool
	sent   int
}

// credentials signs a message and returns the field value.
func (c *client) credentials(m *sip.Message, extra string) string {
	c.sent++
	number := strconv.Itoa(c.sent)
	sig := c.sign(c.sa.signedText(nil, m, "06dbf1df", number))
	return fmt.Sprintf(`%s qop="auth", opaque="%s", realm="SIP Communications Service", targetname="%s"%s, crand="06dbf1df", cnum="%s", response="%x"`,
		c.sa.scheme, c.sa.opaque, c.sa.target, extra, number, sig)
}

// signed returns a message with the client's signature.
func (c *client) signed(m *sip.Message) *sip.Message {
	m.Add("Authorization", c.credentials(m, ""))
	return m
}

// checks says whether the client takes a message that the server signed.
func (c *client) checks(m *sip.Message) bool {
	value := m.Get("Authentication-Info")
	_, after, _ := strings.Cut(value, `rspauth="`)
	rspauth, _, _ := strings.Cut(after, `"`)
	_, after, _ = strings.Cut(value, `srand="`)
	srand, _, _ := strings.Cut(after, `"`)
	_, after, _ = strings.Cut(value, `snum="`)
	snum, _, _ := strings.Cut(after, `"`)
	sig, err := hex.DecodeString(rspauth)
	return err == nil && strings.HasPrefix(value, c.sa.scheme.String()+" ") && c.verify(c.sa.signedText(nil, m, srand, snum), sig)
}

// ntlmSignIn goes through the three REGISTERs of a client and returns the outcome of the last.
func ntlmSignIn(t testing.TB, a *Authenticator, f *flow, who ntlm.Client, aor, version string) (*client, Outcome) {
	t.Helper()
	out := a.Register(f, request(t, "REGISTER", aor, true))
	if got := out.Reply.Get("WWW-Authenticate"); !strings.HasPrefix(got, `NTLM realm="SIP Communications Service", targetname="fe.parley.test"`) {
		t.Fatalf("first challenge %q", got)
	}
	out = a.Register(f, request(t, "REGISTER", aor, true,
		`Authorization: NTLM qop="auth", realm="SIP Communications Service", targetname="fe.parley.test", gssapi-data=""`+version))
	var given credentials
	if !given.parse(out.Reply.Get("WWW-Authenticate")) || given.opaque == "" {
		t.Fatalf("second challenge %q", out.Reply.Get("WWW-Authenticate"))
	}
	challenge, err := base64.StdEncoding.DecodeString(given.gssapi)
	if err != nil {
		t.Fatal(err)
	}
	raw, session, err := who.Answer(challenge, [8]byte{1}, [16]byte{2}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	c := &client{
		sa:     &association{scheme: NTLM, target: "fe.parley.test", opaque: given.opaque, version: 2},
		sign:   func(text []byte) []byte { s := session.SignClient(text); return s[:] },
		verify: session.VerifyServer,
	}
	if version != "" {
		c.sa.version, _ = strconv.Atoi(version[len(version)-1:])
	}
	req := request(t, "REGISTER", aor, true)
	extra := `, gssapi-data="` + base64.StdEncoding.EncodeToString(raw) + `"` + version
	if c.sa.version >= 4 {
		req.Add("Authorization", c.credentials(req, extra))
	} else {
		req.Add("Authorization", `NTLM qop="auth", opaque="`+given.opaque+`", realm="SIP Communications Service", targetname="fe.parley.test"`+extra)
	}
	return c, a.Register(f, req)
}

func alice() ntlm.Client { return ntlm.Client{User: "alice", Hash: ntlm.PasswordHash("secret")} }

func TestNTLMSignIn(t *testing.T) {
	for name, edit := range map[string]func(*ntlm.Client){
		"bare user":     func(*ntlm.Client) {},
		"whole address": func(c *ntlm.Client) { c.User = "alice@parley.test" },
		"short domain":  func(c *ntlm.Client) { c.Domain = "PARLEY" },
		"dns domain":    func(c *ntlm.Client) { c.Domain = "parley.test" },
		"account name":  func(c *ntlm.Client) { c.User, c.Domain = "ASmith", "PARLEY" },
		"target name":   func(c *ntlm.Client) { c.TargetName = "sip/fe.parley.test" },
	} {
		for _, version := range []string{", version=4", ", version=3", ""} {
			a, _ := newAuthenticator(t, nil)
			f := newFlow(transport.TLS)
			who := alice()
			edit(&who)
			c, out := ntlmSignIn(t, a, f, who, "alice@parley.test", version)
			if out.User != "alice@parley.test" || out.Scheme != NTLM {
				t.Fatalf("%s%s: refused: %s", name, version, out.Reply.Bytes())
			}
			checkAssociation(t, a, f, c)
		}
	}
}

// checkAssociation exchanges messages on a flow on which alice has signed in.
func checkAssociation(t *testing.T, a *Authenticator, f *flow, c *client) {
	t.Helper()
	ok := sip.NewResponse(request(t, "REGISTER", "alice@parley.test", true), 200, "")
	ok.Add("Expires", "7200")
	if err := a.Sign(f, ok); err != nil || !c.checks(ok) {
		t.Errorf("the client refuses the response: %v\n%s", err, ok.Bytes())
	}
	notify := request(t, "BENOTIFY", "bob@parley.test", false, `Authorization: NTLM opaque="another hop"`)
	if err := a.Sign(f, notify); err != nil || !c.checks(notify) || notify.Has("Authorization") {
		t.Errorf("the client refuses the request: %v\n%s", err, notify.Bytes())
	}
	ok.Set("Expires", "7201")
	if c.checks(ok) {
		t.Error("the client takes a changed response")
	}

	user, err := a.Verify(f, c.signed(request(t, "SUBSCRIBE", "alice@parley.test", true)))
	if user != "alice@parley.test" || err != nil {
		t.Errorf("a signed request: %q, %v", user, err)
	}
	response := sip.NewResponse(request(t, "BENOTIFY", "bob@parley.test", true), 200, "")
	if user, err := a.Verify(f, c.signed(response)); user != "alice@parley.test" || err != nil {
		t.Errorf("a signed response to somebody else's request: %q, %v", user, err)
	}
	again := c.signed(request(t, "SERVICE", "alice@parley.test", true))
	if _, err := a.Verify(f, again); err != nil {
		t.Errorf("a third message: %v", err)
	}
	for name, bad := range map[string]struct {
		m      *sip.Message
		want   error
		status int
	}{
		"replayed":      {again, ErrReplay, 403},
		"unsigned":      {request(t, "SERVICE", "alice@parley.test", true), ErrUnsigned, 403},
		"another user":  {c.signed(request(t, "SERVICE", "bob@parley.test", true)), ErrIdentity, 403},
		"changed":       {changed(c.signed(request(t, "SERVICE", "alice@parley.test", true))), ErrSignature, 403},
		"no hex":        {request(t, "SERVICE", "alice@parley.test", true, `Authorization: `+c.sa.scheme.String()+` opaque="`+c.sa.opaque+`", cnum="99", response="zz"`), ErrSignature, 403},
		"other handle":  {request(t, "SERVICE", "alice@parley.test", true, `Authorization: NTLM opaque="00", cnum="99", response="00"`), ErrSignature, 403},
		"wrong scheme":  {request(t, "SERVICE", "alice@parley.test", true, `Authorization: TLS-DSK opaque="`+c.sa.opaque+`", cnum="99", response="00"`), ErrSignature, 403},
		"negative cnum": {request(t, "SERVICE", "alice@parley.test", true, `Authorization: `+c.sa.scheme.String()+` opaque="`+c.sa.opaque+`", cnum="-1", response="00"`), ErrSignature, 403},
	} {
		user, err := a.Verify(f, bad.m)
		if user != "" || !errors.Is(err, bad.want) {
			t.Errorf("%s: %q, %v, want %v", name, user, err, bad.want)
			continue
		}
		if res := a.Refuse(f, bad.m, err); res.StatusCode() != bad.status {
			t.Errorf("%s: answered %d, want %d", name, res.StatusCode(), bad.status)
		}
	}
	if out := a.Register(f, c.signed(request(t, "REGISTER", "alice@parley.test", true))); out.User != "alice@parley.test" {
		t.Errorf("a signed refresh is refused: %s", out.Reply.Bytes())
	}
	if out := a.Register(f, request(t, "REGISTER", "alice@parley.test", true)); out.Reply == nil || out.Reply.StatusCode() != 401 {
		t.Errorf("an unsigned refresh: %+v", out)
	}
	if _, err := a.Verify(newFlow(transport.TLS), c.signed(request(t, "SERVICE", "alice@parley.test", true))); !errors.Is(err, ErrNoAssociation) {
		t.Errorf("on another connection: %v", err)
	}
}

func changed(m *sip.Message) *sip.Message {
	m.Set("Call-ID", "another")
	return m
}

func TestNTLMRefused(t *testing.T) {
	for name, c := range map[string]struct {
		edit   func(*ntlm.Client)
		aor    string
		status int
		reason string
	}{
		"wrong password":    {func(c *ntlm.Client) { c.Hash = ntlm.PasswordHash("Secret") }, "alice@parley.test", 401, "alice@parley.test: wrong password"},
		"unknown user":      {func(c *ntlm.Client) { c.User = "mallory" }, "alice@parley.test", 401, "mallory@parley.test: no such user"},
		"unknown domain":    {func(c *ntlm.Client) { c.Domain = "ELSEWHERE" }, "alice@parley.test", 401, "alice@elsewhere: no such user"},
		"no password":       {func(c *ntlm.Client) { c.User = "carol" }, "carol@parley.test", 401, "carol@parley.test: no NTLM password is set: use parley user passwd"},
		"for somebody else": {func(*ntlm.Client) {}, "bob@parley.test", 403, "alice@parley.test: signed in for somebody else: bob@parley.test"},
		"relayed":           {func(c *ntlm.Client) { c.TargetName = "http/intranet" }, "alice@parley.test", 401, "alice@parley.test: the answer was made for another server, http/intranet"},
	} {
		a, seen := newAuthenticator(t, nil)
		f := newFlow(transport.TLS)
		who := alice()
		c.edit(&who)
		_, out := ntlmSignIn(t, a, f, who, c.aor, ", version=4")
		if out.User != "" || out.Reply.StatusCode() != c.status {
			t.Errorf("%s: %+v", name, out)
		}
		if seen.reasons() != c.reason {
			t.Errorf("%s: the administrator is told %q, want %q", name, seen.reasons(), c.reason)
		}
		if a.Signed(f) {
			t.Errorf("%s: left an association", name)
		}
	}
}

func TestNTLMAnswersThatAreNotTaken(t *testing.T) {
	a, seen := newAuthenticator(t, nil)
	f := newFlow(transport.TLS)
	c, _ := ntlmSignIn(t, a, f, alice(), "alice@parley.test", ", version=4")
	blank := base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00"))
	register := func(opaque, data string) *sip.Message {
		return a.Register(f, request(t, "REGISTER", "alice@parley.test", true,
			`Authorization: NTLM opaque="`+opaque+`", gssapi-data="`+data+`", version=4`)).Reply
	}
	if res := register(c.sa.opaque, blank); res.StatusCode() != 401 || seen.reasons() != "" {
		t.Errorf("an answer to a challenge that was answered before: %s, %q", res.Bytes(), seen.reasons())
	}
	if res := register("", "%%%"); res.StatusCode() != 400 {
		t.Errorf("data that is not base64: %s", res.Bytes())
	}
	for data, status := range map[string]int{blank: 401, ntlmv1(t): 403} {
		var given credentials
		given.parse(register("", "").Get("WWW-Authenticate"))
		if res := register(given.opaque, data); res.StatusCode() != status {
			t.Errorf("%.20s...: %d, want %d", data, res.StatusCode(), status)
		}
	}
	if !strings.Contains(seen.reasons(), "LM or NTLMv1") {
		t.Errorf("the administrator is told %q", seen.reasons())
	}
}

// ntlmv1 is an AUTHENTICATE of the user alice with a response of NTLMv1's length.
func ntlmv1(t *testing.T) string {
	t.Helper()
	who := alice()
	ch := ntlm.Challenge{Flags: ntlm.ServerFlags}
	raw, _, err := who.Answer(ch.Append(nil), [8]byte{}, [16]byte{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	raw[20], raw[21] = 24, 0
	return base64.StdEncoding.EncodeToString(raw)
}

func TestUnsignedRegisterOfVersion4(t *testing.T) {
	a, seen := newAuthenticator(t, nil)
	_, out := ntlmSignIn(t, a, newFlow(transport.TLS), alice(), "alice@parley.test", ", version=3")
	if out.User == "" {
		t.Fatal("version 3 signs from the message after on")
	}
	strict := newFlow(transport.TLS)
	out = a.Register(strict, request(t, "REGISTER", "alice@parley.test", true, `Authorization: NTLM gssapi-data=""`))
	var given credentials
	given.parse(out.Reply.Get("WWW-Authenticate"))
	challenge, err := base64.StdEncoding.DecodeString(given.gssapi)
	if err != nil {
		t.Fatal(err)
	}
	who := alice()
	raw, _, err := who.Answer(challenge, [8]byte{}, [16]byte{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	out = a.Register(strict, request(t, "REGISTER", "alice@parley.test", true,
		`Authorization: NTLM opaque="`+given.opaque+`", gssapi-data="`+base64.StdEncoding.EncodeToString(raw)+`", version=4`))
	if out.User != "" || seen.reasons() != "alice@parley.test: REGISTER: message is not signed" {
		t.Errorf("version 4 without a signature: %+v, %q", out, seen.reasons())
	}
}

func TestOnlyRegisterSignsIn(t *testing.T) {
	a, _ := newAuthenticator(t, nil)
	for _, field := range []string{"Subject: none", `Proxy-Authorization: NTLM gssapi-data=""`} {
		out := a.Challenge(newFlow(transport.TLS), request(t, "SUBSCRIBE", "alice@parley.test", true, field))
		if out.Reply == nil || out.Reply.StatusCode() != 403 {
			t.Errorf("%s: %+v", field, out)
		}
	}
}

func TestSchemesOffered(t *testing.T) {
	for name, c := range map[string]struct {
		schemes Scheme
		lync    bool
		want    []string
	}{
		"lync, all":             {DigestSHA256 | DigestMD5 | NTLM | Kerberos, true, []string{"Kerberos", "NTLM"}},
		"lync, kerberos":        {DigestSHA256 | Kerberos, true, []string{"Kerberos"}},
		"lync, digest only":     {DigestSHA256, true, []string{"Digest"}},
		"standard, all":         {DigestSHA256 | DigestMD5 | NTLM | Kerberos, false, []string{"Digest", "Digest"}},
		"standard, sha-256":     {DigestSHA256, false, []string{"Digest"}},
		"standard, not enabled": {NTLM, false, nil},
	} {
		a, _ := newAuthenticator(t, func(cfg *Config) { cfg.Schemes, cfg.Kerberos = c.schemes, noKerberos{} })
		out := a.Register(newFlow(transport.TLS), request(t, "REGISTER", "alice@parley.test", c.lync))
		var got []string
		for _, line := range out.Reply.Values("WWW-Authenticate") {
			scheme, _, _ := strings.Cut(line, " ")
			got = append(got, scheme)
		}
		if strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%s: offered %v, want %v", name, got, c.want)
		}
		if c.want == nil && out.Reply.StatusCode() != 403 {
			t.Errorf("%s: %d", name, out.Reply.StatusCode())
		}
		// A scheme that is not enabled is not taken either.
		if c.schemes&NTLM == 0 {
			out := a.Register(newFlow(transport.TLS), request(t, "REGISTER", "alice@parley.test", true, `Authorization: NTLM gssapi-data=""`))
			if strings.Contains(out.Reply.Get("WWW-Authenticate"), "gssapi-data") {
				t.Errorf("%s: answers a scheme that is not enabled", name)
			}
		}
	}
}

func TestBlockedUserIsNotRefreshed(t *testing.T) {
	blocked := ""
	a, _ := newAuthenticator(t, func(c *Config) { c.Accounts = accounts{blocked: &blocked} })
	lync, standard := newFlow(transport.TLS), newFlow(transport.TLS)
	c, out := ntlmSignIn(t, a, lync, alice(), "alice@parley.test", ", version=4")
	a.Register(standard, request(t, "REGISTER", "alice@parley.test", false, "Authorization: "+good("SHA-256").to(challengeOf(t, a, standard))))
	if out.User == "" || a.Challenge(standard, request(t, "MESSAGE", "alice@parley.test", false)).User == "" {
		t.Fatal("alice cannot sign in")
	}
	blocked = "alice@parley.test"
	if out := a.Register(lync, c.signed(request(t, "REGISTER", "alice@parley.test", true))); out.User != "" {
		t.Error("a blocked user refreshes the registration by signature")
	}
	if out := a.Challenge(standard, request(t, "MESSAGE", "alice@parley.test", false)); out.User != "" {
		t.Error("a blocked user's connection is still trusted")
	}
}
