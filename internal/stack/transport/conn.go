package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"parley/internal/wire/sip"
)

// conn is a TCP, TLS or WebSocket flow. TCP is read by a loop and written by who sends; the others have a goroutine that
// reads, and one that writes only while there is something to write.
type conn struct {
	manager *Manager
	id      uint64
	proto   Proto
	local   netip.AddrPort
	remote  netip.AddrPort
	target  target // set when we opened it
	done    chan struct{}

	mu      sync.Mutex
	net     io.Closer // *polledStream or stream; nil while we are connecting
	queue   [][]byte
	spare   [][]byte // of the last write, for the next queue
	queued  int      // bytes in queue
	writing bool
	closed  error
	values  map[any]any
}

// stream is what a connection with goroutines of its own runs on.
type stream interface {
	io.Closer
	// writeAll writes messages, as few system calls as it can.
	writeAll(messages [][]byte, deadline time.Time) error
	// read hands every message that arrives to receive until the stream ends.
	read(c *conn) error
}

func (m *Manager) newConn(proto Proto) *conn {
	return &conn{manager: m, id: m.nextID.Add(1), proto: proto, done: make(chan struct{})}
}

func (c *conn) ID() uint64             { return c.id }
func (c *conn) Proto() Proto           { return c.proto }
func (c *conn) Local() netip.AddrPort  { return c.local }
func (c *conn) Remote() netip.AddrPort { return c.remote }
func (c *conn) Done() <-chan struct{}  { return c.done }

func (c *conn) Get(key any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.values[key]
}

func (c *conn) Set(key, value any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.values == nil {
		c.values = map[any]any{}
	}
	c.values[key] = value
}

func (c *conn) Send(raw []byte) error {
	if tap := c.manager.config.Tap; tap != nil {
		tap(c, raw, true)
	}
	c.mu.Lock()
	if c.closed != nil {
		c.mu.Unlock()
		return ErrClosed
	}
	if c.queued+len(raw) > c.manager.limits.SendQueue {
		c.mu.Unlock()
		c.manager.Stats.Backlogged.Add(1)
		c.Close(ErrBacklog)
		return ErrBacklog
	}
	c.queue = append(c.queue, raw)
	c.queued += len(raw)
	c.mu.Unlock()
	c.manager.round.flush(c)
	return nil
}

// flush writes what is queued: on plain TCP at once as far as the system takes it, on everything else by a goroutine that
// lasts as long as there is something to write.
func (c *conn) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writing || c.net == nil || len(c.queue) == 0 || c.closed != nil {
		return
	}
	if s, ok := c.net.(*polledStream); ok {
		c.writeOut(s)
		return
	}
	c.writing = true
	c.manager.work.Add(1)
	go c.write()
}

// writeOut is called with mu held.
func (c *conn) writeOut(s *polledStream) {
	c.writing = true
	for len(c.queue) > 0 && c.closed == nil && !s.stalled() {
		batch, size := c.queue, c.queued
		c.queue = c.spare[:0]
		c.mu.Unlock()
		rest, err := s.writeNow(batch)
		c.manager.Stats.Sent.Add(uint64(len(batch)))
		if err != nil {
			c.Close(err)
		}
		c.mu.Lock()
		clear(batch)
		c.spare = batch
		c.queued -= size - len(rest)
		if len(rest) > 0 {
			c.queue = slices.Insert(c.queue, 0, rest)
		}
	}
	c.writing = false
}

// write empties the queue. What is queued meanwhile goes with the next round, so a busy connection writes many
// messages with one call.
func (c *conn) write() {
	defer c.manager.work.Done()
	var batch [][]byte
	for {
		c.mu.Lock()
		if len(c.queue) == 0 || c.closed != nil {
			c.writing = false
			c.mu.Unlock()
			return
		}
		batch, c.queue = c.queue, batch[:0]
		size := c.queued
		s := c.net.(stream)
		c.mu.Unlock()
		err := s.writeAll(batch, time.Now().Add(c.manager.limits.WriteTime))
		c.mu.Lock()
		c.queued -= size
		c.mu.Unlock()
		if err != nil {
			c.Close(err)
			continue
		}
		c.manager.Stats.Sent.Add(uint64(len(batch)))
		clear(batch)
	}
}

func (c *conn) Close(reason error) {
	c.mu.Lock()
	if c.closed != nil {
		c.mu.Unlock()
		return
	}
	if reason == nil {
		reason = ErrClosed
	}
	c.closed = reason
	s := c.net
	c.mu.Unlock()
	close(c.done)
	if s != nil {
		s.Close()
	}
}

