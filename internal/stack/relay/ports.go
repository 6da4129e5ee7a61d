package relay

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"

	"parley/internal/stack/sockaddr"
)

// ErrPorts tells that the configured range is used up.
var ErrPorts = errors.New("relay: no free port pair")

// receiveBuffer is asked for every socket, in bytes: about a second of video.
const receiveBuffer = 512 << 10

// ports hands out pairs of an even port for RTP and the next one for RTCP (RFC 3550 section 11).
type ports struct {
	addrs []Address
	first uint16 // even
	pairs int

	mu   sync.Mutex
	used []bool
	next int // pairs are reused as late as possible, so that a straggler's packets meet a closed port
}

func newPorts(addrs []Address, low, high uint16) (*ports, error) {
	first := (int(low) + 1) &^ 1
	pairs := (int(high) - first + 1) / 2
	if low == 0 || pairs <= 0 {
		return nil, fmt.Errorf("relay: port range %d-%d holds no even port with its odd neighbour", low, high)
	}
	return &ports{addrs: addrs, first: uint16(first), pairs: pairs, used: make([]bool, pairs), next: rand.IntN(pairs)}, nil
}

// sockets are a leg's: of each family, the one for RTP and the one for RTCP, on the same two ports. -1 where the relay has no
// address of the family.
type sockets [2][2]int

var noSockets = sockets{{-1, -1}, {-1, -1}}

// family numbers the rows of sockets.
func family(a netip.Addr) int {
	if a.Unmap().Is4() {
		return 0
	}
	return 1
}

// to is the socket of a component from which an address is reached.
func (s *sockets) to(component int, addr *sockaddr.Raw) int {
	return s[addr.Family()][component-1]
}

// close closes those that are open.
func (s *sockets) close() {
	for _, row := range s {
		for _, fd := range row {
			if fd >= 0 {
				unix.Close(fd)
			}
		}
	}
}

// open binds a pair of ports with non-blocking sockets of each family whose packets carry a traffic class.
func (p *ports) open(class int) (s sockets, port uint16, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range p.pairs {
		i := p.next
		p.next = (p.next + 1) % p.pairs
		if p.used[i] {
			continue
		}
		port = p.first + uint16(2*i)
		s, err = p.bind(port, class)
		if errors.Is(err, unix.EADDRINUSE) {
			continue // another program's
		}
		if err != nil {
			return s, 0, fmt.Errorf("relay: open media port %d: %w", port, err)
		}
		p.used[i] = true
		return s, port, nil
	}
	return s, 0, fmt.Errorf("%w in %d-%d: widen the range of media ports", ErrPorts, p.first, int(p.first)+2*p.pairs-1)
}

func (p *ports) bind(port uint16, class int) (sockets, error) {
	s := noSockets
	for _, a := range p.addrs {
		row := &s[family(a.Bind)]
		for i := range row {
			fd, err := bindUDP(netip.AddrPortFrom(a.Bind, port+uint16(i)))
			if err != nil {
				s.close()
				return noSockets, fmt.Errorf("%s: %w", a.Bind, err)
			}
			row[i] = fd
			tune(fd, a.Bind, class)
		}
	}
	return s, nil
}

func bindUDP(a netip.AddrPort) (int, error) {
	var sa unix.Sockaddr
	family := unix.AF_INET6
	if a.Addr().Is4() {
		family = unix.AF_INET
		sa = &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	} else {
		sa = &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	if family == unix.AF_INET6 { // IPv4 has a socket of its own
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			unix.Close(fd)
			return -1, err
		}
	}
	if err := unix.Bind(fd, sa); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// tune does what helps and need not succeed: the kernel caps the buffer at net.core.rmem_max, and a container may forbid
// to mark packets. The kernel's time of arrival keeps the wait for a busy machine out of the jitter that is measured.
func tune(fd int, addr netip.Addr, class int) {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	if addr.Is4() {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS, class)
	} else {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, class)
	}
}

// class gives the traffic class of a kind of media: the differentiated services code point in its upper six bits (RFC 8837
// section 5: EF for audio, AF42 for video).
func (k Kind) class() int {
	switch k {
	case Audio:
		return 46 << 2
	case Video:
		return 36 << 2
	}
	return 0
}

// close gives a pair back.
func (p *ports) close(s sockets, port uint16) {
	s.close()
	p.mu.Lock()
	p.used[(port-p.first)/2] = false
	p.mu.Unlock()
}
