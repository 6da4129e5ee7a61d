package transport

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"parley/internal/wire/sip"
)

// polledStream is a TCP connection without TLS. A loop reads it; who sends writes.
type polledStream struct {
	conn *conn
	loop *loop

	// For the loop.
	framer  sip.Framer
	pending []byte    // a begun message
	began   time.Time // when it began
	last    time.Time // when something arrived last
	first   bool      // no message arrived yet

	mu      sync.Mutex // guards what follows, and fd against being closed in use
	fd      int        // -1 when closed
	out     []byte     // reused: messages put together for one write
	blocked time.Time  // since when the peer takes nothing; zero while it does
}

var errStalled = errors.New("peer does not take its messages: time is up")

// poll serves c, which the caller has admitted, on a TCP connection.
func (c *conn) poll(raw *net.TCPConn) {
	if err := c.join(raw); err != nil {
		c.end(err)
		c.manager.work.Done()
	}
}

// join gives the connection to a loop.
func (c *conn) join(raw *net.TCPConn) error {
	l, err := c.manager.loopFor(c.id)
	if err != nil {
		raw.Close()
		return err
	}
	fd, err := detach(raw)
	if err != nil {
		return err
	}
	now := time.Now()
	s := &polledStream{conn: c, loop: l, fd: fd, first: true, last: now}
	c.mu.Lock()
	c.net = s
	closed := c.closed
	c.mu.Unlock()
	if closed != nil {
		s.Close()
	}
	if err := l.add(fd, s, now.Add(c.manager.limits.MessageTime)); err != nil {
		s.release()
		return err
	}
	c.flush()
	return nil
}

// ready reads as much as is fair. The loop's buffer is lent for that time: a server of thousands of quiet connections
// would otherwise keep one for each.
func (s *polledStream) ready(events uint32, now time.Time) {
	if events&unix.EPOLLOUT != 0 {
		s.mu.Lock()
		s.blocked = time.Time{}
		s.loop.await(s.fd, 0)
		s.mu.Unlock()
		s.conn.flush()
	}
	if events&^unix.EPOLLOUT == 0 {
		return
	}
	s.last = now
	for range share {
		n, err := s.fill()
		switch {
		case err == unix.EAGAIN:
			return
		case err == nil && n == 0:
			err = fmt.Errorf("%w by the peer", ErrClosed)
		case err == nil:
			err = s.take(s.loop.buffer[:n], now)
		}
		if err != nil {
			s.finish(err)
			return
		}
		if n < len(s.loop.buffer) {
			return
		}
	}
}

func (s *polledStream) fill() (n int, err error) {
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(s.fd), uintptr(unsafe.Pointer(&s.loop.buffer[0])), uintptr(len(s.loop.buffer)))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// take hands up what is whole and keeps the rest.
func (s *polledStream) take(data []byte, now time.Time) error {
	if len(s.pending) > 0 {
		s.pending = append(s.pending, data...)
		data = s.pending
	}
	rest, got, err := takeMessages(s.conn, &s.framer, data)
	if err != nil {
		s.conn.manager.Stats.Malformed.Add(1)
		return fmt.Errorf("%w: %w", ErrFraming, err)
	}
	if got {
		s.first = false
	}
	switch {
	case len(rest) == 0:
		s.pending = nil
	case got || len(s.pending) == 0:
		s.began = now
		s.pending = append(make([]byte, 0, len(rest)+2048), rest...)
		s.loop.remind(now.Add(s.conn.manager.limits.MessageTime))
	}
	return nil
}

func (s *polledStream) check(now time.Time) time.Time {
	limits := &s.conn.manager.limits
	until, reason := s.last.Add(limits.IdleTime), ErrIdle
	switch {
	case len(s.pending) > 0:
		until, reason = s.began.Add(limits.MessageTime), ErrSlow
	case s.first:
		until, reason = s.last.Add(limits.MessageTime), ErrSlow
	}
	s.mu.Lock()
	blocked := s.blocked
	s.mu.Unlock()
	if stalled := blocked.Add(limits.WriteTime); !blocked.IsZero() && stalled.Before(until) {
		until, reason = stalled, errStalled
	}
	if now.Before(until) {
		return until
	}
	s.finish(reason)
	return time.Time{}
}

// finish ends the connection, on the loop.
func (s *polledStream) finish(reason error) {
	s.loop.remove(s.fd)
	s.conn.end(reason)
	s.release()
	s.conn.manager.work.Done()
}

func (s *polledStream) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	unix.Close(s.fd)
	s.fd = -1
}

// Close makes the loop see the connection's end; it may be called from anywhere.
func (s *polledStream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd >= 0 {
		return unix.Shutdown(s.fd, unix.SHUT_RDWR)
	}
	return nil
}

// writeNow writes messages as far as the system takes them at once and returns the bytes that it did not take. The loop
// calls [conn.flush] when it takes more.
func (s *polledStream) writeNow(messages [][]byte) (rest []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return nil, ErrClosed
	}
	out := messages[0]
	if len(messages) > 1 {
		s.out = s.out[:0]
		for _, m := range messages {
			s.out = append(s.out, m...)
		}
		out = s.out
		if cap(s.out) > 256<<10 {
			s.out = nil
		}
	}
	n, err := sendNow(s.fd, out)
	switch {
	case err == unix.EAGAIN:
		n = 0
	case err != nil:
		return nil, err
	case n == len(out):
		return nil, nil
	}
	s.blocked = time.Now()
	s.loop.await(s.fd, unix.EPOLLOUT)
	s.loop.remind(s.blocked.Add(s.conn.manager.limits.WriteTime))
	return bytes.Clone(out[n:]), nil
}

// stalled says whether the peer takes nothing at the moment.
func (s *polledStream) stalled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.blocked.IsZero()
}

func sendNow(fd int, out []byte) (n int, err error) {
	if len(out) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&out[0])), uintptr(len(out)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}
