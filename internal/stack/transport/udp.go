package transport

import (
	"fmt"
	"hash/maphash"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"parley/internal/stack/sockaddr"
)

const (
	// maxDatagram is the largest UDP payload.
	maxDatagram = 65535
	// udpBuffer is the socket buffer asked for: a burst of a second at a few thousand messages.
	udpBuffer = 8 << 20
)

// udpSocket is one bound UDP socket. A loop reads it; who sends writes, or the loop does at the end of its wake-up.
type udpSocket struct {
	manager *Manager
	loop    *loop
	local   netip.AddrPort
	six     bool // it is of the IPv6 family
	seed    maphash.Seed
	rates   sourceRates
	in      *inbox
	peers   peers

	complained time.Time // when a failed read was logged last

	mu      sync.Mutex
	queue   []datagram
	queued  int // bytes in queue
	writing bool
	closed  bool
	spare   []datagram // of the last write, for the next queue

	write sync.Mutex // guards what follows
	fd    int        // -1 when closed
	out   outbox
}

type datagram struct {
	to  *udpFlow
	raw []byte
}

func (m *Manager) listenUDP(addr string) (*Listener, error) {
	laddr, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, err
	}
	l, err := m.loopFor(0)
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
		manager: m, loop: l, local: addrPort(c.LocalAddr()), seed: maphash.MakeSeed(), in: newInbox(),
		rates: sourceRates{limit: m.limits.DatagramsPerSecond},
	}
	if s.fd, err = detach(c); err != nil {
		return nil, err
	}
	if domain, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_DOMAIN); err == nil {
		s.six = domain == unix.AF_INET6
	}
	if err := l.add(s.fd, s, time.Time{}); err != nil {
		unix.Close(s.fd)
		return nil, err
	}
	m.work.Add(1)
	return &Listener{Proto: UDP, Addr: s.local, close: s.close, socket: s}, nil
}

// close makes the loop see that the socket is closed.
func (s *udpSocket) close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.write.Lock()
	defer s.write.Unlock()
	if s.fd >= 0 {
		_ = unix.Shutdown(s.fd, unix.SHUT_RDWR) // says ENOTCONN, and wakes the loop
	}
	return nil
}

// ready hands up what has arrived, in order. The buffers are reused: every message gets its own copy, just as long as it is.
func (s *udpSocket) ready(_ uint32, now time.Time) {
	for range share {
		n, err := s.in.read(s.fd)
		for i := range n {
			from, data := s.in.datagram(i)
			if len(data) > 0 {
				s.receive(from, data, now)
			}
		}
		switch {
		case err != nil && err != unix.EAGAIN:
			s.failed(err, now)
			return
		case n > 0 && !s.in.emptied(n):
			continue
		case n == 0 && s.over():
			return
		}
		return
	}
}

// over ends the socket if it was closed.
func (s *udpSocket) over() bool {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if !closed {
		return false
	}
	s.loop.remove(s.fd)
	s.write.Lock()
	unix.Close(s.fd)
	s.fd = -1
	s.write.Unlock()
	s.manager.work.Done()
	return true
}

// failed tells of a read that failed, once a second at the most: the loop tries again at once.
func (s *udpSocket) failed(err error, now time.Time) {
	if !s.over() && now.Sub(s.complained) > time.Second {
		s.complained = now
		s.manager.log.Error("cannot read datagrams", "listener", s.local.String(), "error", err)
	}
}

// check implements socket; a datagram socket has all the time in the world.
func (s *udpSocket) check(time.Time) time.Time { return time.Time{} }

func (s *udpSocket) receive(from *sockaddr.Raw, data []byte, now time.Time) {
	flow := s.flow(from, now)
	if !s.rates.allow(flow.remote.Addr(), now) {
		s.manager.Stats.Refused.Add(1)
		return
	}
	switch data[0] {
	case '\r', '\n', 0:
		if answer := keepAliveAnswer(data, flow.remote); answer != nil {
			s.send(flow, answer)
		}
		if len(data) <= 4 || data[0] == 0 {
			return
		}
	}
	raw := make([]byte, len(data))
	copy(raw, data)
	s.manager.deliver(flow, raw)
}

func (s *udpSocket) send(to *udpFlow, raw []byte) error {
	if err := s.enqueue(to, raw); err != nil {
		return err
	}
	s.manager.round.flush(s)
	return nil
}

func (s *udpSocket) enqueue(to *udpFlow, raw []byte) error {
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
		s.writeOut(taken)
		clear(taken)
		s.mu.Lock()
		s.spare, s.writing = taken, false
	}
}

func (s *udpSocket) writeOut(taken []datagram) {
	s.write.Lock()
	defer s.write.Unlock()
	for len(taken) > 0 && s.fd >= 0 {
		n, err := s.out.send(s.fd, taken)
		if err != nil {
			// One address that cannot be reached must not cost the others their datagrams.
			s.manager.log.Debug("cannot send a datagram", "peer", taken[n].to.remote, "error", err)
			n++
		}
		s.manager.Stats.Sent.Add(uint64(n))
		taken = taken[n:]
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
	return l.socket.flowTo(remote), nil
}

// reaches says whether the listener's socket can send to an address: one bound to an address only within its family, the
// unspecified IPv6 one to both.
func (l *Listener) reaches(a netip.Addr) bool {
	bound := l.Addr.Addr()
	return a.Unmap().Is4() == bound.Unmap().Is4() || bound == netip.IPv6Unspecified()
}
