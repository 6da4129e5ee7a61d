package transaction

import (
	"time"

	"parley/internal/stack/transport"
)

// maxHeld bounds how many responses are kept on datagrams to answer retransmissions with. RFC 3261 keeps them for 32 s
// (timer J), which a server under load cannot afford: the oldest go early then, and a retransmission that comes after
// that is served again, as a stateless server would.
const maxHeld = 32 << 10

// held is the responses of answered transactions: a ring in the order of the answers. The transactions themselves are
// over.
type held struct {
	ring  []answer
	first int // the oldest
	count int
	at    map[key]uint32 // in the ring
}

type answer struct {
	key   key
	flow  transport.Flow // that the response goes by
	raw   []byte
	until time.Time
}

// hold ends t and, where the transport does not deliver reliably, keeps its response for retransmissions of the request.
// The caller holds t.mu.
func (l *Layer) hold(t *ServerTx) {
	reliable := t.flow.Proto().Reliable()
	l.mu.Lock()
	delete(l.servers, t.key)
	idle := l.held.count == 0
	if !reliable {
		l.held.add(answer{key: t.key, flow: t.back, raw: t.last, until: time.Now().Add(timerB)})
	}
	l.mu.Unlock()
	if !reliable && idle {
		l.timers.start(&l.sweep, timerB, l.sweepHeld)
	}
	t.state, t.last = terminated, nil
}

// sweepHeld lets go of what is old while nothing new comes.
func (l *Layer) sweepHeld() {
	l.mu.Lock()
	l.held.expire(time.Now())
	left := l.held.count
	l.mu.Unlock()
	if left > 0 {
		l.timers.start(&l.sweep, T4, l.sweepHeld)
	}
}

// find returns the response that is kept for a request.
func (h *held) find(k key) (answer, bool) {
	at, ok := h.at[k]
	if !ok {
		return answer{}, false
	}
	return h.ring[at], true
}

func (h *held) add(a answer) {
	h.expire(time.Now())
	if h.count == len(h.ring) {
		if h.count < maxHeld {
			h.grow()
		} else {
			h.drop()
		}
	}
	at := (h.first + h.count) % len(h.ring)
	h.ring[at] = a
	h.at[a.key] = uint32(at)
	h.count++
}

func (h *held) grow() {
	ring := make([]answer, max(64, 2*len(h.ring)))
	n := copy(ring, h.ring[h.first:])
	copy(ring[n:], h.ring[:h.first])
	h.ring, h.first = ring, 0
	if h.at == nil {
		h.at = map[key]uint32{}
	}
	for i := range h.count {
		h.at[ring[i].key] = uint32(i)
	}
}

// drop lets go of the oldest.
func (h *held) drop() {
	old := &h.ring[h.first]
	if h.at[old.key] == uint32(h.first) {
		delete(h.at, old.key)
	}
	*old = answer{}
	h.first = (h.first + 1) % len(h.ring)
	if h.count--; h.count == 0 {
		*h = held{}
	}
}

func (h *held) expire(now time.Time) {
	for h.count > 0 && !h.ring[h.first].until.After(now) {
		h.drop()
	}
}
