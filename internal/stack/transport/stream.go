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
	"time"

	"parley/internal/wire/sip"
)

// readSize is what one read of a connection takes at most, and what it keeps while it waits for more of a message.
const readSize = 16 << 10

// tlsStream frames messages on TLS.
type tlsStream struct {
	net.Conn
	framer sip.Framer
	out    []byte // reused: messages put together for one write
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
		if tcp, ok := raw.(*net.TCPConn); ok && proto == TCP {
			c.poll(tcp)
			continue
		}
		go m.secure(c, raw)
	}
}

// secure makes the handshake of a connection that was accepted and serves it.
func (m *Manager) secure(c *conn, raw net.Conn) {
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
	c.serve(&tlsStream{Conn: secured})
}

func (s *tlsStream) writeAll(messages [][]byte, deadline time.Time) error {
	s.SetWriteDeadline(deadline)
	if len(messages) == 1 {
		_, err := s.Write(messages[0])
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

var chunks = sync.Pool{New: func() any { return new([readSize]byte) }}

// read runs the connection's input.
func (s *tlsStream) read(c *conn) error {
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
		chunk := chunks.Get().(*[readSize]byte)
		n, err := s.Read(chunk[:])
		if n > 0 {
			data := chunk[:n]
			if len(pending) > 0 {
				pending = append(pending, data...)
				data = pending
			}
			c.manager.round.begin()
			rest, got, ferr := takeMessages(c, &s.framer, data)
			c.manager.round.end()
			if ferr != nil {
				c.manager.Stats.Malformed.Add(1)
				return fmt.Errorf("%w: %w", ErrFraming, ferr)
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
		chunks.Put(chunk)
		if err != nil {
			return s.ended(err, len(pending) > 0 || first)
		}
	}
}

// takeMessages hands up the whole messages in data and returns what is left. A keep-alive of two line ends is answered with one
// (RFC 5626 section 4.4.1).
func takeMessages(c *conn, framer *sip.Framer, data []byte) (rest []byte, got bool, err error) {
	for len(data) > 0 {
		skip, n, err := framer.Next(data)
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

func (s *tlsStream) ended(err error, midMessage bool) error {
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

func isShort(err error) bool { return errors.Is(err, sip.ErrBody) }
