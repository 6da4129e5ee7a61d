package transaction

import (
	"sync"
	"time"

	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// serverState is the state of both kinds of server transaction.
type serverState uint8

const (
	trying     serverState = iota // no response yet
	proceeding                    // a provisional one
	accepted                      // INVITE: a success, RFC 6026
	completed                     // a failure, or any final one of another method
	confirmed                     // INVITE: the failure has its ACK
	terminated
)

// ServerTx is a server transaction.
type ServerTx struct {
	layer *Layer
	flow  transport.Flow
	key   key
	ackBy key // of an INVITE

	mu       sync.Mutex
	req      *sip.Message
	state    serverState
	last     []byte // last response as it was sent
	back     transport.Flow
	interval time.Duration
	resend   timer
	expiry   timer
	onCancel func()
	onAck    func(*sip.Message)
	onLost   func()
	canceled *sip.Message // the CANCEL
	invite   bool
	reliable bool // the 2xx is retransmitted here until its ACK
}

// Request is the request; it must not be changed.
func (t *ServerTx) Request() *sip.Message { return t.req }

// Flow is the flow that the request came on.
func (t *ServerTx) Flow() transport.Flow { return t.flow }

// OnCancel names what is called when the request is cancelled: at once if it already is. The CANCEL itself has been
// answered; the handler still has to answer the INVITE, with 487.
func (t *ServerTx) OnCancel(call func()) {
	t.mu.Lock()
	t.onCancel = call
	now := t.canceled != nil && t.state < accepted
	t.mu.Unlock()
	if now && call != nil {
		call()
	}
}

// Cancellation is the CANCEL of the request, which may tell why (RFC 3326); nil when there was none.
func (t *ServerTx) Cancellation() *sip.Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.canceled
}

// OnAck names what is called with the ACK of a success response; without it the ACK goes to [Handler.ServeAck].
func (t *ServerTx) OnAck(call func(*sip.Message)) {
	t.mu.Lock()
	t.onAck = call
	t.mu.Unlock()
}

// Answer sends a success response to an INVITE and repeats it until its ACK arrives, as the user agent core must (RFC
// 3261 section 13.3.1.4). lost is called when none does within 64*T1; the session is then to be ended.
func (t *ServerTx) Answer(res *sip.Message, lost func()) error {
	t.mu.Lock()
	t.reliable, t.onLost = true, lost
	t.mu.Unlock()
	return t.Respond(res)
}

// Respond sends a response. It takes res over. A provisional response after a final one, or a second final one, is
// refused with [ErrState], but for further success responses to an INVITE, which a forking proxy passes on.
func (t *ServerTx) Respond(res *sip.Message) error {
	code := res.StatusCode()
	t.mu.Lock()
	defer t.mu.Unlock()
	success := t.invite && code >= 200 && code < 300
	if t.state >= accepted && !(t.state == accepted && success) {
		return ErrState
	}
	if t.layer.guard != nil {
		t.layer.guard.Outgoing(t.back, res)
	}
	t.last = res.Bytes()
	err := t.back.Send(t.last)
	switch {
	case code < 200:
		t.state = proceeding
	case success:
		t.accept()
	case t.invite:
		t.complete()
	default:
		t.layer.hold(t)
	}
	return err
}

// accept is RFC 6026 section 7.1: stay for 64*T1 to absorb retransmissions of the INVITE. The caller holds mu.
func (t *ServerTx) accept() {
	if t.state == accepted {
		return
	}
	t.state = accepted
	if !t.reliable {
		t.last = nil // who made it repeats it
	}
	t.layer.timers.start(&t.expiry, timerB, t.unacknowledged)
	if t.reliable {
		t.interval = T1
		t.layer.timers.start(&t.resend, t.interval, t.repeat)
	}
}

// complete is the INVITE's failure: timers G and H. The caller holds mu.
func (t *ServerTx) complete() {
	t.state = completed
	t.layer.timers.start(&t.expiry, timerB, t.end)
	if !t.flow.Proto().Reliable() {
		t.interval = T1
		t.layer.timers.start(&t.resend, t.interval, t.repeat)
	}
}

// repeat is timer G, and the repetition of a success response.
func (t *ServerTx) repeat() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != completed && t.state != accepted {
		return
	}
	t.back.Send(t.last)
	t.interval = min(2*t.interval, T2)
	t.layer.timers.start(&t.resend, t.interval, t.repeat)
}

