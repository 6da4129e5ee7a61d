package transport

import (
	"errors"
	"net/netip"
)

// Proto is the transport protocol of a flow.
type Proto uint8

const (
	UDP Proto = iota + 1
	TCP
	TLS
	WS
	WSS
)

// String is the name in a Via.
func (p Proto) String() string {
	switch p {
	case UDP:
		return "UDP"
	case TCP:
		return "TCP"
	case TLS:
		return "TLS"
	case WS:
		return "WS"
	case WSS:
		return "WSS"
	}
	return "unknown"
}

// ParseProto reads a transport's name as it stands in a Via or a transport parameter.
func ParseProto(name string) (Proto, bool) {
	for p := UDP; p <= WSS; p++ {
		if equalFold(name, p.String()) {
			return p, true
		}
	}
	return 0, false
}

// Reliable says whether the transport delivers or reports failure, so that nothing is retransmitted over it.
func (p Proto) Reliable() bool { return p != UDP }

// Secure says whether the transport encrypts.
func (p Proto) Secure() bool { return p == TLS || p == WSS }

// Errors that end a flow or refuse a send.
var (
	ErrClosed  = errors.New("flow is closed")
	ErrBacklog = errors.New("peer does not take its messages: send queue is full")
	ErrIdle    = errors.New("no message for too long")
	ErrSlow    = errors.New("message did not arrive whole in time")
	ErrFraming = errors.New("not SIP, or beyond the limits")
	ErrStopped = errors.New("server stops")
)

// Flow is a connection, or for UDP the pair of our socket and a peer's address (RFC 5626 section 3.1). It is safe for
// concurrent use.
type Flow interface {
	// ID names the flow among all that this process had. All datagrams between one socket and one address have one ID.
	ID() uint64
	Proto() Proto
	Local() netip.AddrPort
	Remote() netip.AddrPort
	// Send queues a message and never blocks. It keeps raw. An error says that the message will not leave.
	Send(raw []byte) error
	// Close ends a connection; UDP flows have nothing to end.
	Close(reason error)
	// Done is closed when the connection has ended; never for UDP.
	Done() <-chan struct{}
	// Get and Set keep values with a connection, such as its security association; UDP flows keep nothing.
	Get(key any) any
	Set(key, value any)
}

func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i]|0x20 != b[i]|0x20 {
			return false
		}
	}
	return true
}
