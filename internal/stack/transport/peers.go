package transport

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"parley/internal/stack/sockaddr"
)

// udpFlow is a socket and a peer's address.
type udpFlow struct {
	socket *udpSocket
	id     uint64
	remote netip.AddrPort
	to     sockaddr.Raw
}

// ID is a hash: a datagram flow has no begin that could count it. The top bit keeps it apart from connections.
func (f *udpFlow) ID() uint64             { return f.id }
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
	return f.socket.send(f, raw)
}

// peers are the flows of the last one to two seconds, so that a busy peer's is made once and not for each datagram.
type peers struct {
	mu          sync.Mutex
	second      int64
	now, before map[sockaddr.Raw]*udpFlow
}

// maxPeers bounds what one second can add: beyond it flows are made for each datagram.
const maxPeers = 1 << 14

// flow returns the flow of an address as the system gave it.
func (s *udpSocket) flow(from *sockaddr.Raw, now time.Time) *udpFlow {
	p := &s.peers
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := now.Unix(); at != p.second {
		p.now, p.before = make(map[sockaddr.Raw]*udpFlow, len(p.now)), p.now
		p.second = at
	}
	if f := p.now[*from]; f != nil {
		return f
	}
	f := p.before[*from]
	if f == nil {
		f = &udpFlow{socket: s, remote: from.AddrPort(), to: *from, id: maphash.Bytes(s.seed, from[:]) | 1<<63}
	}
	if len(p.now) < maxPeers {
		p.now[*from] = f
	}
	return f
}

// flowTo returns the flow to an address.
func (s *udpSocket) flowTo(remote netip.AddrPort) *udpFlow {
	to := sockaddr.Of(remote)
	if s.six {
		to = sockaddr.Mapped(remote)
	}
	return s.flow(&to, time.Now())
}
