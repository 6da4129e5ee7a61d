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

func benchRegister(n int, port uint16, credentials string) []byte {
	return fmt.Appendf(nil, "REGISTER sip:bench.test SIP/2.0\r\n"+
		"Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK-2157-%d-0\r\n"+
		"From: <sip:alice@bench.test>;tag=2157r%d\r\n"+
		"To: <sip:alice@bench.test>\r\n"+
		"Call-ID: %d-2157@127.0.0.1\r\n"+
		"CSeq: 1 REGISTER\r\n"+
		"Contact: <sip:alice@127.0.0.1:%d;transport=UDP>\r\n"+
		"%sMax-Forwards: 70\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n", port, n, n, n, port, credentials)
}

// benchAnswer computes the Digest credentials for a challenge.
func benchAnswer(challenge []byte) string {
	_, nonce, _ := strings.Cut(string(challenge), `nonce="`)
	nonce, _, _ = strings.Cut(nonce, `"`)
	sum := func(text string) string {
		s := md5.Sum([]byte(text))
		return hex.EncodeToString(s[:])
	}
	response := sum(sum("alice:bench.test:secret") + ":" + nonce + ":00000001:6b8b4567:auth:" + sum("REGISTER:sip:127.0.0.1:5060"))
	return `Authorization: Digest username="alice",realm="bench.test",cnonce="6b8b4567",nc=00000001,qop=auth,uri="sip:127.0.0.1:5060",nonce="` +
		nonce + `",response="` + response + `",algorithm=MD5` + "\r\n"
}

// BenchmarkRegister is a REGISTER with Digest, which is two requests, from the bytes that arrived to those that are sent.
// The client's part takes 6 us and 19 allocations.
func BenchmarkRegister(b *testing.B) {
	s := benchServer(b)
	f := newBenchFlow(transport.UDP, 45060)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		receive(b, s, f, benchRegister(2*n, 45060, ""))
		credentials := benchAnswer(<-f.got)
		receive(b, s, f, benchRegister(2*n+1, 45060, credentials))
		if answer := <-f.got; !strings.HasPrefix(string(answer), "SIP/2.0 200") {
			b.Fatalf("answer %s", answer)
		}
	}
}

// BenchmarkRegisterClient is the client's part of BenchmarkRegister.
func BenchmarkRegisterClient(b *testing.B) {
	b.ReportAllocs()
	challenge := []byte(`WWW-Authenticate: Digest realm="bench.test", nonce="AABBCCDDEEFFGGHHAABBCCDDEEFFGGHH"`)
	for n := 0; b.Loop(); n++ {
		_ = benchRegister(2*n, 45060, "")
		_ = benchRegister(2*n+1, 45060, benchAnswer(challenge))
	}
}
