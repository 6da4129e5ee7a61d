package relay

import (
	"time"

	"parley/internal/stack/ice"
	"parley/internal/wire/rtp"
)

// pieceSlots bounds the packets that wait for their time: 640 ms at 20 ms.
const pieceSlots = 32

// pacer sends the pieces of a long packet one by one, in the rhythm that their receiver expects, rather than in a clump
// that it would have to take for jitter.
type pacer struct {
	slots   []piece
	head, n int
}

type piece struct {
	due time.Duration
	b   []byte
}

// cut sends the payload in pieces of limit bytes: the first at once, unless earlier ones still wait, the others each when
// the one before has been played. h numbers the first piece. A packet that needs no cutting comes here as well while pieces
// wait, so that it does not overtake them.
func (l *Leg) cut(h *rtp.Header, payload []byte, limit int) {
	p := &l.pace
	if p.slots == nil {
		p.slots = make([]piece, pieceSlots)
	}
	due := l.worker.now
	if p.n > 0 {
		last := &p.slots[(p.head+p.n-1)%pieceSlots]
		due = last.due + time.Duration(len(last.b)-rtp.HeaderSize)*time.Millisecond/8
	}
	for len(payload) > 0 {
		size := min(limit, len(payload))
		if p.n == pieceSlots {
			l.sendPiece()
		}
		s := &p.slots[(p.head+p.n)%pieceSlots]
		if room := rtp.HeaderSize + limit + 64; cap(s.b) < room {
			s.b = make([]byte, 0, room)
		}
		s.b = append(h.Append(s.b[:0]), payload[:size]...)
		s.due = due
		p.n++
		payload = payload[size:]
		due += time.Duration(size) * time.Millisecond / 8
		h.Marker = false
		h.Seq++
		h.Timestamp += uint32(size)
	}
	l.sendDue(l.worker.now)
	if p.n > 0 {
		l.worker.wakeAt(l, p.slots[p.head].due)
	}
}

// sendDue sends what is due and gives when the next piece is; 0 when none waits.
func (l *Leg) sendDue(now time.Duration) time.Duration {
	p := &l.pace
	// A sender whose clock is fast would fill the queue for good: half full is late enough.
	for p.n > 0 && (p.slots[p.head].due <= now || p.n > pieceSlots/2) {
		l.sendPiece()
	}
	if p.n == 0 {
		return 0
	}
	return p.slots[p.head].due
}

func (l *Leg) sendPiece() {
	p := &l.pace
	s := &p.slots[p.head]
	p.head = (p.head + 1) % pieceSlots
	p.n--
	if l.ready() {
		l.sendAlone(s.b)
	}
	s.b = s.b[:0]
}

// sendAlone encrypts a packet in place and sends it outside of any batch, behind what the present one has.
func (l *Leg) sendAlone(b []byte) {
	l.worker.out.flush()
	if l.out != nil {
		var err error
		if b, err = l.out.ProtectRTP(b); err != nil {
			return
		}
	}
	sendNow(l.sockets.to(ice.RTP, &l.target[ice.RTP-1]), &l.target[ice.RTP-1], b)
}
