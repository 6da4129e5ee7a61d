package transport

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/net/ipv4"
)

const (
	// udpBatch is how many datagrams one system call moves.
	udpBatch = 32
	// maxDatagram is the largest UDP payload.
	maxDatagram = 65535
	// udpBuffer is the socket buffer asked for: a burst of a second at a few thousand messages.
	udpBuffer = 8 << 20
)

// udpSocket is one bound UDP socket. One goroutine reads; who sends writes, or the reader does at the end of its round.
type udpSocket struct {
	manager *Manager
	conn    *net.UDPConn
	batch   *ipv4.PacketConn
	local   netip.AddrPort
	seed    maphash.Seed
	rates   sourceRates

	mu      sync.Mutex
	queue   []datagram
	queued  int // bytes in queue
	writing bool
	closed  bool

	// For the one that writes.
	spare   []datagram
	out     []ipv4.Message
	vectors [udpBatch][]byte
}

type datagram struct {
	to  *net.UDPAddr
	raw []byte
}

// udpFlow is a socket and a peer's address.
type udpFlow struct {
	socket *udpSocket
	remote netip.AddrPort
	to     *net.UDPAddr
}

func (m *Manager) listenUDP(addr string) (*Listener, error) {
	laddr, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, err
	}
	c, err := net.ListenUDP("udp", laddr)
	if err != nil {
		return nil, err
	}
	// The system may give less; there is nothing to do about it here.
	_ = c.SetReadBuffer(udpBuffer)
	_ = c.SetWriteBuffer(udpBuffer)
	s := &udpSocket{
		manager: m, conn: c, batch: ipv4.NewPacketConn(c), local: addrPort(c.LocalAddr()), seed: maphash.MakeSeed(),
		rates: sourceRates{limit: m.limits.DatagramsPerSecond},
	}
	m.work.Add(1)
	go s.read()
	return &Listener{Proto: UDP, Addr: s.local, close: s.close, socket: s}, nil
}

func (s *udpSocket) close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.conn.Close()
}

// read hands up what arrives, in order. The buffers are reused: every message gets its own copy, just as long as it is.
func (s *udpSocket) read() {
	defer s.manager.work.Done()
	messages := make([]ipv4.Message, udpBatch)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, maxDatagram)}
	}
	for {
		n, err := s.batch.ReadBatch(messages, 0)
		if err != nil {
			s.mu.Lock()
			closed := s.closed
			s.mu.Unlock()
			if closed {
				return
			}
			s.manager.log.Error("cannot read datagrams", "listener", s.local.String(), "error", err)
			select {
			case <-s.manager.ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		now := time.Now()
		s.manager.round.begin()
		for i := range messages[:n] {
			from, ok := messages[i].Addr.(*net.UDPAddr)
			if !ok || messages[i].N == 0 {
				continue
			}
			s.receive(from, messages[i].Buffers[0][:messages[i].N], now)
		}
		s.manager.round.end()
	}
}

func (s *udpSocket) receive(from *net.UDPAddr, data []byte, now time.Time) {
	remote := addrPort(from)
	if !s.rates.allow(remote.Addr(), now) {
		s.manager.Stats.Refused.Add(1)
		return
	}
	switch data[0] {
	case '\r', '\n', 0:
		if answer := keepAliveAnswer(data, remote); answer != nil {
			s.send(from, answer)
		}
		if len(data) <= 4 || data[0] == 0 {
			return
		}
	}
	raw := make([]byte, len(data))
	copy(raw, data)
	s.manager.deliver(&udpFlow{socket: s, remote: remote, to: from}, raw)
}

func (s *udpSocket) send(to *net.UDPAddr, raw []byte) error {
	if err := s.enqueue(to, raw); err != nil {
		return err
	}
	s.manager.round.flush(s)
	return nil
}

func (s *udpSocket) enqueue(to *net.UDPAddr, raw []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case len(raw) > maxDatagram-28:
		return fmt.Errorf("message of %d bytes does not fit a datagram", len(raw))
	case s.queued+len(raw) > s.manager.limits.SendQueue:
		s.manager.Stats.Backlogged.Add(1)
		return ErrBacklog
	}
	s.queue = append(s.queue, datagram{to, raw})
	s.queued += len(raw)
	return nil
}

// flush writes what is queued. A datagram socket takes what it is given, so this waits for nobody; what is queued
// meanwhile goes along.
func (s *udpSocket) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.writing && len(s.queue) > 0 && !s.closed {
		s.writing = true
		taken := s.queue
		s.queue, s.queued = s.spare[:0], 0
		s.mu.Unlock()
		for from := 0; from < len(taken); from += udpBatch {
			s.out = s.out[:0]
			for i := from; i < min(from+udpBatch, len(taken)); i++ {
				s.vectors[i-from] = taken[i].raw
				s.out = append(s.out, ipv4.Message{Buffers: s.vectors[i-from : i-from+1], Addr: taken[i].to})
			}
			s.writeBatch(s.out)
		}
		clear(taken)
		s.mu.Lock()
		s.spare, s.writing = taken, false
	}
}

func (s *udpSocket) writeBatch(out []ipv4.Message) {
	for len(out) > 0 {
		n, err := s.batch.WriteBatch(out, 0)
		if err != nil {
			// One address that cannot be reached must not cost the others their datagrams.
			s.manager.log.Debug("cannot send a datagram", "peer", out[max(n, 0)].Addr, "error", err)
			n = max(n, 0) + 1
		}
		s.manager.Stats.Sent.Add(uint64(n))
		out = out[n:]
	}
}

func (m *Manager) udpFlow(addr string) (Flow, error) {
	remote, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("UDP needs an IP address: %w", err)
	}
	l := m.listener(UDP, remote.Addr())
	if l == nil || !l.reaches(remote.Addr()) {
		return nil, fmt.Errorf("no UDP listener to reach %s from", addr)
	}
	return &udpFlow{socket: l.socket, remote: remote, to: net.UDPAddrFromAddrPort(remote)}, nil
}

// reaches says whether the listener's socket can send to an address: one bound to an address only within its family, the
// unspecified IPv6 one to both.
func (l *Listener) reaches(a netip.Addr) bool {
	bound := l.Addr.Addr()
	return a.Unmap().Is4() == bound.Unmap().Is4() || bound == netip.IPv6Unspecified()
}

// ID is a hash: a datagram flow has no begin that could count it. The top bit keeps it apart from connections.
func (f *udpFlow) ID() uint64 {
	var b [20]byte
	addr := f.remote.Addr().As16()
	copy(b[:], addr[:])
	binary.BigEndian.PutUint16(b[16:], f.remote.Port())
	binary.BigEndian.PutUint16(b[18:], f.socket.local.Port())
	return maphash.Bytes(f.socket.seed, b[:]) | 1<<63
}

func (f *udpFlow) Proto() Proto           { return UDP }
func (f *udpFlow) Local() netip.AddrPort  { return f.socket.local }
func (f *udpFlow) Remote() netip.AddrPort { return f.remote }
func (f *udpFlow) Close(error)            {}
func (f *udpFlow) Done() <-chan struct{}  { return nil }
func (f *udpFlow) Get(any) any            { return nil }
func (f *udpFlow) Set(any, any)           {}

func (f *udpFlow) Send(raw []byte) error {
	if tap := f.socket.manager.config.Tap; tap != nil {
		tap(f, raw, true)
	}
	return f.socket.send(f.to, raw)
}
