package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"parley/internal/wire/sip"
)

// readSize is what one read of a connection takes at most, and what it keeps while it waits for more of a message.
const readSize = 16 << 10

// tcpStream frames messages on TCP and TLS.
type tcpStream struct {
	net.Conn
	plain  syscall.RawConn // of TCP without TLS, nil otherwise
	framer sip.Framer
	out    []byte // reused: messages put together for one write
}

func newTCPStream(c net.Conn) *tcpStream {
	s := &tcpStream{Conn: c}
	if tcp, ok := c.(*net.TCPConn); ok {
		s.plain, _ = tcp.SyscallConn()
	}
	return s
}

func (m *Manager) listenStream(proto Proto, addr string) (*Listener, error) {
	if proto == TLS && m.config.TLS == nil {
		return nil, errors.New("no certificate is configured")
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	m.work.Add(1)
	go m.accept(ln, proto)
	return &Listener{Proto: proto, Addr: addrPort(ln.Addr()), close: ln.Close}, nil
}

func (m *Manager) accept(ln net.Listener, proto Proto) {
	defer m.work.Done()
	for {
		raw, err := ln.Accept()
		if err != nil {
			if m.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of descriptors, most likely: wait for some to be freed instead of spinning.
			m.log.Error("cannot accept a connection", "transport", proto.String(), "error", err)
			select {
			case <-m.ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		c := m.newConn(proto)
		c.local, c.remote = addrPort(raw.LocalAddr()), addrPort(raw.RemoteAddr())
		if err := m.admit(c); err != nil {
			m.Stats.Refused.Add(1)
			m.log.Warn("refused a connection", "transport", proto.String(), "peer", c.remote.String(), "error", err)
			raw.Close()
			continue
		}
		go m.accepted(c, raw)
	}
}

func (m *Manager) accepted(c *conn, raw net.Conn) {
	if c.proto == TLS {
		secured := tls.Server(raw, m.config.TLS)
		ctx, cancel := context.WithTimeout(m.ctx, m.limits.MessageTime)
		err := secured.HandshakeContext(ctx)
		cancel()
		if err != nil {
			m.log.Info("TLS handshake failed", "peer", c.remote.String(), "error", err)
			raw.Close()
			m.release(c)
			m.work.Done()
			return
		}
		raw = secured
	}
	c.serve(newTCPStream(raw))
}

func (s *tcpStream) writeAll(messages [][]byte, deadline time.Time) error {
	s.SetWriteDeadline(deadline)
	if len(messages) == 1 {
		_, err := s.Write(messages[0])
		return err
	}
	if s.plain != nil {
		buffers := net.Buffers(messages)
		_, err := buffers.WriteTo(s.Conn)
		return err
	}
	// One TLS record for many messages is far cheaper than one each.
	s.out = s.out[:0]
	for _, m := range messages {
		s.out = append(s.out, m...)
	}
	_, err := s.Write(s.out)
	if cap(s.out) > 256<<10 {
		s.out = nil
	}
	return err
}

// writeNow writes messages as far as the system takes them at once and returns the bytes that it did not take.
func (s *tcpStream) writeNow(messages [][]byte) (rest []byte, err error) {
	out := messages[0]
	if len(messages) > 1 {
		s.out = s.out[:0]
		for _, m := range messages {
			s.out = append(s.out, m...)
		}
		out = s.out
	}
	var n int
	var failed error
	err = s.plain.Write(func(fd uintptr) bool {
		for {
			n, failed = unix.Write(int(fd), out)
			if failed != unix.EINTR {
				return true // waiting is for the writer goroutine
			}
		}
	})
	switch {
	case err != nil:
		return nil, err
	case failed == unix.EAGAIN:
		n = 0
	case failed != nil:
		return nil, failed
	}
	if n < len(out) {
		rest = bytes.Clone(out[n:])
	}
	if cap(s.out) > 256<<10 {
		s.out = nil
	}
	return rest, nil
}

var chunks = sync.Pool{New: func() any { return new([readSize]byte) }}

// read runs the connection's input. Between messages it holds no buffer on plain TCP: a server of thousands of quiet
// connections would otherwise keep one for each.
func (s *tcpStream) read(c *conn) error {
	limits := c.manager.limits
	var pending []byte // the begun message
	var began time.Time
	first := true
	for {
		switch {
		case len(pending) > 0:
			s.SetReadDeadline(began.Add(limits.MessageTime))
		case first:
			s.SetReadDeadline(time.Now().Add(limits.MessageTime))
		default:
			s.SetReadDeadline(time.Now().Add(limits.IdleTime))
		}
		chunk, n, err := s.chunk()
		if n > 0 {
			data := chunk[:n]
			if len(pending) > 0 {
				pending = append(pending, data...)
				data = pending
			}
			c.manager.round.begin()
			rest, got, ferr := s.take(c, data)
			c.manager.round.end()
			if ferr != nil {
				c.manager.Stats.Malformed.Add(1)
				return fmt.Errorf("read message: %w", ferr)
			}
			if got {
				first = false
			}
			if len(rest) == 0 {
				pending = nil
			} else {
				if got || len(pending) == 0 {
					began = time.Now()
					pending = append(make([]byte, 0, len(rest)+2048), rest...)
				}
			}
		}
		if chunk != nil {
			chunks.Put(chunk)
		}
		if err != nil {
			return s.ended(err, len(pending) > 0 || first)
		}
	}
}

// take hands up the whole messages in data and returns what is left. A keep-alive of two line ends is answered with one
// (RFC 5626 section 4.4.1).
func (s *tcpStream) take(c *conn, data []byte) (rest []byte, got bool, err error) {
	for len(data) > 0 {
		skip, n, err := s.framer.Next(data)
		if err != nil {
			return nil, got, err
		}
		if skip >= 4 && skip == len(data) {
			c.Send([]byte("\r\n"))
		}
		if n == 0 {
			if skip == len(data) {
				return nil, true, nil
			}
			return data, got, nil
		}
		got = true
		c.deliver(bytes.Clone(data[skip : skip+n]))
		data = data[skip+n:]
	}
	return nil, got, nil
}

func (s *tcpStream) ended(err error, midMessage bool) error {
	var timeout net.Error
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w by the peer", ErrClosed)
	case errors.As(err, &timeout) && timeout.Timeout():
		if midMessage {
			return ErrSlow
		}
		return ErrIdle
	}
	return err
}

// chunk reads what has arrived. On plain TCP it takes a buffer only once there is something to read; waiting in the
// poller comes after an attempt, since a readiness that came before would not come again.
func (s *tcpStream) chunk() (chunk *[readSize]byte, n int, err error) {
	if s.plain == nil {
		chunk = chunks.Get().(*[readSize]byte)
		n, err = s.Conn.Read(chunk[:])
		return chunk, n, err
	}
	var failed error
	err = s.plain.Read(func(fd uintptr) bool {
		chunk = chunks.Get().(*[readSize]byte)
		for {
			n, failed = unix.Read(int(fd), chunk[:])
			if failed != unix.EINTR {
				break
			}
		}
		if failed == unix.EAGAIN {
			chunks.Put(chunk)
			chunk, n = nil, 0
			return false
		}
		return true
	})
	switch {
	case err != nil:
		return chunk, 0, err
	case failed != nil:
		return chunk, 0, failed
	case n == 0:
		return chunk, 0, io.EOF
	}
	return chunk, n, nil
}

func isShort(err error) bool { return errors.Is(err, sip.ErrBody) }
