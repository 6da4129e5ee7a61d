package locate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/stack/locate/dnstest"
	"parley/internal/stack/transport"
)

func resolver(t *testing.T, s *dnstest.Server) *Resolver {
	t.Helper()
	return New(Config{
		Servers: []netip.AddrPort{s.Addr()}, Hosts: filepath.Join(t.TempDir(), "hosts"),
		Reachable: func(a netip.Addr) bool { return a.Is4() || a != netip.MustParseAddr("2001:db8::dead") },
	})
}

// list writes hops in short: "UDP 192.0.2.1:5060".
func list(hops []Hop) string {
	var b []string
	for _, h := range hops {
		b = append(b, h.Proto.String()+" "+h.Addr.String())
	}
	return strings.Join(b, ", ")
}

func TestRFC3263(t *testing.T) {
	t.Parallel()
	s := dnstest.New(t)
	// As the example of RFC 3263 section 4.1, with both families and weights that leave one order only.
	s.Pointer("example.com", 60, 50, 50, "s", "SIPS+D2T", "_sips._tcp.example.com")
	s.Pointer("example.com", 60, 90, 50, "s", "SIP+D2T", "_sip._tcp.example.com")
	s.Pointer("example.com", 60, 100, 50, "S", "SIP+D2U", "_sip._udp.example.com")
	s.Pointer("example.com", 60, 10, 50, "s", "SIP+D2S", "_sip._sctp.example.com")
	s.Pointer("example.com", 60, 10, 50, "u", "E2U+sip", "ignored.example.com")
	s.Service("_sips._tcp.example.com", 60, 0, 1, 5061, "server1.example.com")
	s.Service("_sip._tcp.example.com", 60, 1, 0, 5060, "server2.example.com")
	s.Service("_sip._tcp.example.com", 60, 0, 0, 5070, "server1.example.com")
	s.Service("_sip._udp.example.com", 60, 0, 0, 5080, "server1.example.com")
	s.Host("server1.example.com", 60, "192.0.2.1")
	s.Host("server1.example.com", 60, "2001:db8::1")
	s.Host("server2.example.com", 60, "192.0.2.2")
	s.Host("example.com", 60, "192.0.2.9")
	// Without NAPTR.
	s.Service("_sip._udp.srv.test", 60, 0, 0, 5062, "server2.example.com")
	s.Service("_sips._tcp.srv.test", 60, 0, 0, 5063, "server2.example.com")
	// Addresses only.
	s.Host("plain.test", 60, "192.0.2.7")
	s.Alias("alias.test", 60, "plain.test")
	// Decidedly no service, although there is an address.
	s.Service("_sip._udp.none.test", 60, 0, 0, 0, "")
	s.Host("none.test", 60, "192.0.2.8")
	// Two families, of which one cannot be reached.
	s.Host("dual.test", 60, "192.0.2.3")
	s.Host("dual.test", 60, "2001:db8::dead")
	// NAPTR straight to a host, and to what we cannot speak.
	s.Pointer("direct.test", 60, 1, 1, "a", "SIP+D2T", "plain.test")
	s.Pointer("sctp.test", 60, 1, 1, "s", "SIP+D2S", "_sip._sctp.sctp.test")
	s.Alias("loop.test", 60, "loop.test")
	r := resolver(t, s)
	tests := []struct {
		name string
		q    Query
		want string
		err  error
	}{
		{"NAPTR and SRV", Query{Host: "Example.COM"}, "TLS [2001:db8::1]:5061, TLS 192.0.2.1:5061, TCP [2001:db8::1]:5070, TCP 192.0.2.1:5070, TCP 192.0.2.2:5060, UDP [2001:db8::1]:5080, UDP 192.0.2.1:5080", nil},
		{"sips takes TLS only", Query{Host: "example.com", Secure: true}, "TLS [2001:db8::1]:5061, TLS 192.0.2.1:5061", nil},
		{"transport given: its SRV", Query{Host: "example.com", Proto: transport.TCP}, "TCP [2001:db8::1]:5070, TCP 192.0.2.1:5070, TCP 192.0.2.2:5060", nil},
		{"sips and transport=tcp is TLS", Query{Host: "example.com", Proto: transport.TCP, Secure: true}, "TLS [2001:db8::1]:5061, TLS 192.0.2.1:5061", nil},
		{"port given: addresses only", Query{Host: "example.com", Port: 5090}, "UDP 192.0.2.9:5090", nil},
		{"port and sips", Query{Host: "example.com", Port: 5090, Secure: true}, "TLS 192.0.2.9:5090", nil},
		{"address", Query{Host: "203.0.113.5"}, "UDP 203.0.113.5:5060", nil},
		{"IPv6 address and sips", Query{Host: "2001:db8::5", Secure: true}, "TLS [2001:db8::5]:5061", nil},
		{"no NAPTR: SRV of each transport", Query{Host: "srv.test"}, "UDP 192.0.2.2:5062", nil},
		{"no NAPTR, sips", Query{Host: "srv.test", Secure: true}, "TLS 192.0.2.2:5063", nil},
		{"no SRV: default of sip", Query{Host: "plain.test"}, "UDP 192.0.2.7:5060", nil},
		{"no SRV: default of sips", Query{Host: "plain.test", Secure: true}, "TLS 192.0.2.7:5061", nil},
		{"no SRV for the transport", Query{Host: "srv.test.", Proto: transport.TCP}, "", ErrNotFound},
		{"alias", Query{Host: "alias.test", Proto: transport.TCP}, "TCP 192.0.2.7:5060", nil},
		{"service that is not there", Query{Host: "none.test"}, "", ErrNotFound},
		{"unreachable family last", Query{Host: "dual.test"}, "UDP 192.0.2.3:5060, UDP [2001:db8::dead]:5060", nil},
		{"NAPTR to a host", Query{Host: "direct.test"}, "TCP 192.0.2.7:5060", nil},
		{"nothing that we speak", Query{Host: "sctp.test"}, "", ErrNoTransport},
		{"WebSocket is for clients", Query{Host: "plain.test", Proto: transport.WS}, "", ErrNoTransport},
		{"unknown", Query{Host: "nowhere.test"}, "", ErrNotFound},
		{"alias of itself", Query{Host: "loop.test", Port: 1}, "", ErrNotFound},
		{"no name at all", Query{Host: strings.Repeat("a.", 200), Port: 1}, "", ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hops, err := r.Locate(t.Context(), tt.q)
			if !errors.Is(err, tt.err) || list(hops) != tt.want {
				t.Errorf("%s, error %v\nwant %s, error %v", list(hops), err, tt.want, tt.err)
			}
			for _, h := range hops {
				if want := strings.ToLower(strings.TrimSuffix(tt.q.Host, ".")); h.Name != want {
					t.Errorf("certificate name %q, want the domain %q", h.Name, want)
				}
			}
			if again, ok := r.Known(tt.q); tt.err == nil && (!ok || list(again) != tt.want) {
				t.Errorf("from the cache: %s %v", list(again), ok)
			}
		})
	}
}