func (t *ServerTx) unacknowledged() {
	t.mu.Lock()
	lost := t.onLost
	t.onLost = nil
	t.mu.Unlock()
	t.end()
	if lost != nil {
		lost()
	}
}

func (t *ServerTx) end() {
	t.mu.Lock()
	t.state = terminated
	t.layer.timers.cancel(&t.resend)
	t.layer.timers.cancel(&t.expiry)
	t.mu.Unlock()
	t.layer.mu.Lock()
	delete(t.layer.servers, t.key)
	if t.invite && t.layer.invites[t.ackBy] == t {
		delete(t.layer.invites, t.ackBy)
	}
	t.layer.mu.Unlock()
}

// repeated answers a retransmission of the request.
func (t *ServerTx) repeated() {
	t.mu.Lock()
	defer t.mu.Unlock()
	// A success response to an INVITE is repeated by who made it, not here (RFC 6026 section 7.1).
	if t.last != nil && (t.state == proceeding || t.state == completed) {
		t.back.Send(t.last)
	}
}

// Acknowledge ends the repetition of a success response whose ACK came by another way, as over a new connection.
func (t *ServerTx) Acknowledge() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.onLost = nil
	t.layer.timers.cancel(&t.resend)
}

// acknowledged takes an ACK that belongs to this INVITE.
func (t *ServerTx) acknowledged(ack *sip.Message) {
	t.mu.Lock()
	switch t.state {
	case completed:
		t.state = confirmed
		t.layer.timers.cancel(&t.resend)
		wait := T4
		if t.flow.Proto().Reliable() {
			wait = 0
		}
		t.layer.timers.start(&t.expiry, wait, t.end)
		t.mu.Unlock()
	case accepted:
		t.layer.timers.cancel(&t.resend)
		call := t.onAck
		t.onLost = nil
		t.mu.Unlock()
		if call != nil {
			call(ack)
			return
		}
		t.layer.handler.ServeAck(t.flow, ack)
	default:
		t.mu.Unlock()
	}
}

// cancel takes a CANCEL for this INVITE.
func (t *ServerTx) cancel(m *sip.Message) {
	t.mu.Lock()
	call := t.onCancel
	again := t.canceled != nil || t.state >= accepted
	if !again {
		t.canceled = m
	}
	t.mu.Unlock()
	if !again && call != nil {
		call()
	}
}

// request takes a request that sip.Check accepts.
func (l *Layer) request(flow transport.Flow, m *sip.Message) {
	via, err := m.TopVia()
	if err != nil {
		return
	}
	method := m.Method()
	of := method
	if method == "ACK" || method == "CANCEL" {
		of = "INVITE"
	}
	key := l.keys.server(flow, m, via, of)
	l.mu.Lock()
	known := l.servers[key]
	answered, again := l.held.find(key)
	l.mu.Unlock()
	if again {
		answered.flow.Send(answered.raw)
		return
	}
	if known != nil && method != "CANCEL" {
		if method == "ACK" {
			if l.guard == nil || l.guard.Incoming(flow, m) {
				known.acknowledged(m)
			}
			return
		}
		known.repeated()
		return
	}
	if l.guard != nil && !l.guard.Incoming(flow, m) {
		return
	}
	switch method {
	case "ACK":
		l.mu.Lock()
		t := l.invites[l.keys.invite(flow, m)]
		l.mu.Unlock()
		if t != nil {
			t.acknowledged(m)
			return
		}
		l.handler.ServeAck(flow, m)
		return
	case "CANCEL":
		l.canceled(flow, m, known)
		return
	}
	markSource(flow, m)
	t := &ServerTx{layer: l, flow: flow, key: key, req: m, invite: method == "INVITE", back: l.responseFlow(flow, m)}
	l.mu.Lock()
	l.servers[key] = t
	if t.invite {
		t.ackBy = l.keys.invite(flow, m)
		l.invites[t.ackBy] = t
	}
	l.mu.Unlock()
	l.handler.ServeRequest(t)
}

// canceled answers a CANCEL: RFC 3261 section 9.2.
func (l *Layer) canceled(flow transport.Flow, m *sip.Message, t *ServerTx) {
	markSource(flow, m)
	code := 481
	if t != nil {
		code = 200
	}
	res := sip.NewResponse(m, code, "")
	res.SetTag(sip.NewTag())
	l.transmit(l.responseFlow(flow, m), res)
	if t != nil {
		t.cancel(m)
	}
}
