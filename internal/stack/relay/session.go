package relay

import (
	"container/heap"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"parley/internal/stack/ice"
	"parley/internal/stack/srtp"
)

// ErrClosed is the answer of a session, stream or leg that was closed.
var ErrClosed = errors.New("relay: closed")

// maxLegs bounds the legs of a stream: the branches of a fork.
const maxLegs = 32

// Session is the media of one call.
type Session struct {
	ID      string
	relay   *Relay
	worker  *worker
	streams []*Stream
	closed  bool
}

// Stream is one media line of a session.
type Stream struct {
	Kind    Kind
	Index   int // of the media line, from 0
	session *Session
	legs    []*Leg
}

// AddStream adds a media line.
func (s *Session) AddStream(kind Kind) (*Stream, error) {
	s.worker.mu.Lock()
	defer s.worker.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	st := &Stream{Kind: kind, Index: len(s.streams), session: s}
	s.streams = append(s.streams, st)
	return st, nil
}

// Close ends the session: what was measured is reported, then ports are free. It may be called more than once.
func (s *Session) Close() {
	w := s.worker
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	for _, st := range s.streams {
		for _, l := range st.legs {
			l.conclude()
		}
	}
	for _, st := range s.streams {
		for len(st.legs) > 0 {
			st.legs[0].dismantle()
		}
	}
	delete(w.sessions, s)
}

// LegOptions chooses what cannot change later.
type LegOptions struct {
	// Lite makes the leg an ICE lite agent (a=ice-lite): it answers checks and never sends any. Only for a relay that
	// peers reach directly.
	Lite bool
}

// AddLeg opens the sockets of one endpoint. The name tells the leg apart in reports: a user's address, mostly.
func (st *Stream) AddLeg(name string, o LegOptions) (*Leg, error) {
	s := st.session
	w := s.worker
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.closed || w.stopping {
		return nil, ErrClosed
	}
	if len(st.legs) >= maxLegs {
		return nil, fmt.Errorf("relay: a stream has at most %d legs", maxLegs)
	}
	open, port, err := s.relay.ports.open(st.Kind.class())
	if err != nil {
		return nil, err
	}
	l := newLeg(st, name, o, open, port)
	if err := w.watchAll(l); err != nil {
		w.unwatch(open)
		s.relay.ports.close(open, port)
		return nil, err
	}
	st.legs = append(st.legs, l)
	l.due = s.relay.now()
	heap.Push(&w.timers, l)
	w.poke()
	return l, nil
}

// Bridge joins two legs of the stream: each hears the other, and nobody else. Legs that were joined to either before hear
// nothing from now on.
func (st *Stream) Bridge(a, b *Leg) {
	w := st.session.worker
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range st.legs {
		if l == a || l == b || l.peer == a || l.peer == b {
			l.peer = nil
			l.reroute()
		}
	}
	if a.closed || b.closed || a == b || a.stream != st || b.stream != st {
		return
	}
	a.peer, b.peer = b, a
	a.reroute()
	b.reroute()
}

func newLocal(r *Relay, port uint16) Local {
	l := Local{Addr: r.cfg.Addresses[0].Advertise, RTP: port, RTCP: port + 1, Fingerprint: r.identity.Fingerprint(), Crypto: srtp.NewCrypto(1, srtp.AES80)}
	l.Ufrag, l.Pwd = ice.NewCredentials()
	l.SSRC, l.CNAME = newSource()
	for i, a := range r.cfg.Addresses {
		for c := ice.RTP; c <= ice.RTCP; c++ {
			l.Candidates = append(l.Candidates, ice.Candidate{
				Foundation: strconv.Itoa(i + 1), Component: c, Transport: "UDP", Priority: ice.HostPriority(a.Advertise, c),
				Addr: netip.AddrPortFrom(a.Advertise, port+uint16(c-1)), Type: ice.Host,
			})
		}
	}
	return l
}

// Towards is our address for media with a peer: of its family if we have one of that, else the default one.
func (l *Local) Towards(peer netip.Addr) netip.Addr {
	for _, c := range l.Candidates {
		if a := c.Addr.Addr(); peer.IsValid() && a.Is4() == peer.Unmap().Is4() {
			return a
		}
	}
	return l.Addr
}

// candidate is our host candidate of a component towards a peer.
func (l *Local) candidate(component int, peer netip.Addr) ice.Candidate {
	own := l.Towards(peer)
	for _, c := range l.Candidates {
		if c.Component == component && c.Addr.Addr() == own {
			return c
		}
	}
	return ice.Candidate{}
}
