package app

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"parley/internal/frontend/directory"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// benchServer is a whole server without listeners; requests are handed to its transaction layer as a reader does.
func benchServer(b *testing.B) *server {
	b.Helper()
	dir := b.TempDir()
	file := filepath.Join(dir, "parley.toml")
	text := fmt.Sprintf(`domains = ["bench.test"]
name = "127.0.0.1"
[listen]
sip-udp = ["127.0.0.1:0"]
sip-tcp = []
sip-tls = []
https = []
metrics = []
[media]
relay = "between-dialects"
[store]
path = %q
[auth]
schemes = ["digest"]
insecure-transports = ["udp", "tcp"]
[quality]
archive = "off"
[log]
level = "error"
`, filepath.Join(dir, "state"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cfg, err := load(file)
	if err != nil {
		b.Fatal(err)
	}
	s := newServer(file, cfg, io.Discard)
	b.Cleanup(func() { s.stop() })
	if err := s.open(context.Background()); err != nil {
		b.Fatal(err)
	}
	for _, user := range []string{"alice@bench.test", "bob@bench.test"} {
		if err := s.identity.local.Add(context.Background(), directory.User{AOR: user, Enabled: true}); err != nil {
			b.Fatal(err)
		}
		if err := s.identity.local.SetPassword(context.Background(), user, "secret"); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// benchFlow is a peer that keeps what is sent to it.
type benchFlow struct {
	proto  transport.Proto
	remote netip.AddrPort
	done   chan struct{}
	got    chan []byte
	mu     sync.Mutex
	values map[any]any
}

func newBenchFlow(proto transport.Proto, port uint16) *benchFlow {
	return &benchFlow{
		proto: proto, remote: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), done: make(chan struct{}),
		got: make(chan []byte, 1<<16), values: map[any]any{},
	}
}

func (f *benchFlow) ID() uint64             { return 1<<63 | uint64(f.remote.Port()) }
func (f *benchFlow) Proto() transport.Proto { return f.proto }
func (f *benchFlow) Local() netip.AddrPort  { return netip.MustParseAddrPort("127.0.0.1:5060") }
func (f *benchFlow) Remote() netip.AddrPort { return f.remote }
func (f *benchFlow) Send(raw []byte) error  { f.got <- raw; return nil }
func (f *benchFlow) Close(error)            {}
func (f *benchFlow) Done() <-chan struct{}  { return f.done }

func (f *benchFlow) Get(key any) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.values[key]
}

func (f *benchFlow) Set(key, value any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.values[key] = value
}

func receive(b *testing.B, s *server, f transport.Flow, raw []byte) {
	m := new(sip.Message)
	if err := m.Parse(raw); err != nil {
		b.Fatal(err)
	}
	s.layer.Receive(f, m, nil)
}

func (f *benchFlow) register(user string, n int, credentials string) []byte {
	proto, port := f.proto.String(), f.remote.Port()
	return fmt.Appendf(nil, "REGISTER sip:bench.test SIP/2.0\r\n"+
		"Via: SIP/2.0/%s 127.0.0.1:%d;branch=z9hG4bK-2157-%d-0\r\n"+
		"From: <sip:%s@bench.test>;tag=2157r%d\r\n"+
		"To: <sip:%s@bench.test>\r\n"+
		"Call-ID: %d-2157@127.0.0.1\r\n"+
		"CSeq: 1 REGISTER\r\n"+
		"Contact: <sip:%s@127.0.0.1:%d;transport=%s>\r\n"+
		"%sMax-Forwards: 70\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n", proto, port, n, user, n, user, n, user, port, proto, credentials)
}

// request is a request of a call or message from alice to bob, by the route that is given.
func (f *benchFlow) request(n int, method, uri, to, route string, cseq int, body string) []byte {
	kind := "text/plain"
	if method == "INVITE" {
		kind = "application/sdp"
	}
	return fmt.Appendf(nil, "%s %s SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:%d;branch=z9hG4bK-2157-%d-%d-%s\r\n%s"+
		"From: <sip:alice@bench.test>;tag=2157c%d\r\nTo: <sip:bob@bench.test>%s\r\nCall-ID: %d-2157@127.0.0.1\r\nCSeq: %d %s\r\n"+
		"Contact: <sip:alice@127.0.0.1:%d;transport=TCP>\r\nMax-Forwards: 70\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		method, uri, f.remote.Port(), n, cseq, method, route, n, to, n, cseq, method, f.remote.Port(), kind, len(body), body)
}

// expect returns the next message of that method or status, and passes over provisional responses.
func (f *benchFlow) expect(b *testing.B, method string, status int) *sip.Message {
	for {
		m, err := sip.Parse(<-f.got)
		if err != nil {
			b.Fatal(err)
		}
		if m.StatusCode() >= 100 && m.StatusCode() < 200 {
			continue
		}
		if m.Method() != method || m.StatusCode() != status {
			b.Fatalf("got %s %d, want %s %d", m.Method(), m.StatusCode(), method, status)
		}
		return m
	}
}

// signIn registers a user over the flow.
func (f *benchFlow) signIn(b *testing.B, s *server, user string, n int) {
	receive(b, s, f, f.register(user, 2*n, ""))
	credentials := benchAnswer(user, <-f.got)
	receive(b, s, f, f.register(user, 2*n+1, credentials))
	if answer := <-f.got; !strings.HasPrefix(string(answer), "SIP/2.0 200") {
		b.Fatalf("answer %s", answer)
	}
}

// answer sends the response of a flow's user to a request, with a tag.
func (f *benchFlow) answer(b *testing.B, s *server, req *sip.Message, body string) {
	res := sip.NewResponse(req, 200, "")
	res.SetTag("2157a")
	res.Add("Contact", fmt.Sprintf("<sip:bob@127.0.0.1:%d;transport=TCP>", f.remote.Port()))
	if body != "" {
		res.SetBody("application/sdp", []byte(body))
	}
	receive(b, s, f, res.Bytes())
}

// benchAnswer computes the Digest credentials for a challenge.
func benchAnswer(user string, challenge []byte) string {
	_, nonce, _ := strings.Cut(string(challenge), `nonce="`)
	nonce, _, _ = strings.Cut(nonce, `"`)
	sum := func(text string) string {
		s := md5.Sum([]byte(text))
		return hex.EncodeToString(s[:])
	}
	response := sum(sum(user+":bench.test:secret") + ":" + nonce + ":00000001:6b8b4567:auth:" + sum("REGISTER:sip:127.0.0.1:5060"))
	return `Authorization: Digest username="` + user + `",realm="bench.test",cnonce="6b8b4567",nc=00000001,qop=auth,uri="sip:127.0.0.1:5060",nonce="` +
		nonce + `",response="` + response + `",algorithm=MD5` + "\r\n"
}

// BenchmarkRegister is a REGISTER with Digest, which is two requests, from the bytes that arrived to those that are sent.
func BenchmarkRegister(b *testing.B) {
	s := benchServer(b)
	f := newBenchFlow(transport.UDP, 45060)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		f.signIn(b, s, "alice", n)
	}
}

// BenchmarkRegisterClient is the client's part of BenchmarkRegister.
func BenchmarkRegisterClient(b *testing.B) {
	f := newBenchFlow(transport.UDP, 45060)
	b.ReportAllocs()
	challenge := []byte(`WWW-Authenticate: Digest realm="bench.test", nonce="AABBCCDDEEFFGGHHAABBCCDDEEFFGGHH"`)
	for n := 0; b.Loop(); n++ {
		_ = f.register("alice", 2*n, "")
		_ = f.register("alice", 2*n+1, benchAnswer("alice", challenge))
	}
}

// BenchmarkMessage is 32 messages to a registered user, stored with one sync, with the recipient's answers.
func BenchmarkMessage(b *testing.B) {
	s := benchServer(b)
	alice, bob := newBenchFlow(transport.TCP, 45060), newBenchFlow(transport.TCP, 45062)
	alice.signIn(b, s, "alice", 1)
	bob.signIn(b, s, "bob", 2)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		for i := range 32 {
			receive(b, s, alice, alice.request(32*n+i, "MESSAGE", "sip:bob@bench.test", "", "", 3, "The quick brown fox jumps over the lazy dog."))
		}
		for range 32 {
			bob.answer(b, s, bob.expect(b, "MESSAGE", 0), "")
		}
		for range 32 {
			alice.expect(b, "MESSAGE", 200)
		}
	}
}

// BenchmarkCall is a call between devices of one dialect, INVITE to BYE through Record-Route.
func BenchmarkCall(b *testing.B) {
	const sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
	s := benchServer(b)
	alice, bob := newBenchFlow(transport.TCP, 45060), newBenchFlow(transport.TCP, 45062)
	alice.signIn(b, s, "alice", 1)
	bob.signIn(b, s, "bob", 2)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		receive(b, s, alice, alice.request(n, "INVITE", "sip:bob@bench.test", "", "", 3, sdp))
		bob.answer(b, s, bob.expect(b, "INVITE", 0), sdp)
		route := ""
		for _, value := range alice.expect(b, "INVITE", 200).List("Record-Route") {
			route += "Route: " + value + "\r\n"
		}
		receive(b, s, alice, alice.request(n, "ACK", "sip:bob@bench.test", ";tag=2157a", route, 3, ""))
		bob.expect(b, "ACK", 0)
		receive(b, s, alice, alice.request(n, "BYE", "sip:bob@bench.test", ";tag=2157a", route, 4, ""))
		bob.answer(b, s, bob.expect(b, "BYE", 0), "")
		alice.expect(b, "BYE", 200)
	}
}
