// Package memnet is a network in memory for tests of what stands on the transport: flows that carry real messages, in
// order, between two receivers, and that work with the fake time of testing/synctest.
package memnet

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

var _ transport.Flow = (*End)(nil)

// Network makes flows and waits for their goroutines.
type Network struct {
	nextID atomic.Uint64
	work   sync.WaitGroup
	mu     sync.Mutex
	ends   []*End
}

// End is one side of a flow: what is sent into it arrives at the other side's receiver.
type End struct {
	id            uint64
	proto         transport.Proto
	local, remote netip.AddrPort
	receiver      transport.Receiver
	other         *End
	in            chan []byte
	done          chan struct{}
	once          *sync.Once
	// Drop, when it is set before use, says which messages the network loses on their way out of this end.
	Drop func(raw []byte) bool

	mu     sync.Mutex
	values map[any]any
}

// Pair connects two receivers. a is the end that a's owner holds: a.Send arrives at b.
func (n *Network) Pair(proto transport.Proto, atA, atB transport.Receiver) (a, b *End) {
	id := n.nextID.Add(2)
	once, done := new(sync.Once), make(chan struct{})
	port := uint16(20000 + id)
	server := serverAddr()
	client := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(10 + id/2)}), port)
	a = &End{id: id, proto: proto, local: client, remote: server, receiver: atA, in: make(chan []byte, 4096), done: done, once: once}
	b = &End{id: id + 1, proto: proto, local: server, remote: client, receiver: atB, in: make(chan []byte, 4096), done: done, once: once}
	a.other, b.other = b, a
	n.mu.Lock()
	n.ends = append(n.ends, a, b)
	n.mu.Unlock()
	n.work.Add(2)
	go a.read(&n.work)
	go b.read(&n.work)
	return a, b
}

// Close ends all flows and waits for their readers.
func (n *Network) Close() {
	n.mu.Lock()
	for _, e := range n.ends {
		e.Close(transport.ErrStopped)
	}
	n.mu.Unlock()
	n.work.Wait()
}

// Flow has nowhere to open connections to: all are made by Pair.
func (n *Network) Flow(proto transport.Proto, addr, _ string) (transport.Flow, error) {
	return nil, fmt.Errorf("no %s flow to %s in memory", proto, addr)
}

// Connection returns the end with that ID, or nil.
func (n *Network) Connection(id uint64) transport.Flow {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.ends {
		if e.id == id {
			return e
		}
	}
	return nil
}

// SentBy is the end's own address.
func (n *Network) SentBy(flow transport.Flow) netip.AddrPort { return flow.Local() }

// Owns says whether addr is the address that every second end of a pair has.
func (n *Network) Owns(addr netip.AddrPort, _ transport.Flow) bool { return addr == serverAddr() }

func serverAddr() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 5060)
}

func (e *End) read(work *sync.WaitGroup) {
	defer work.Done()
	for {
		select {
		case raw := <-e.in:
			m := new(sip.Message)
			if err := m.Parse(raw); err == nil {
				e.receiver.Receive(e, m, nil)
			}
		case <-e.done:
			e.receiver.Closed(e, transport.ErrClosed)
			return
		}
	}
}

func (e *End) ID() uint64             { return e.id }
func (e *End) Proto() transport.Proto { return e.proto }
func (e *End) Local() netip.AddrPort  { return e.local }
func (e *End) Remote() netip.AddrPort { return e.remote }
func (e *End) Done() <-chan struct{}  { return e.done }

// Close ends both directions.
func (e *End) Close(error) { e.once.Do(func() { close(e.done) }) }

// Send delivers to the other end. What does not fit its queue ends the flow.
func (e *End) Send(raw []byte) error {
	select {
	case <-e.done:
		return transport.ErrClosed
	default:
	}
	if e.Drop != nil && e.Drop(raw) {
		return nil
	}
	select {
	case e.other.in <- append([]byte(nil), raw...):
		return nil
	default:
		e.Close(transport.ErrBacklog)
		return transport.ErrBacklog
	}
}

// Get returns a value kept with this end.
func (e *End) Get(key any) any {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.values[key]
}

// Set keeps a value with this end.
func (e *End) Set(key, value any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.values == nil {
		e.values = map[any]any{}
	}
	e.values[key] = value
}
