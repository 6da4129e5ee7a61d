package relay

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"parley/internal/stack/ice"
	"parley/internal/stack/sockaddr"
	"parley/internal/stack/srtp"
)

// SetRemote takes what the endpoint's SDP says, at the first answer or offer and again at every later one. Unchanged
// parts go on undisturbed: a re-INVITE with the same ufrag keeps the connection, one with the same key the SRTP state.
func (l *Leg) SetRemote(r Remote) error {
	l.worker.mu.Lock()
	defer l.worker.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	if err := l.check(r); err != nil {
		return fmt.Errorf("leg %s: %w", l.Name, err)
	}
	now := l.stream.session.relay.now()
	before := l.remote
	l.remote = &r
	l.failed = false
	if err := l.setKeys(before); err != nil {
		l.remote = before
		return fmt.Errorf("leg %s: %w", l.Name, err)
	}
	l.setAddresses(before, now)
	l.reroute()
	if l.peer != nil {
		l.peer.reroute()
	}
	l.progress()
	l.worker.hurry(l)
	return nil
}

func (l *Leg) check(r Remote) error {
	if r.Crypto != nil && r.DTLS != nil {
		return errors.New("an endpoint has SDES or DTLS keys, not both")
	}
	if r.ICE != NoICE && (r.Ufrag == "" || r.Pwd == "") {
		return errors.New("ICE without user name fragment or password")
	}
	if r.ICE != NoICE && r.Lite && l.opts.Lite {
		return errors.New("both sides are ICE lite: use NoICE")
	}
	if r.ICE == NoICE && !r.RTP.IsValid() {
		return errors.New("neither ICE nor an address to send to")
	}
	for _, c := range r.Codecs {
		if c.PT > 127 || c.Rate <= 0 {
			return fmt.Errorf("codec %.20q: payload type %d, clock rate %d", c.Name, c.PT, c.Rate)
		}
	}
	return nil
}

// setKeys prepares encryption for the new description.
func (l *Leg) setKeys(before *Remote) error {
	r := l.remote
	switch {
	case r.Crypto != nil:
		l.endHandshake()
		l.local.Crypto.Tag = r.Crypto.Tag
		if l.in == nil || l.inKey.Suite != r.Crypto.Suite || l.inKey.Key != r.Crypto.Key || l.inKey.Salt != r.Crypto.Salt {
			in, err := srtp.NewReceiver(*r.Crypto)
			if err != nil {
				return err
			}
			l.in, l.inKey = in, *r.Crypto
		}
		if l.sdes == nil || l.local.Crypto.Suite != r.Crypto.Suite {
			l.local.Crypto.Suite = r.Crypto.Suite
			out, err := srtp.NewSender(l.local.Crypto)
			if err != nil {
				return err
			}
			l.sdes = out
		}
		l.out = l.sdes
		l.keyed = true
	case r.DTLS != nil:
		if before == nil || before.DTLS == nil || before.DTLS.Fingerprint != r.DTLS.Fingerprint {
			l.endHandshake()
			l.in, l.out, l.keyed = nil, nil, false
		}
	default:
		l.endHandshake()
		l.in, l.out, l.keyed = nil, nil, true
	}
	return nil
}

// setAddresses prepares where media comes from and goes to.
func (l *Leg) setAddresses(before *Remote, now time.Duration) {
	r := l.remote
	rtcp := r.RTCP
	if !rtcp.IsValid() && r.RTP.IsValid() {
		rtcp = netip.AddrPortFrom(r.RTP.Addr(), r.RTP.Port()+1)
	}
	for i, a := range []netip.AddrPort{r.RTP, rtcp} {
		var s sockaddr.Raw
		if a.IsValid() && l.sockets[family(a.Addr())][i] >= 0 && !a.Addr().IsUnspecified() && a.Port() != 0 {
			s = sockaddr.Of(a)
		}
		if s != l.signalled[i] {
			l.signalled[i], l.source[i] = s, sockaddr.Raw{}
			if r.ICE == NoICE {
				l.target[i] = s
			}
		}
	}
	if r.ICE == NoICE {
		return
	}
	if before != nil && before.ICE != NoICE && before.Ufrag == r.Ufrag && before.Pwd == r.Pwd {
		return // the same ICE session
	}
	if before != nil && before.ICE != NoICE && before.Ufrag != "" {
		l.newAgent() // the peer restarted; ours stay as they are in the SDP
	}
	l.connected = false
	l.agent.SetRemote(now, ice.Remote{
		Ufrag: r.Ufrag, Pwd: r.Pwd, Candidates: r.Candidates, Controlling: r.Controlling, Lite: r.Lite, Mux: r.Mux, Form: r.ICE.form(),
	})
}

// progress brings the leg from ICE over DTLS to connected; mu is held.
func (l *Leg) progress() {
	if l.remote == nil || l.closed {
		return
	}
	if l.remote.ICE != NoICE {
		if l.agent.Status() == ice.Failed {
			l.fail(errors.New("ICE: no pair of addresses works within 20 s; look at firewalls between the endpoint and the media ports"))
			return
		}
		if l.agent.Status() == ice.Lost {
			l.target = [2]sockaddr.Raw{}
			l.fail(errors.New("ICE: the endpoint has not answered for 30 s, so it gets no media any more; it has left the network or crashed"))
			return
		}
		for c := ice.RTP; c <= ice.RTCP; c++ {
			if p, ok := l.agent.Selected(c); ok {
				l.target[c-1] = sockaddr.Of(p.Remote.Addr)
			}
		}
		if l.agent.Status() != ice.Connected {
			return
		}
	}
	if !l.keyed && l.remote.DTLS != nil && l.handshake == nil && !l.failed {
		l.startHandshake()
	}
	if !l.keyed || l.connected {
		return
	}
	l.connected = true
	if f := l.onConnected; f != nil {
		sel := l.selection()
		l.notify(func() { f(sel) })
	}
}

// selection describes where media goes.
func (l *Leg) selection() Selected {
	pair := func(c int) Pair {
		if l.remote.ICE != NoICE {
			p, _ := l.agent.Selected(c)
			return Pair(p)
		}
		a := l.target[c-1].AddrPort()
		return Pair{Local: l.local.candidate(c, a.Addr()), Remote: ice.Candidate{Component: c, Transport: "UDP", Addr: a, Type: ice.Host}}
	}
	s := Selected{RTP: pair(ice.RTP)}
	if s.RTCP = s.RTP; !l.remote.Mux {
		s.RTCP = pair(ice.RTCP)
	}
	if l.remote.ICE != NoICE {
		s.Form = l.agent.Form().String()
	}
	return s
}