// serve reads until the stream ends, then reports the end. The caller has admitted c.
func (c *conn) serve(s stream) {
	defer c.manager.work.Done()
	c.mu.Lock()
	c.net = s
	closed := c.closed
	c.mu.Unlock()
	c.flush()
	if closed != nil {
		s.Close()
	}
	c.end(s.read(c))
}

// end reports the connection's end. The reason of an earlier Close stands.
func (c *conn) end(reason error) {
	c.Close(reason)
	c.mu.Lock()
	reason = c.closed
	c.mu.Unlock()
	if errors.Is(reason, ErrSlow) || errors.Is(reason, ErrFraming) || errors.Is(reason, ErrBacklog) {
		c.manager.log.Info("closed a connection", "transport", c.proto.String(), "peer", c.remote.String(), "reason", reason)
	}
	c.manager.release(c)
	c.manager.config.Receiver.Closed(c, reason)
}

// deliver parses one message and hands it up. raw is the message's own.
func (c *conn) deliver(raw []byte) {
	c.manager.deliver(c, raw)
}

func (m *Manager) deliver(f Flow, raw []byte) {
	if tap := m.config.Tap; tap != nil {
		tap(f, raw, false)
	}
	msg := new(sip.Message)
	err := msg.Parse(raw)
	if err != nil && !isShort(err) {
		m.Stats.Malformed.Add(1)
		m.log.Info("dropped what is no SIP message", "transport", f.Proto().String(), "peer", f.Remote().String(), "bytes", len(raw), "error", err)
		return
	}
	m.Stats.Received.Add(1)
	m.config.Receiver.Receive(f, msg, err)
}

// Flow returns a connection to addr ("host:port"), the one that is open already if there is one. It does not wait: what
// is sent before the connection stands is sent then; [Flow.Done] and Receiver.Closed tell of failure. For UDP, addr
// must be an IP address. name is what the peer's certificate must be valid for; "" takes the host of addr.
func (m *Manager) Flow(proto Proto, addr, name string) (Flow, error) {
	switch proto {
	case UDP:
		return m.udpFlow(addr)
	case TCP, TLS:
	default:
		return nil, fmt.Errorf("no %s connection is opened from here: such clients connect to us", proto)
	}
	t := target{proto, addr}
	m.mu.Lock()
	if c := m.dialed[t]; c != nil {
		m.mu.Unlock()
		return c, nil
	}
	m.mu.Unlock()
	c := m.newConn(proto)
	c.target = t
	if ap, err := netip.ParseAddrPort(addr); err == nil {
		c.remote = ap
	}
	if err := m.admit(c); err != nil {
		return nil, err
	}
	m.mu.Lock()
	if other := m.dialed[t]; other != nil {
		m.mu.Unlock()
		m.release(c)
		m.work.Done()
		return other, nil
	}
	m.dialed[t] = c
	m.mu.Unlock()
	go m.dial(c, addr, name)
	return c, nil
}

// Connection returns the open connection with that ID, or nil.
func (m *Manager) Connection(id uint64) Flow {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.conns[id]; c != nil {
		return c
	}
	return nil
}

// dialTime bounds connecting and the TLS handshake.
const dialTime = 10 * time.Second

func (m *Manager) dial(c *conn, addr, name string) {
	ctx, cancel := context.WithTimeout(m.ctx, dialTime)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err == nil && c.proto.Secure() {
		raw, err = m.handshake(ctx, raw, addr, name)
	}
	if err != nil {
		m.log.Info("cannot connect", "transport", c.proto.String(), "peer", addr, "error", err)
		c.Close(err)
		m.release(c)
		m.config.Receiver.Closed(c, err)
		m.work.Done()
		return
	}
	c.mu.Lock()
	c.local = addrPort(raw.LocalAddr())
	c.mu.Unlock()
	if tcp, ok := raw.(*net.TCPConn); ok {
		c.poll(tcp)
		return
	}
	c.serve(&tlsStream{Conn: raw})
}

func (m *Manager) handshake(ctx context.Context, raw net.Conn, addr, name string) (net.Conn, error) {
	config := &tls.Config{}
	if m.config.TLS != nil {
		config = m.config.TLS.Clone()
	}
	config.ServerName = name
	if name == "" {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			raw.Close()
			return nil, err
		}
		config.ServerName = host
	}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	secured := tls.Client(raw, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	return secured, nil
}

func addrPort(a net.Addr) netip.AddrPort {
	switch a := a.(type) {
	case *net.TCPAddr:
		ap := a.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	case *net.UDPAddr:
		ap := a.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}
