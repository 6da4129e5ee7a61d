package relay

import (
	"parley/internal/stack/ice"
	"parley/internal/stack/sockaddr"
	"parley/internal/stack/srtp"
	"parley/internal/wire/rtp"
	"parley/internal/wire/stun"
)

// receive takes a datagram from one of the leg's sockets. Runs on the worker, mu is held. b may be changed in place.
func (l *Leg) receive(component int, from *sockaddr.Raw, b []byte) {
	switch {
	case rtp.IsMedia(b):
		l.receiveMedia(component, from, b)
	case stun.Is(b):
		l.receiveSTUN(component, from, b)
	case srtp.IsDTLS(b):
		l.receiveDTLS(component, from, b)
	default:
		l.count.Malformed++
	}
}

func (l *Leg) receiveSTUN(component int, from *sockaddr.Raw, b []byte) {
	if l.remote != nil && l.remote.ICE == NoICE {
		l.stranger(from)
		return
	}
	if !l.agent.Handle(l.worker.now, component, from.AddrPort(), b) {
		l.stranger(from)
		return
	}
	l.worker.wakeAt(l, 0)
}

func (l *Leg) receiveDTLS(component int, from *sockaddr.Raw, b []byte) {
	if l.handshake == nil || component != ice.RTP {
		return // the peer repeats its first flight until we are ready
	}
	if l.admit(component, from) == refuse {
		l.stranger(from)
		return
	}
	if l.remote.ICE == NoICE && !l.connected {
		l.target[component-1] = *from
	}
	l.handshake.Receive(b)
}

// verdict is what is thought of a source.
type verdict uint8

const (
	refuse verdict = iota
	accept
	ifAuthentic // SRTP has the last word
)

// admit judges a source that is not the one that packets came from so far.
func (l *Leg) admit(component int, from *sockaddr.Raw) verdict {
	r := l.remote
	switch {
	case r == nil:
		return refuse
	case r.ICE != NoICE:
		if l.agent.Allowed(component, from.AddrPort()) {
			return accept
		}
		return refuse
	case *from == l.signalled[component-1]:
		return accept
	case l.in != nil:
		return ifAuthentic
	case r.SignalledFrom.IsValid() && !l.source[component-1].Set() && from.AddrPort().Addr() == r.SignalledFrom.Unmap():
		return accept
	}
	return refuse
}

// stranger counts a datagram that nothing vouches for, and logs the first. Before the endpoint's description has come that is none:
// who answers may send at once (RFC 3264 section 5.1), as baresip does to open its way, and its first packets overtake the answer.
func (l *Leg) stranger(from *sockaddr.Raw) {
	if l.remote == nil {
		l.count.Unready++
		return
	}
	l.count.Strangers++
	if l.count.Strangers == 1 {
		s := l.stream.session
		s.relay.cfg.Log.Warn("media from a source that the call did not name is dropped", "session", s.ID, "leg", l.Name, "source", from.AddrPort())
	}
}

func (l *Leg) receiveMedia(component int, from *sockaddr.Raw, b []byte) {
	i := component - 1
	trust := accept
	if *from != l.source[i] {
		if trust = l.admit(component, from); trust == refuse {
			l.stranger(from)
			return
		}
	}
	if !l.keyed {
		l.count.Unready++
		return
	}
	isControl := rtp.IsControl(b)
	if l.in != nil {
		var err error
		if isControl {
			b, err = l.in.UnprotectRTCP(b)
		} else {
			b, err = l.in.UnprotectRTP(b)
		}
		if err != nil {
			l.count.Forged++
			return
		}
	}
	if *from != l.source[i] {
		l.latch(i, from)
	}
	if isControl {
		l.receiveControl(b)
		return
	}
	l.receiveRTP(b)
}

// latch makes an accepted source the one that is answered to (symmetric RTP, RFC 4961). With ICE the selected pair says
// where to send.
func (l *Leg) latch(i int, from *sockaddr.Raw) {
	l.source[i] = *from
	if l.remote.ICE == NoICE {
		l.target[i] = *from
	}
}
