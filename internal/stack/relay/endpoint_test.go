package relay

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"parley/internal/stack/ice"
	"parley/internal/stack/srtp"
	"parley/internal/wire/rtp"
	"parley/internal/wire/stun"
)

const patience = 30 * time.Second

var loopback = netip.MustParseAddr("127.0.0.1")

// bench is a running relay and what it reported.
type bench struct {
	*Relay
	mu      sync.Mutex
	reports []Report
}

func (b *bench) final() []Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Report
	for _, r := range b.reports {
		if r.Final {
			out = append(out, r)
		}
	}
	return out
}

func start(t testing.TB, ports [2]uint16) *bench {
	t.Helper()
	return startAt(t, ports, Address{Bind: loopback})
}

func startAt(t testing.TB, ports [2]uint16, at ...Address) *bench {
	t.Helper()
	b := new(bench)
	var err error
	b.Relay, err = New(Config{
		Addresses: at, Ports: ports, Workers: 2, Log: slog.New(slog.DiscardHandler),
		Report: func(r Report) {
			b.mu.Lock()
			b.reports = append(b.reports, r)
			b.mu.Unlock()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return b
}

// endpoint is a phone: two sockets, optionally ICE and SRTP.
type endpoint struct {
	t     testing.TB
	conns [2]*net.UDPConn
	addrs [2]netip.AddrPort
	to    [2]netip.AddrPort // the relay's leg
	leg   *Leg

	mu      sync.Mutex
	agent   *ice.Agent
	began   time.Time
	in, out *srtp.Context
	dtls    *srtp.Handshake
	arrived chan []byte // RTP, decrypted
	control chan []byte // RTCP, decrypted
}

func newEndpoint(t testing.TB) *endpoint {
	t.Helper()
	return newEndpointAt(t, loopback)
}

func newEndpointAt(t testing.TB, at netip.Addr) *endpoint {
	t.Helper()
	e := &endpoint{t: t, arrived: make(chan []byte, 4096), control: make(chan []byte, 64), began: time.Now()}
	for i := range e.conns {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at, 0)))
		if err != nil {
			t.Fatal(err)
		}
		e.conns[i] = c
		e.addrs[i] = c.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	return e
}

// listen starts the readers; they end with the sockets.
func (e *endpoint) listen() {
	var wg sync.WaitGroup
	for i := range e.conns {
		wg.Go(func() { e.read(i) })
	}
	e.t.Cleanup(func() {
		for _, c := range e.conns {
			c.Close()
		}
		wg.Wait()
		if e.dtls != nil {
			e.dtls.Close()
		}
	})
}

func (e *endpoint) read(i int) {
	buf := make([]byte, 2048)
	for {
		n, from, err := e.conns[i].ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		b := append(make([]byte, 0, n+64), buf[:n]...)
		e.mu.Lock()
		switch {
		case stun.Is(b) && e.agent != nil:
			e.agent.Handle(time.Since(e.began), i+1, from, b)
			e.agent.Tick(time.Since(e.began))
		case srtp.IsDTLS(b) && e.dtls != nil:
			e.dtls.Receive(b)
		case rtp.IsMedia(b):
			e.take(b)
		}
		e.mu.Unlock()
	}
}

func (e *endpoint) take(b []byte) {
	ch := e.arrived
	var err error
	if rtp.IsControl(b) {
		ch = e.control
		if e.in != nil {
			b, err = e.in.UnprotectRTCP(b)
		}
	} else if e.in != nil {
		b, err = e.in.UnprotectRTP(b)
	}
	if err != nil {
		e.t.Errorf("endpoint cannot decrypt: %v", err)
		return
	}
	select {
	case ch <- b:
	default:
	}
}

// remote is the endpoint's SDP for plain RTP.
func (e *endpoint) remote(codecs ...Codec) Remote {
	return Remote{RTP: e.addrs[0], RTCP: e.addrs[1], Codecs: codecs}
}

// attach gives the leg the endpoint's description, and the endpoint the leg's.
func (e *endpoint) attach(l *Leg, r Remote) {
	e.t.Helper()
	e.leg = l
	local := l.Local()
	addr := local.Towards(e.addrs[0].Addr())
	e.to = [2]netip.AddrPort{netip.AddrPortFrom(addr, local.RTP), netip.AddrPortFrom(addr, local.RTCP)}
	if err := l.SetRemote(r); err != nil {
		e.t.Fatal(err)
	}
}

// secure makes SDES keys for both directions; offered with line tag 1.
func (e *endpoint) secure(l *Leg, r *Remote) {
	e.t.Helper()
	key := srtp.NewCrypto(1, srtp.AES80)
	r.Crypto = &key
	e.mu.Lock()
	defer e.mu.Unlock()
	var err error
	if e.out, err = srtp.NewSender(key); err != nil {
		e.t.Fatal(err)
	}
	if e.in, err = srtp.NewReceiver(l.Local().Crypto); err != nil {
		e.t.Fatal(err)
	}
}

func (e *endpoint) send(h rtp.Header, payload []byte) {
	e.t.Helper()
	b := append(h.Append(make([]byte, 0, 2048)), payload...)
	e.mu.Lock()
	if e.out != nil {
		var err error
		if b, err = e.out.ProtectRTP(b); err != nil {
			e.t.Error(err)
		}
	}
	e.mu.Unlock()
	if _, err := e.conns[0].WriteToUDPAddrPort(b, e.to[0]); err != nil {
		e.t.Error(err)
	}
}

func (e *endpoint) next() (rtp.Header, []byte) {
	e.t.Helper()
	select {
	case b := <-e.arrived:
		var h rtp.Header
		if err := h.Parse(b); err != nil {
			e.t.Fatal(err)
		}
		return h, h.Payload(b)
	case <-time.After(patience):
		e.t.Fatal("no packet arrived")
	}
	return rtp.Header{}, nil
}

// silent fails when a packet arrives after another one, sent later to the same endpoint by the other way, has.
func (e *endpoint) silent() {
	e.t.Helper()
	select {
	case b := <-e.arrived:
		e.t.Errorf("an unexpected packet arrived: % x", b[:min(len(b), 16)])
	default:
	}
}

func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for !cond() {
		select {
		case <-poll.C:
		case <-end.C:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

var (
	pcmu  = Codec{PT: 0, Name: "PCMU", Rate: 8000, Channels: 1}
	pcma  = Codec{PT: 8, Name: "PCMA", Rate: 8000}
	g722  = Codec{PT: 9, Name: "G722", Rate: 8000}
	keys  = Codec{PT: 101, Name: "telephone-event", Rate: 8000}
	keys2 = Codec{PT: 96, Name: "telephone-event", Rate: 8000}
)

// pair makes a session with one stream and two legs.
func pair(t testing.TB, b *bench, kind Kind) (*Session, *Stream, *Leg, *Leg) {
	t.Helper()
	s := b.NewSession("call-1")
	st, err := s.AddStream(kind)
	if err != nil {
		t.Fatal(err)
	}
	a, err := st.AddLeg("alice@parley.test", LegOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := st.AddLeg("bob@parley.test", LegOptions{})
	if err != nil {
		t.Fatal(err)
	}
	st.Bridge(a, c)
	return s, st, a, c
}
