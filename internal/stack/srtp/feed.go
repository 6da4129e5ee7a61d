package srtp

import (
	"bytes"
	"net"
	"os"
	"sync"
	"time"
)

// feedDepth is how many records wait for the handshake; a flight has at most a dozen.
const feedDepth = 32

// feed is the net.PacketConn that a handshake runs on: fed by the socket's reader, sending through it.
type feed struct {
	send   func([]byte)
	in     chan []byte
	closed chan struct{}
	once   sync.Once

	mu       sync.Mutex
	deadline time.Time
	moved    chan struct{} // closed when the deadline changes
}

func newFeed(send func([]byte)) *feed {
	return &feed{send: send, in: make(chan []byte, feedDepth), closed: make(chan struct{}), moved: make(chan struct{})}
}

func (f *feed) put(b []byte) {
	select {
	case f.in <- bytes.Clone(b):
	default:
	}
}

// ReadFrom implements net.PacketConn.
func (f *feed) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		f.mu.Lock()
		deadline, moved := f.deadline, f.moved
		f.mu.Unlock()
		var expired <-chan time.Time
		if !deadline.IsZero() {
			t := time.NewTimer(time.Until(deadline))
			defer t.Stop()
			expired = t.C
		}
		select {
		case b := <-f.in:
			return copy(p, b), f.RemoteAddr(), nil
		case <-f.closed:
			return 0, nil, net.ErrClosed
		case <-expired:
			return 0, nil, os.ErrDeadlineExceeded
		case <-moved:
		}
	}
}

// WriteTo implements net.PacketConn.
func (f *feed) WriteTo(p []byte, _ net.Addr) (int, error) {
	select {
	case <-f.closed:
		return 0, net.ErrClosed
	default:
	}
	f.send(p)
	return len(p), nil
}

// Close implements net.PacketConn.
func (f *feed) Close() error {
	f.once.Do(func() { close(f.closed) })
	return nil
}

// SetReadDeadline implements net.PacketConn.
func (f *feed) SetReadDeadline(t time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deadline = t
	close(f.moved)
	f.moved = make(chan struct{})
	return nil
}

// SetDeadline implements net.PacketConn; writes never wait.
func (f *feed) SetDeadline(t time.Time) error { return f.SetReadDeadline(t) }

// SetWriteDeadline implements net.PacketConn.
func (f *feed) SetWriteDeadline(time.Time) error { return nil }

// LocalAddr implements net.PacketConn. The association is bound to the leg, not to an address.
func (f *feed) LocalAddr() net.Addr { return &net.UDPAddr{} }

// RemoteAddr names the peer; where its records come from and go to is the leg's business.
func (f *feed) RemoteAddr() net.Addr { return &net.UDPAddr{} }
