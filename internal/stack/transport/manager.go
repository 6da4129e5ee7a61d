package transport

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/wire/sip"
)

// Receiver is told what arrives. Its methods run on the flow's reader, in order; they must not block.
type Receiver interface {
	// Receive gets a message. err is not nil when the message could be read but must not be acted upon, as one whose
	// body is short; what cannot be taken apart at all is counted, logged and dropped.
	Receive(f Flow, m *sip.Message, err error)
	// Closed says that a connection has ended.
	Closed(f Flow, reason error)
}

// Tap sees every message as it was on the wire. sent says in which direction.
type Tap func(f Flow, raw []byte, sent bool)

// Limits bound what one source may use. Zero fields take the defaults of [DefaultLimits].
type Limits struct {
	ConnectionsPerSource int           // connections from one address
	Connections          int           // connections in all
	MessageTime          time.Duration // for a message to arrive whole once it has begun, and for the first one to begin
	IdleTime             time.Duration // without a message or keep-alive before a connection is closed
	SendQueue            int           // bytes waiting for one peer
	WriteTime            time.Duration // for a peer to take what is written
	DatagramsPerSecond   int           // from one address; the burst is twice that
}

// DefaultLimits suit a site whose clients may all sit behind one address translator.
func DefaultLimits() Limits {
	return Limits{
		ConnectionsPerSource: 10_000,
		Connections:          100_000,
		MessageTime:          time.Minute, // Pidgin is connected while it asks its user about the certificate
		IdleTime:             20 * time.Minute,
		SendQueue:            4 << 20,
		WriteTime:            20 * time.Second,
		DatagramsPerSecond:   50_000,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ have, def *int }{
		{&l.ConnectionsPerSource, &d.ConnectionsPerSource}, {&l.Connections, &d.Connections},
		{&l.SendQueue, &d.SendQueue}, {&l.DatagramsPerSecond, &d.DatagramsPerSecond},
	} {
		if *f.have == 0 {
			*f.have = *f.def
		}
	}
	for _, f := range []struct{ have, def *time.Duration }{
		{&l.MessageTime, &d.MessageTime}, {&l.IdleTime, &d.IdleTime}, {&l.WriteTime, &d.WriteTime},
	} {
		if *f.have == 0 {
			*f.have = *f.def
		}
	}
	return l
}

// Config is what a Manager is made from.
type Config struct {
	Receiver Receiver
	Log      *slog.Logger
	Limits   Limits
	Tap      Tap         // may be nil
	TLS      *tls.Config // of listeners and of connections that we open; needed for TLS and WSS
	// Advertise is the address that peers reach us at when a socket is bound to the unspecified address; the zero value
	// takes the first address of the machine that is neither loopback nor link-local.
	Advertise netip.Addr
}

// Manager owns all listeners and connections.
type Manager struct {
	config Config
	limits Limits
	log    *slog.Logger
	ctx    context.Context
	stop   context.CancelCauseFunc
	nextID atomic.Uint64
	work   sync.WaitGroup
	Stats  Stats
	round  round

	mu        sync.Mutex
	loops     []*loop // made when they are needed
	stopped   bool
	listeners []*Listener
	conns     map[uint64]*conn
	dialed    map[target]*conn
	sources   map[netip.Addr]int
}

// Stats count what a Manager did since it began.
type Stats struct {
	Received, Sent, Malformed, Refused, Backlogged atomic.Uint64
	Connections                                    atomic.Int64
}

// target is where a connection of ours leads.
type target struct {
	proto Proto
	addr  string
}

// New returns a Manager without listeners.
func New(config Config) *Manager {
	m := &Manager{
		config: config, limits: config.Limits.withDefaults(), log: config.Log,
		conns: map[uint64]*conn{}, dialed: map[target]*conn{}, sources: map[netip.Addr]int{},
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	if !config.Advertise.IsValid() {
		m.config.Advertise = machineAddress()
	}
	m.ctx, m.stop = context.WithCancelCause(context.Background())
	return m
}

// Listener is one socket that peers reach us on.
type Listener struct {
	Proto  Proto
	Addr   netip.AddrPort // bound, with the port that the system gave for port 0
	close  func() error
	socket *udpSocket
	fixed  netip.Addr
}

// SentBy is the address to write into Via and Record-Route for what leaves by this listener.
func (l *Listener) SentBy() netip.AddrPort { return netip.AddrPortFrom(l.fixed, l.Addr.Port()) }

// Listen binds proto on addr ("host:port", port 0 lets the system choose) and serves it until [Manager.Stop].
func (m *Manager) Listen(proto Proto, addr string) (*Listener, error) {
	var l *Listener
	var err error
	switch proto {
	case UDP:
		l, err = m.listenUDP(addr)
	case TCP, TLS:
		l, err = m.listenStream(proto, addr)
	case WS, WSS:
		l, err = m.listenWebSocket(proto, addr)
	default:
		err = fmt.Errorf("unknown transport %d", proto)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s %s: %w", proto, addr, err)
	}
	l.fixed = l.Addr.Addr().Unmap()
	if l.fixed.IsUnspecified() {
		l.fixed = m.config.Advertise
	}
	m.mu.Lock()
	m.listeners = append(m.listeners, l)
	m.mu.Unlock()
	return l, nil
}

// Listeners are the open listeners in the order in which they were opened.
func (m *Manager) Listeners() []*Listener {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]*Listener(nil), m.listeners...)
}

