package transaction

import (
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// maxHeld bounds how many answered transactions are kept on datagrams to absorb retransmissions. RFC 3261 keeps them for
// 32 s (timer J), which a server under load cannot afford: the oldest go early then, and a retransmission that comes
// after that is served again, as a stateless server would.
const maxHeld = 32 << 10

// held is the answered transactions in the order of their answers.
type held struct {
	ring []*ServerTx
	next int
}

// hold keeps t for retransmissions, or ends it where the transport makes none. The caller holds t.mu.
func (l *Layer) hold(t *ServerTx) {
	if t.flow.Proto().Reliable() {
		t.state = terminated
		l.mu.Lock()
		delete(l.servers, t.key)
		l.mu.Unlock()
		return
	}
	// The response is all that a retransmission needs.
	t.req = nil
	l.timers.start(&t.expiry, timerB, t.end)
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &l.held
	if h.ring == nil {
		h.ring = make([]*ServerTx, maxHeld)
	}
	if old := h.ring[h.next]; old != nil {
		delete(l.servers, old.key)
		l.timers.cancel(&old.expiry)
	}
	h.ring[h.next] = t
	h.next = (h.next + 1) % maxHeld
}

// inviteKey finds the INVITE that an ACK of a success belongs to: that ACK has a branch of its own.
type inviteKey struct {
	flow   uint64
	callID string
	from   string
	number uint32
}

func inviteKeyOf(flow transport.Flow, m *sip.Message) inviteKey {
	number, _, _ := m.CSeq()
	from, _ := m.From()
	return inviteKey{flow: flow.ID(), callID: m.CallID(), from: from.Tag(), number: number}
}