func TestWeights(t *testing.T) {
	t.Parallel()
	r := New(Config{})
	records := []service{{10, 60, 1, "a"}, {10, 20, 2, "b"}, {10, 20, 3, "c"}, {20, 0, 4, "d"}, {10, 0, 5, "e"}}
	first := map[string]int{}
	const rounds = 6000
	for range rounds {
		got := r.order(records)
		if len(got) != len(records) || got[4].target != "d" {
			t.Fatalf("order %v", got)
		}
		first[got[0].target]++
	}
	// RFC 2782: 60, 20 and 20 of 100. The bounds are more than ten standard deviations away.
	for name, want := range map[string]int{"a": rounds * 60 / 100, "b": rounds / 5, "c": rounds / 5} {
		if got := first[name]; got < want-400 || got > want+400 {
			t.Errorf("%s first %d times of %d, want about %d", name, got, rounds, want)
		}
	}
	if first["e"] > rounds/20 {
		t.Errorf("a server of weight 0 was first %d times", first["e"])
	}
}

func TestAnswersAreKeptForTheirTime(t *testing.T) {
	t.Parallel()
	s := dnstest.New(t)
	s.Host("short.test", 0, "192.0.2.1")
	s.Host("long.test", 3600, "192.0.2.2")
	r := resolver(t, s)
	for range 3 {
		for _, name := range []string{"short.test", "long.test", "missing.test"} {
			_, _ = r.Locate(t.Context(), Query{Host: name, Port: 5060})
		}
	}
	counts := map[string]int{}
	for _, q := range s.Asked() {
		counts[q]++
	}
	for q, want := range map[string]int{"A short.test": 3, "A long.test": 1, "A missing.test": 1, "AAAA long.test": 1} {
		if counts[q] != want {
			t.Errorf("%s asked %d times, want %d", q, counts[q], want)
		}
	}
}

func TestCacheIsBoundedAndExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(Config{})
		keep := func(name string, life time.Duration) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.keep(question{name, kindA}, entry{until: time.Now().Add(life)})
		}
		for i := range maxEntries + 50 {
			keep(fmt.Sprint(i), time.Duration(1+i%2)*time.Minute)
		}
		if len(r.entries) > maxEntries {
			t.Errorf("%d entries", len(r.entries))
		}
		keep("here", time.Minute)
		if _, err := r.recall("here", kindA); err != nil {
			t.Errorf("a new entry is not kept: %v", err)
		}
		time.Sleep(time.Minute)
		if _, err := r.recall("here", kindA); !errors.Is(err, errUnknown) {
			t.Errorf("an old entry answers: %v", err)
		}
		keep("more", time.Hour)
		if len(r.entries) > maxEntries*3/4 {
			t.Errorf("%d entries after half expired", len(r.entries))
		}
	})
}

