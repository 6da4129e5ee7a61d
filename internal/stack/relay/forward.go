package relay

import (
	"parley/internal/stack/ice"
	"parley/internal/wire/rtp"
)

// receiveRTP measures a packet and passes it on.
func (l *Leg) receiveRTP(b []byte) {
	var h rtp.Header
	if h.Parse(b) != nil {
		l.count.Malformed++
		return
	}
	rt := &l.routes[h.PT]
	if !rt.known {
		l.count.Unknown++
		return
	}
	payload := len(b) - h.Size - h.Padding
	s := l.sourceOf(h.SSRC, rt)
	if h.Marker && l.stream.Kind == Audio {
		s.receiver.Talkspurt(h.Timestamp)
	}
	fresh := s.receiver.Packet(l.worker.arrived, h.Seq, h.Timestamp, payload, rt.event)
	if rt.event {
		s.event(h.Timestamp)
	} else {
		s.note(rt, h.Timestamp, payload)
	}
	p := l.peer
	switch {
	case !fresh:
	case !l.receives || p == nil || !p.send || !rt.sent:
		l.count.Unwanted++
	case !p.ready():
		l.count.Unready++
	case l.stream.Kind == Audio:
		l.forwardAudio(p, rt, &h, b)
	default:
		p.sender.packets++
		p.sender.octets += uint64(payload)
		h.PT = rt.pt
		h.Rewrite(b)
		p.sendRTP(b)
	}
}

// ready tells whether packets can be sent to the leg's endpoint.
func (l *Leg) ready() bool { return l.keyed && l.remote != nil && l.target[0].Set() }

// forwardAudio passes audio on under the other leg's own SSRC and numbers, converted and cut as its endpoint needs.
func (l *Leg) forwardAudio(p *Leg, rt *route, h *rtp.Header, b []byte) {
	s := &p.sender
	newSource := s.adopt(l, h, l.worker.now, rt.rate)
	payload := h.Payload(b)
	pieces := 1
	if rt.limit > 0 && len(payload) > rt.limit {
		pieces = (len(payload) + rt.limit - 1) / rt.limit
	}
	if (pieces > 1 || rt.conv != nil || s.extra > 0) && s.late(h.Seq) {
		l.count.Unwanted++ // its place in the converted stream has gone
		return
	}
	if rt.conv != nil {
		rt.conv.Run(payload)
	}
	s.number(h, pieces, l.worker.now)
	h.PT = rt.pt
	h.Marker = h.Marker || newSource
	s.octets += uint64(len(payload))
	s.packets += uint64(pieces)
	if pieces == 1 && p.pace.n == 0 {
		h.Rewrite(b)
		if h.Marker {
			b[1] |= 0x80
		}
		p.sendRTP(b)
		return
	}
	p.cut(h, payload, max(rt.limit, (len(payload)+pieces-1)/pieces))
}

// sendRTP encrypts a packet in place and queues it with its batch. b must have room for a tag and stay untouched until
// the batch is sent.
func (l *Leg) sendRTP(b []byte) {
	if l.out != nil {
		var err error
		if b, err = l.out.ProtectRTP(b); err != nil {
			l.count.Unready++
			return
		}
	}
	l.worker.out.add(l.sockets.to(ice.RTP, &l.target[ice.RTP-1]), &l.target[ice.RTP-1], b)
}