// listener returns the first listener of proto, preferring the address family of peer, or nil.
func (m *Manager) listener(proto Proto, peer netip.Addr) *Listener {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found *Listener
	for _, l := range m.listeners {
		if l.Proto != proto {
			continue
		}
		if found == nil || (peer.IsValid() && l.SentBy().Addr().Is4() == peer.Is4() && found.SentBy().Addr().Is4() != peer.Is4()) {
			found = l
		}
	}
	return found
}

// SentBy is our address as the peer at the other end of flow reaches it: what goes into Via, Record-Route and Contact.
func (m *Manager) SentBy(flow Flow) netip.AddrPort {
	local := flow.Local()
	l := m.listener(flow.Proto(), flow.Remote().Addr())
	switch {
	case l == nil:
		return local
	case flow.Proto() == UDP || !local.IsValid() || local.Addr().IsUnspecified():
		return l.SentBy()
	}
	return netip.AddrPortFrom(local.Addr().Unmap(), l.Addr.Port())
}

// Owns says whether addr is one that we listen on, seen from flow, which may be nil.
func (m *Manager) Owns(addr netip.AddrPort, flow Flow) bool {
	for _, l := range m.Listeners() {
		if l.Addr.Port() != addr.Port() {
			continue
		}
		host := addr.Addr().Unmap()
		if l.SentBy().Addr() == host || l.Addr.Addr().Unmap() == host || flow != nil && flow.Local().Addr().Unmap() == host {
			return true
		}
	}
	return false
}

// Stop closes all listeners and connections and waits for their goroutines.
func (m *Manager) Stop() {
	m.mu.Lock()
	m.stopped = true
	m.stop(ErrStopped)
	for _, l := range m.listeners {
		l.close()
	}
	open := make([]*conn, 0, len(m.conns))
	for _, c := range m.conns {
		open = append(open, c)
	}
	m.mu.Unlock()
	for _, c := range open {
		c.Close(ErrStopped)
	}
	for _, l := range m.loops { // there are no new ones any more
		l.stop()
	}
	m.work.Wait()
}

// loopFor returns the loop that serves the socket with that number. Half of the processors read; the other half is for
// what a message causes elsewhere.
func (m *Manager) loopFor(id uint64) (*loop, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return nil, ErrStopped
	}
	for n := min(max(1, runtime.GOMAXPROCS(0)/2), maxLoops); len(m.loops) < n; {
		l, err := newLoop(m)
		if err != nil {
			return nil, err
		}
		m.loops = append(m.loops, l)
		m.work.Add(1)
		go l.run()
	}
	return m.loops[id%uint64(len(m.loops))], nil
}

// admit counts a connection from a source, or refuses it.
func (m *Manager) admit(c *conn) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	source := c.remote.Addr()
	switch {
	case m.stopped:
		return ErrStopped
	case len(m.conns) >= m.limits.Connections:
		return fmt.Errorf("%d connections are open, the limit", len(m.conns))
	case m.sources[source] >= m.limits.ConnectionsPerSource:
		return fmt.Errorf("%d connections from %s are open, the limit for one source", m.sources[source], source)
	}
	m.sources[source]++
	m.conns[c.id] = c
	m.Stats.Connections.Add(1)
	m.work.Add(1)
	return nil
}

// release forgets a connection that admit counted.
func (m *Manager) release(c *conn) {
	m.mu.Lock()
	source := c.remote.Addr()
	if m.sources[source]--; m.sources[source] <= 0 {
		delete(m.sources, source)
	}
	delete(m.conns, c.id)
	if m.dialed[c.target] == c {
		delete(m.dialed, c.target)
	}
	m.mu.Unlock()
	m.Stats.Connections.Add(-1)
}

// machineAddress is the address that other machines most likely reach this one at; loopback if there is no other.
func machineAddress() netip.Addr {
	best := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return best
	}
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil || prefix.Addr().IsLoopback() || prefix.Addr().IsLinkLocalUnicast() {
			continue
		}
		if prefix.Addr().Is4() {
			return prefix.Addr()
		}
		if best.IsLoopback() {
			best = prefix.Addr()
		}
	}
	return best
}
