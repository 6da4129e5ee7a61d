package relay

import (
	"parley/internal/stack/ice"
	"parley/internal/stack/srtp"
)

// startHandshake opens or awaits DTLS on the RTP socket; the worker's mu is held.
func (l *Leg) startHandshake() {
	r := l.stream.session.relay
	var h *srtp.Handshake
	h, err := r.identity.Start(srtp.HandshakeConfig{
		Client: !l.remote.DTLS.Active, Fingerprint: l.remote.DTLS.Fingerprint,
		Send: func(b []byte) {
			l.worker.mu.Lock()
			defer l.worker.mu.Unlock()
			if !l.closed {
				sendNow(l.sockets.to(ice.RTP, &l.target[ice.RTP-1]), &l.target[ice.RTP-1], b)
			}
		},
		Done: func(k srtp.Keys, err error) {
			l.worker.mu.Lock()
			defer l.worker.mu.Unlock()
			if l.closed || l.handshake != h {
				return // replaced by a later negotiation
			}
			l.finishHandshake(k, err)
		},
	})
	if err != nil {
		l.fail(err)
		return
	}
	l.handshake = h
}

func (l *Leg) finishHandshake(k srtp.Keys, err error) {
	if err == nil {
		if l.in, err = srtp.NewReceiver(k.Receive); err == nil {
			l.inKey = k.Receive
			l.out, err = srtp.NewSender(k.Send)
		}
	}
	if err != nil {
		l.fail(err)
		return
	}
	l.keyed = true
	l.progress()
	l.worker.hurry(l)
}

// endHandshake lets the association go. Its goroutine may be waiting for the worker's mu, which the caller holds, so it
// is waited for elsewhere.
func (l *Leg) endHandshake() {
	if h := l.handshake; h != nil {
		l.handshake = nil
		l.stream.session.relay.idle.Go(h.Close)
	}
}
