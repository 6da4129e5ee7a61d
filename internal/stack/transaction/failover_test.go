package transaction

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/stack/locate"
	"parley/internal/stack/locate/dnstest"
	"parley/internal/stack/memnet"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// names is a DNS that a test writes: the servers of each domain, and for how long an answer takes.
type names struct {
	hops    map[string][]locate.Hop
	wait    time.Duration
	avoided []string
}

func (n *names) Known(q locate.Query) ([]locate.Hop, bool) {
	hops := n.hops[q.Host]
	return hops, n.wait == 0 && len(hops) > 0
}

func (n *names) Locate(ctx context.Context, q locate.Query) ([]locate.Hop, error) {
	select {
	case <-time.After(n.wait):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if hops := n.hops[q.Host]; len(hops) > 0 {
		return hops, nil
	}
	return nil, locate.ErrNotFound
}

func (n *names) Avoid(_ transport.Proto, addr netip.AddrPort) {
	n.avoided = append(n.avoided, addr.String())
}

// dialing is a network in memory that opens connections to servers by their address.
type dialing struct {
	*memnet.Network
	client  *side
	servers map[string]*side
}

func (d *dialing) Flow(proto transport.Proto, addr, _ string) (transport.Flow, error) {
	s := d.servers[addr]
	if s == nil {
		return nil, fmt.Errorf("connection to %s refused", addr)
	}
	a, _ := d.Pair(proto, d.client.layer, s.layer)
	return a, nil
}

// farm is a domain farm.test with the servers one, two and three.
type farm struct {
	dns             *names
	net             *dialing
	client          *side
	one, two, three *side
}

func runFarm(t *testing.T, proto transport.Proto, test func(t *testing.T, f *farm)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &farm{dns: &names{hops: map[string][]locate.Hop{}}, client: &side{}, one: &side{}, two: &side{}, three: &side{}}
		f.net = &dialing{Network: &memnet.Network{}, client: f.client, servers: map[string]*side{}}
		for i, s := range []*side{f.one, f.two, f.three} {
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(i + 1)}), 5060)
			s.layer = New(Config{Handler: s})
			s.serve = respond(200)
			f.net.servers[at.String()] = s
			f.dns.hops["farm.test"] = append(f.dns.hops["farm.test"], locate.Hop{Proto: proto, Addr: at, Name: "farm.test"})
		}
		f.client.layer = New(Config{Handler: f.client, Locator: f.dns})
		f.client.layer.Attach(f.net)
		test(t, f)
		f.net.Close()
		for _, s := range []*side{f.client, f.one, f.two, f.three} {
			s.layer.Stop()
		}
	})
}

func (f *farm) target() Target { return Target{Where: locate.Query{Host: "farm.test"}} }

