package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"parley/internal/wire/rtp"
)

const (
	payloadSize = 160
	packetSize  = rtp.HeaderSize + payloadSize
)

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// side is one end of a stream: a socket, and where it sends to.
type side struct {
	fd   int
	port uint16
	to   unix.Sockaddr
	// frame is put around each packet, for TURN's channels; 0 none.
	channel uint16
	seq     uint16
	ssrc    uint32
}

// load is the sockets of all streams, driven by one thread: stream i has sides 2i and 2i+1.
type load struct {
	sides    []side
	epoll    int
	sent     uint64
	received uint64
	delays   []time.Duration
	start    time.Time
	buf      [2048]byte
}

func newLoad(streams int) (*load, error) {
	l := &load{start: time.Now()}
	var err error
	if l.epoll, err = unix.EpollCreate1(0); err != nil {
		return nil, fmt.Errorf("make epoll: %w", err)
	}
	for i := range 2 * streams {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, fmt.Errorf("make socket: %w", err)
		}
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: loopback.As4()}); err != nil {
			return nil, fmt.Errorf("bind socket: %w", err)
		}
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 1<<20)
		name, err := unix.Getsockname(fd)
		if err != nil {
			return nil, fmt.Errorf("read socket name: %w", err)
		}
		if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}); err != nil {
			return nil, fmt.Errorf("watch socket: %w", err)
		}
		l.sides = append(l.sides, side{fd: fd, port: uint16(name.(*unix.SockaddrInet4).Port), ssrc: uint32(i + 1)})
	}
	return l, nil
}

func (l *load) close() {
	for _, s := range l.sides {
		unix.Close(s.fd)
	}
	unix.Close(l.epoll)
}

func (l *load) aim(i int, port uint16) {
	l.sides[i].to = &unix.SockaddrInet4{Port: int(port), Addr: loopback.As4()}
}

func (l *load) reset() { l.sent, l.received, l.delays = 0, 0, l.delays[:0] }

// run offers pps packets a second for a time, then waits for stragglers.
func (l *load) run(pps int, long time.Duration) time.Duration {
	begin := time.Now()
	var done int
	for {
		passed := time.Since(begin)
		if passed >= long {
			break
		}
		for due := int(passed.Seconds() * float64(pps)); done < due; done++ {
			l.send(&l.sides[done%len(l.sides)])
		}
		l.drain(0)
		next := time.Duration(float64(done+1) / float64(pps) * float64(time.Second))
		if wait := next - time.Since(begin); wait > time.Millisecond/2 || pps < 50000 {
			l.drain(1)
		}
	}
	took := time.Since(begin)
	for end := time.Now().Add(time.Second); time.Now().Before(end) && l.received < l.sent; {
		l.drain(10)
	}
	return took
}

func (l *load) send(s *side) {
	s.seq++
	h := rtp.Header{PT: 0, Seq: s.seq, Timestamp: uint32(s.seq) * 160, SSRC: s.ssrc}
	b := l.buf[:0]
	if s.channel != 0 {
		b = binary.BigEndian.AppendUint16(b, s.channel)
		b = binary.BigEndian.AppendUint16(b, packetSize)
	}
	b = h.Append(b)
	b = binary.BigEndian.AppendUint64(b, uint64(time.Since(l.start)))
	b = b[:len(b)+payloadSize-8]
	if unix.Sendto(s.fd, b, 0, s.to) == nil {
		l.sent++
	}
}

// drain reads what has arrived, waiting up to ms milliseconds for the first packet.
func (l *load) drain(ms int) {
	var ready [256]unix.EpollEvent
	n, err := unix.EpollWait(l.epoll, ready[:], ms)
	if err != nil {
		return
	}
	now := time.Since(l.start)
	for _, e := range ready[:n] {
		s := &l.sides[e.Fd]
		for {
			n, err := unix.Read(s.fd, l.buf[1024:])
			if err != nil {
				break
			}
			l.take(s, l.buf[1024:1024+n], now)
		}
	}
}

func (l *load) take(s *side, b []byte, now time.Duration) {
	if s.channel != 0 && len(b) > 4 {
		b = b[4:]
	}
	if len(b) != packetSize || rtp.IsControl(b) {
		return
	}
	l.received++
	if l.received%16 == 0 {
		l.delays = append(l.delays, now-time.Duration(binary.BigEndian.Uint64(b[rtp.HeaderSize:])))
	}
}

// delay gives a percentile of the time from sending to receiving.
func (l *load) delay(percent int) time.Duration {
	if len(l.delays) == 0 {
		return 0
	}
	slices.Sort(l.delays)
	return l.delays[len(l.delays)*percent/100].Round(time.Microsecond)
}
