package auth

import (
	"crypto/md5"
	"crypto/sha256"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"parley/internal/event"
	"parley/internal/stack/transport"
	"parley/internal/wire/ntlm"
	"parley/internal/wire/sip"
)

// flow is a connection of a test.
type flow struct {
	transport.Flow
	proto  transport.Proto
	remote netip.AddrPort
	values map[any]any
}

func newFlow(proto transport.Proto) *flow {
	return &flow{proto: proto, remote: netip.MustParseAddrPort("192.0.2.7:40000"), values: map[any]any{}}
}

func (f *flow) Proto() transport.Proto { return f.proto }
func (f *flow) Remote() netip.AddrPort { return f.remote }
func (f *flow) Get(key any) any        { return f.values[key] }
func (f *flow) Set(key, value any)     { f.values[key] = value }

// accounts knows alice and bob with the password secret, and carol without one.
type accounts struct {
	starting bool
	blocked  *string // an AOR that may not sign in any more
}

func (a accounts) Ready() bool { return !a.starting }

func (a accounts) Resolve(login string) (string, bool) {
	if a.blocked != nil && *a.blocked == login {
		return "", false
	}
	switch login {
	case "alice@parley.test", "bob@parley.test", "carol@parley.test":
		return login, true
	case "asmith@parley.test":
		return "alice@parley.test", true
	}
	return "", false
}

func (accounts) Credentials(aor string) (c Credentials, ok bool) {
	user, _, _ := strings.Cut(aor, "@")
	if user != "alice" && user != "bob" {
		return c, false
	}
	for i, name := range []string{user, aor} {
		c.SHA256[i] = sha256.Sum256([]byte(name + ":parley.test:secret"))
		c.MD5[i] = md5.Sum([]byte(name + ":parley.test:secret"))
	}
	c.NTHash = ntlm.PasswordHash("secret")
	c.HasSHA256, c.HasMD5, c.HasNTHash = true, true, true
	return c, true
}

// failuresSeen collects what the event spine is told.
type failuresSeen struct {
	mu  sync.Mutex
	all []event.AuthFailed
}

func (f *failuresSeen) Publish(e event.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, e.(event.AuthFailed))
}

func (f *failuresSeen) reasons() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, e := range f.all {
		all = append(all, e.User+": "+e.Reason)
	}
	return strings.Join(all, "\n")
}

func newAuthenticator(t testing.TB, edit func(*Config)) (*Authenticator, *failuresSeen) {
	t.Helper()
	seen := &failuresSeen{}
	cfg := Config{
		Host: "fe.parley.test", Domains: []string{"parley.test"}, Schemes: DigestSHA256 | DigestMD5 | NTLM,
		Accounts: accounts{}, Events: seen, Log: slog.New(slog.DiscardHandler),
	}
	if edit != nil {
		edit(&cfg)
	}
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a, seen
}

// agent is a client that takes what it can of several challenges.
const agent = "Linphone/5.1.65"

func request(t testing.TB, method, user string, lync bool, fields ...string) *sip.Message {
	t.Helper()
	epid := ""
	if lync {
		epid = ";epid=f42ef11c2d1a"
	}
	text := method + " sip:parley.test SIP/2.0\r\n" +
		"Via: SIP/2.0/TLS 192.0.2.7:40000;branch=z9hG4bK8291862EE8440F8A596E\r\n" +
		"From: <sip:" + user + ">;tag=6390038653" + epid + "\r\n" +
		"To: <sip:" + user + ">\r\n" +
		"CSeq: 1 " + method + "\r\n" +
		"Call-ID: E427gCFB4a4AC6iD8D4m90FDtDA08b02B4x62DEx\r\n" +
		strings.Join(append(fields, "User-Agent: "+agent, "Content-Length: 0"), "\r\n") + "\r\n\r\n"
	m, err := sip.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