func (f *farm) send(t *testing.T, method string, dst Target) *ClientTx {
	t.Helper()
	c, err := f.client.layer.Request(request(method), dst, f.client.on(method))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNextServerAfter503(t *testing.T) {
	for _, proto := range []transport.Proto{transport.UDP, transport.TCP} {
		t.Run(proto.String(), func(t *testing.T) {
			runFarm(t, proto, func(t *testing.T, f *farm) {
				f.one.serve = respond(100, 503)
				c := f.send(t, "INVITE", f.target())
				f.client.expect(t, "INVITE 100", "INVITE 200")
				f.one.expect(t, "request INVITE")
				f.two.expect(t, "request INVITE")
				f.three.expect(t)
				if got := strings.Join(f.dns.avoided, " "); got != "198.51.100.1:5060" {
					t.Errorf("avoided %q", got)
				}
				if c.Flow() == nil || c.Flow().ID() != c.others.next.flow.ID() {
					t.Error("the transaction does not tell the flow of the server that answered")
				}
				time.Sleep(10 * time.Second)
				if servers, _ := f.one.layer.Pending(); servers != 0 {
					t.Error("the 503 was not acknowledged")
				}
			})
		})
	}
}

func TestNextServerAfterTimeout(t *testing.T) {
	runFarm(t, transport.UDP, func(t *testing.T, f *farm) {
		f.one.serve = func(*ServerTx) {}
		f.send(t, "MESSAGE", f.target())
		time.Sleep(31 * time.Second)
		f.client.expect(t)
		time.Sleep(2 * time.Second)
		f.client.expect(t, "MESSAGE 200")
	})
}

func TestNextServerWhenOneCannotBeReached(t *testing.T) {
	runFarm(t, transport.TCP, func(t *testing.T, f *farm) {
		delete(f.net.servers, "198.51.100.1:5060") // refused at once
		f.two.serve = func(tx *ServerTx) { tx.Flow().Close(transport.ErrClosed) }
		f.send(t, "MESSAGE", f.target())
		f.client.expect(t, "closed", "MESSAGE 200")
		f.three.expect(t, "request MESSAGE")
	})
}

func TestLastServersFailureIsTold(t *testing.T) {
	runFarm(t, transport.TCP, func(t *testing.T, f *farm) {
		f.one.serve, f.two.serve, f.three.serve = respond(503), respond(503), respond(503)
		f.send(t, "MESSAGE", f.target())
		f.client.expect(t, "MESSAGE 503")
		f.net.servers = nil
		if _, err := f.client.layer.Request(request("MESSAGE"), f.target(), f.client.on("x")); !errors.Is(err, ErrTransport) {
			t.Errorf("nobody to be reached: %v", err)
		}
	})
}

func TestOtherAnswersAreFinal(t *testing.T) {
	runFarm(t, transport.TCP, func(t *testing.T, f *farm) {
		f.one.serve = respond(500)
		f.send(t, "MESSAGE", f.target())
		f.client.expect(t, "MESSAGE 500")
		f.two.expect(t)
		// A server that has begun to answer is not replaced when it falls silent.
		f.one.serve = respond(180)
		f.send(t, "INVITE", f.target())
		time.Sleep(5 * time.Minute)
		f.client.expect(t, "INVITE 180", "INVITE error 408")
		f.two.expect(t)
	})
}

func TestCancelFollowsToTheNextServer(t *testing.T) {
	runFarm(t, transport.TCP, func(t *testing.T, f *farm) {
		f.one.serve = respond(503)
		f.two.serve = func(tx *ServerTx) {
			tx.OnCancel(func() { respond(487)(tx) })
			respond(180)(tx)
		}
		c := f.send(t, "INVITE", f.target())
		synctest.Wait()
		c.Cancel()
		f.client.expect(t, "INVITE 180", "INVITE 487")
		// What was cancelled before is not sent again elsewhere.
		f.one.serve = func(tx *ServerTx) {
			tx.OnCancel(func() { respond(503)(tx) })
			respond(180)(tx)
		}
		c = f.send(t, "INVITE", f.target())
		synctest.Wait()
		c.Cancel()
		f.client.expect(t, "INVITE 180", "INVITE 503")
	})
}

func TestEachAttemptIsPreparedForItsFlow(t *testing.T) {
	runFarm(t, transport.TCP, func(t *testing.T, f *farm) {
		var got []string
		record := func(code int) func(*ServerTx) {
			return func(tx *ServerTx) {
				got = append(got, strings.Join(tx.Request().Values("Record-Route"), " ")+fmt.Sprintf(" %d Via", len(tx.Request().Values("Via"))))
				respond(code)(tx)
			}
		}
		f.one.serve, f.two.serve = record(503), record(200)
		dst := f.target()
		n := 0
		dst.Prepare = func(m *sip.Message, flow transport.Flow) { n++; m.Prepend("Record-Route", fmt.Sprintf("<sip:%d>", n)) }
		f.send(t, "INVITE", dst)
		f.client.expect(t, "INVITE 200")
		if want := "<sip:1> 1 Via, <sip:2> 1 Via"; strings.Join(got, ", ") != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestAddressAfterTheServersOfAName(t *testing.T) {
	runFarm(t, transport.TCP, func(t *testing.T, f *farm) {
		dst := Target{Where: locate.Query{Host: "gone.test"}, Proto: transport.TCP, Addr: "198.51.100.3:5060"}
		f.send(t, "MESSAGE", dst)
		f.client.expect(t, "MESSAGE 200")
		f.three.expect(t, "request MESSAGE")
	})
}

// A name without answer holds up nobody: neither the caller, nor other requests, nor the end of the server.
func TestSlowNamesBlockNobody(t *testing.T) {
	runFarm(t, transport.TCP, func(t *testing.T, f *farm) {
		f.dns.wait = time.Hour
		began := time.Now()
		for range maxLookups {
			f.send(t, "MESSAGE", Target{Where: locate.Query{Host: "slow.test"}})
		}
		if _, err := f.client.layer.Request(request("MESSAGE"), Target{Where: locate.Query{Host: "slow.test"}}, f.client.on("x")); !errors.Is(err, ErrTransport) {
			t.Errorf("one more than may wait: %v", err)
		}
		f.send(t, "OPTIONS", Target{Proto: transport.TCP, Addr: "198.51.100.1:5060"})
		f.client.expect(t, "OPTIONS 200")
		if time.Since(began) != 0 {
			t.Errorf("waited %s", time.Since(began))
		}
		time.Sleep(lookupTime)
		synctest.Wait()
		if n := len(f.client.events); n != maxLookups || f.client.events[0] != "MESSAGE error 503" {
			t.Errorf("%d failures, first %q", n, f.client.events[0])
		}
		f.client.events = nil
		f.send(t, "MESSAGE", Target{Where: locate.Query{Host: "slow.test"}})
		f.client.layer.Stop()
		f.client.expect(t, "MESSAGE error 503")
	})
}

// With sockets and a DNS server: NAPTR chooses TCP, the first server is not there, the second answers.
func TestNamesOverSockets(t *testing.T) {
	t.Parallel()
	dns := dnstest.New(t)
	server := &side{serve: respond(200)}
	server.layer = New(Config{Handler: server})
	far := transport.New(transport.Config{Receiver: server.layer})
	server.layer.Attach(far)
	l, err := far.Listen(transport.TCP, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dns.Pointer("parley.test", 60, 1, 1, "s", "SIP+D2T", "_sip._tcp.parley.test")
	dns.Service("_sip._tcp.parley.test", 60, 1, 0, 1, "host.parley.test") // nobody listens on port 1
	dns.Service("_sip._tcp.parley.test", 60, 2, 0, l.Addr.Port(), "host.parley.test")
	dns.Host("host.parley.test", 60, "127.0.0.1")
	client := New(Config{Handler: &side{}, Locator: locate.New(locate.Config{Servers: []netip.AddrPort{dns.Addr()}, Hosts: os.DevNull})})
	near := transport.New(transport.Config{Receiver: client})
	client.Attach(near)
	t.Cleanup(func() {
		near.Stop()
		client.Stop()
		far.Stop()
		server.layer.Stop()
	})
	u, err := sip.ParseURI("sip:bob@parley.test")
	if err != nil {
		t.Fatal(err)
	}
	dst, err := TargetOf(u)
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan string, 10)
	_, err = client.Request(request("MESSAGE"), dst, func(m *sip.Message, err error) {
		if err != nil {
			answers <- err.Error()
			return
		}
		answers <- fmt.Sprint(m.StatusCode())
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-answers:
		if got != "200" {
			t.Errorf("answer %s", got)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("no answer")
	}
}

func TestTargetOf(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]Target{
		"sip:a@192.0.2.1":                        {Proto: transport.UDP, Addr: "192.0.2.1:5060"},
		"sip:a@192.0.2.1:5070;transport=tcp":     {Proto: transport.TCP, Addr: "192.0.2.1:5070"},
		"sips:a@[2001:db8::1]":                   {Proto: transport.TLS, Addr: "[2001:db8::1]:5061"},
		"sip:a@x.test;maddr=192.0.2.2":           {Proto: transport.UDP, Addr: "192.0.2.2:5060"},
		"sip:a@x.test":                           {Where: locate.Query{Host: "x.test"}},
		"sip:a@x.test:5070":                      {Where: locate.Query{Host: "x.test", Port: 5070}},
		"sips:a@x.test;transport=tcp":            {Where: locate.Query{Host: "x.test", Proto: transport.TCP, Secure: true}},
		"sip:a@192.0.2.1;maddr=x.test;lr":        {Where: locate.Query{Host: "x.test"}},
		"sip:a@192.0.2.1;transport=tls;ob;other": {Proto: transport.TLS, Addr: "192.0.2.1:5061"},
	} {
		u, err := sip.ParseURI(uri)
		if err != nil {
			t.Fatal(err)
		}
		got, err := TargetOf(u)
		if err != nil || got.Proto != want.Proto || got.Addr != want.Addr || got.Where != want.Where {
			t.Errorf("%s: %+v, %v, want %+v", uri, got, err, want)
		}
	}
	if _, err := TargetOf(sip.URI{Scheme: "sip", Host: "x", Params: ";transport=sctp"}); err == nil {
		t.Error("an unknown transport was accepted")
	}
}