func TestLongAnswersComeByTCP(t *testing.T) {
	t.Parallel()
	s := dnstest.New(t)
	s.Truncate()
	s.Host("big.test", 60, "192.0.2.1")
	hops, err := resolver(t, s).Locate(t.Context(), Query{Host: "big.test", Port: 5060})
	if err != nil || list(hops) != "UDP 192.0.2.1:5060" {
		t.Errorf("%s, %v", list(hops), err)
	}
}

func TestSecondServerAnswersWhenTheFirstIsSilent(t *testing.T) {
	t.Parallel()
	silent, good := dnstest.New(t), dnstest.New(t)
	silent.Mute("test")
	good.Host("host.test", 60, "192.0.2.1")
	r := New(Config{Servers: []netip.AddrPort{silent.Addr(), good.Addr()}, Wait: 50 * time.Millisecond, Hosts: os.DevNull})
	hops, err := r.Locate(t.Context(), Query{Host: "host.test", Port: 5060})
	if err != nil || list(hops) != "UDP 192.0.2.1:5060" {
		t.Errorf("%s, %v", list(hops), err)
	}
}

func TestSilentDNSIsAskedOnceForMany(t *testing.T) {
	t.Parallel()
	s := dnstest.New(t)
	s.Mute("test")
	r := New(Config{Servers: []netip.AddrPort{s.Addr()}, Wait: 30 * time.Millisecond, Hosts: os.DevNull})
	done := make(chan error, 50)
	for range cap(done) {
		go func() {
			_, err := r.Locate(context.Background(), Query{Host: "dead.test", Port: 5060})
			done <- err
		}()
	}
	for range cap(done) {
		if err := <-done; !errors.Is(err, ErrNoAnswer) {
			t.Errorf("error %v", err)
		}
	}
	if n := len(s.Asked()); n > 4 { // two kinds, two attempts
		t.Errorf("asked %d times", n)
	}
}

func TestHostsFileGoesFirst(t *testing.T) {
	t.Parallel()
	s := dnstest.New(t)
	s.Host("pbx.test", 60, "192.0.2.99")
	path := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(path, []byte("# comment\n192.0.2.1 PBX.test pbx # the old one\n2001:db8::1 pbx.test\nnonsense x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := New(Config{Servers: []netip.AddrPort{s.Addr()}, Hosts: path, Reachable: func(netip.Addr) bool { return true }})
	hops, err := r.Locate(t.Context(), Query{Host: "pbx.test", Port: 5060, Proto: transport.TCP})
	if err != nil || list(hops) != "TCP [2001:db8::1]:5060, TCP 192.0.2.1:5060" {
		t.Errorf("%s, %v", list(hops), err)
	}
}

func TestFailedServersComeLast(t *testing.T) {
	t.Parallel()
	s := dnstest.New(t)
	s.Service("_sip._udp.two.test", 60, 1, 0, 5060, "a.test")
	s.Service("_sip._udp.two.test", 60, 2, 0, 5060, "b.test")
	s.Host("a.test", 60, "192.0.2.1")
	s.Host("b.test", 60, "192.0.2.2")
	r := resolver(t, s)
	q := Query{Host: "two.test", Proto: transport.UDP}
	hops, err := r.Locate(t.Context(), q)
	if err != nil || list(hops) != "UDP 192.0.2.1:5060, UDP 192.0.2.2:5060" {
		t.Fatalf("%s, %v", list(hops), err)
	}
	r.Avoid(hops[0].Proto, hops[0].Addr)
	if again, _ := r.Known(q); list(again) != "UDP 192.0.2.2:5060, UDP 192.0.2.1:5060" {
		t.Errorf("after a failure: %s", list(again))
	}
}

func FuzzUnpack(f *testing.F) {
	packed, _, _ := pack("example.com", kindSRV)
	f.Add(packed)
	f.Add([]byte("\x00\x01\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x00\x00\x23\x00\x01\xc0\x0c\x00\x23\x00\x01\x00\x00\x00\x01\x00\x12\x00\x01\x00\x01\x01s\x07SIP+D2U\x00\x01b\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []recordKind{kindA, kindAAAA, kindSRV, kindNAPTR} {
			if len(data) < 2 {
				return
			}
			got, err := unpack(data, uint16(data[0])<<8|uint16(data[1]), "a", kind)
			if err == nil && (len(got.addrs) > maxRecords || len(got.services) > maxRecords || len(got.pointers) > maxRecords || got.life > longest) {
				t.Errorf("unbounded: %+v", got)
			}
			if !slices.IsSortedFunc(got.pointers, func(a, b pointer) int { return int(a.order) - int(b.order) }) {
				t.Error("pointers out of order")
			}
		}
	})
}
