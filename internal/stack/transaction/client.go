package transaction

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// clientKey identifies a client transaction by the branch that we made (RFC 3261 section 17.1.3).
type clientKey struct {
	branch string
	method string
}

type clientState uint8

const (
	calling clientState = iota // no response yet; "trying" of other methods
	ringing                    // a provisional one; "proceeding"
	succeeded
	failed
	over
)

// ClientTx is a client transaction.
type ClientTx struct {
	layer *Layer
	key   clientKey
	on    func(*sip.Message, error)

	mu       sync.Mutex
	req      *sip.Message
	flow     transport.Flow
	raw      []byte
	state    clientState
	interval time.Duration
	resend   timer
	expiry   timer
	cancel   bool // wanted, and not sent yet
	edit     func(cancel *sip.Message)
	canceled bool
	ack      []byte  // of a failure to an INVITE
	others   *others // nil when the target is an open flow
}

// Request sends req and reports what comes back by on: every provisional response, then one final response or an error
// that is [ErrTimeout] or [ErrTransport]; for an INVITE further success responses may follow, from other branches of a
// fork or as retransmissions. Calls of on do not overlap but for those of a fork. Request takes req over, and puts our
// Via on top. When dst has several servers, on hears of the last one's failure only. An ACK (to a success response) has
// no transaction: use [Layer.Send].
func (l *Layer) Request(req *sip.Message, dst Target, on func(res *sip.Message, err error)) (*ClientTx, error) {
	c := &ClientTx{layer: l, on: on, req: req, key: clientKey{branch: sip.NewBranch() + dst.Mark, method: req.Method()}}
	if open(dst.Flow) && len(dst.Hops)+len(dst.Spare) == 0 {
		if dst.Prepare != nil {
			dst.Prepare(req, dst.Flow)
		}
		if err := c.begin(dst.Flow); err != nil {
			return nil, err
		}
		return c, nil
	}
	c.others = &others{mark: dst.Mark, prepare: dst.Prepare}
	hops, now, err := l.resolve(dst, func(hops []hop, err error) {
		if err == nil {
			err = c.try(hops)
		}
		if err != nil {
			c.on(nil, err)
		}
	})
	if now && err == nil {
		err = c.try(hops)
	}
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", req.Method(), err)
	}
	return c, nil
}

// Send sends a request that has no transaction, an ACK, with a Via of ours.
func (l *Layer) Send(req *sip.Message, dst Target) error {
	send := func(hops []hop, err error) error {
		if err != nil {
			return err
		}
		flow, _, err := l.openFirst(hops)
		if err != nil {
			return err
		}
		if dst.Prepare != nil {
			dst.Prepare(req, flow)
		}
		l.putVia(req, flow, sip.NewBranch())
		_, err = l.transmit(flow, req)
		return err
	}
	hops, now, err := l.resolve(dst, func(hops []hop, err error) {
		if err := send(hops, err); err != nil {
			l.log.Info("cannot send a request", "method", req.Method(), "error", err)
		}
	})
	if now {
		err = send(hops, err)
	}
	return err
}

// putVia writes our Via for flow (RFC 3261 section 18.1.1).
func (l *Layer) putVia(req *sip.Message, flow transport.Flow, branch string) {
	req.Prepend("Via", "SIP/2.0/"+flow.Proto().String()+" "+l.sentBy(flow).String()+";branch="+branch+";rport")
}

// Self is a URI that reaches this server by the listener that flow belongs to.
func (l *Layer) Self(flow transport.Flow) sip.URI {
	at := l.sentBy(flow)
	u := sip.URI{Scheme: "sip", Host: at.Addr().String(), Port: int(at.Port())}
	if p := flow.Proto(); p != transport.UDP {
		u.Params = sip.Params(";transport=" + strings.ToLower(p.String()))
	}
	return u
}

func (l *Layer) sentBy(flow transport.Flow) netip.AddrPort {
	if l.network == nil {
		return flow.Local()
	}
	return l.network.SentBy(flow)
}

// Flow returns the open connection with that ID, or nil.
func (l *Layer) Flow(id uint64) transport.Flow {
	if l.network == nil {
		return nil
	}
	return l.network.Connection(id)
}

func (c *ClientTx) begin(flow transport.Flow) error {
	l := c.layer
	l.putVia(c.req, flow, c.key.branch)
	c.mu.Lock()
	c.flow = flow
	l.mu.Lock()
	l.clients[c.key] = c
	l.mu.Unlock()
	raw, err := l.transmit(flow, c.req)
	c.raw = raw
	if err != nil {
		c.state = over
		c.mu.Unlock()
		c.forget()
		return fmt.Errorf("send %s: %w: %w", c.key.method, ErrTransport, err)
	}
	if !flow.Proto().Reliable() {
		c.interval = T1
		l.timers.start(&c.resend, c.interval, c.repeat)
	}
	l.timers.start(&c.expiry, timerB, c.timeout)
	c.mu.Unlock()
	return nil
}

// repeat is timers A and E.
func (c *ClientTx) repeat() {
	c.mu.Lock()
	defer c.mu.Unlock()
	invite := c.key.method == "INVITE"
	switch {
	case c.state == calling:
		c.interval *= 2
		if !invite {
			c.interval = min(c.interval, T2)
		}
	case c.state == ringing && !invite:
		c.interval = T2
	default:
		return
	}
	c.flow.Send(c.raw)
	c.layer.timers.start(&c.resend, c.interval, c.repeat)
}

// timeout is timers B and F, and C for an INVITE that rings.
func (c *ClientTx) timeout() { c.fail(ErrTimeout) }

// fail ends a transaction that has no final response.
func (c *ClientTx) fail(err error) {
	c.mu.Lock()
	if c.state >= succeeded {
		c.mu.Unlock()
		return
	}
	silent := c.state == calling
	c.state = over
	c.mu.Unlock()
	c.forget()
	if silent && c.again() {
		return
	}
	c.on(nil, err)
}

// Flow is the flow that the request went on; nil while a name is looked up.
func (c *ClientTx) Flow() transport.Flow {
	c.mu.Lock()
	defer c.mu.Unlock()
	if next := c.others.successor(); next != nil {
		return next.Flow()
	}
	return c.flow
}

func firstVia(m *sip.Message) string {
	via, err := m.TopVia()
	if err != nil {
		return m.Get("Via")
	}
	return via.String()
}

func (c *ClientTx) forget() {
	l := c.layer
	l.timers.cancel(&c.resend)
	l.timers.cancel(&c.expiry)
	l.mu.Lock()
	delete(l.clients, c.key)
	l.mu.Unlock()
}

// response finds the transaction of a response. One that belongs to none is dropped: with RFC 6026 a success that comes
// again finds its transaction in the accepted state, so a stray one is late beyond use or a forgery.
func (l *Layer) response(flow transport.Flow, m *sip.Message) {
	via, err := m.TopVia()
	if err != nil {
		return
	}
	l.mu.Lock()
	c := l.clients[clientKey{branch: via.Branch(), method: m.Method()}]
	l.mu.Unlock()
	if c == nil {
		l.log.Debug("dropped a response to no request of ours", "peer", flow.Remote().String(), "status", m.StatusCode(), "method", m.Method())
		return
	}
	c.mu.Lock()
	by := c.flow
	c.mu.Unlock()
	if flow.Proto().Reliable() && by != nil && by.ID() != flow.ID() {
		l.log.Info("dropped a response that came by another connection than its request", "peer", flow.Remote().String(), "method", m.Method())
		return
	}
	c.received(m)
}

func (c *ClientTx) received(m *sip.Message) {
	code := m.StatusCode()
	invite := c.key.method == "INVITE"
	c.mu.Lock()
	switch {
	case c.state == over, c.state == succeeded && (!invite || code < 200 || code > 299), code < 200 && c.state >= succeeded:
		c.mu.Unlock()
		return
	case c.state == failed:
		if invite && c.ack != nil && code >= 300 {
			c.flow.Send(c.ack)
		}
		c.mu.Unlock()
		return
	case code < 200:
		c.provisional(invite)
		c.mu.Unlock()
	case code < 300:
		c.succeed(invite)
		c.mu.Unlock()
	default:
		c.refused(m, invite)
		c.mu.Unlock()
		if (code == 503 || code == 430) && c.again() {
			return
		}
	}
	c.on(m, nil)
}

// provisional is called with mu held.
func (c *ClientTx) provisional(invite bool) {
	c.state = ringing
	if !invite {
		return
	}
	l := c.layer
	l.timers.cancel(&c.resend)
	if c.cancel {
		c.sendCancel()
	} else if !c.canceled {
		l.timers.start(&c.expiry, timerC, c.timeout)
	}
}

// succeed is called with mu held. An INVITE stays for 64*T1 to hear the other branches of a fork (RFC 6026 timer M).
func (c *ClientTx) succeed(invite bool) {
	l := c.layer
	l.timers.cancel(&c.resend)
	if invite {
		if c.state != succeeded {
			l.timers.start(&c.expiry, timerB, c.end)
		}
		c.state = succeeded
		c.raw, c.req = nil, nil
		return
	}
	c.finish(false)
}

// refused is called with mu held.
func (c *ClientTx) refused(m *sip.Message, invite bool) {
	c.layer.timers.cancel(&c.resend)
	if invite {
		c.ack, _ = c.layer.transmit(c.flow, c.ackFor(m))
	}
	c.finish(invite)
}

// finish ends the transaction. A response that comes again later is dropped, for which nothing has to be kept (timer K),
// but for that of an INVITE on datagrams, which its ACK answers (timer D). The caller holds mu.
func (c *ClientTx) finish(invite bool) {
	c.state = failed
	c.raw = nil
	l := c.layer
	if invite && !c.flow.Proto().Reliable() {
		l.timers.start(&c.expiry, timerD, c.end)
		return
	}
	l.timers.cancel(&c.expiry)
	l.mu.Lock()
	delete(l.clients, c.key)
	l.mu.Unlock()
}

func (c *ClientTx) end() {
	c.mu.Lock()
	c.state = over
	c.mu.Unlock()
	c.forget()
}

// ackFor makes the ACK of a failure (RFC 3261 section 17.1.1.3).
func (c *ClientTx) ackFor(res *sip.Message) *sip.Message {
	ack := sip.NewRequest("ACK", c.req.RequestURI())
	ack.Add("Via", firstVia(c.req))
	for _, value := range c.req.Values("Route") {
		ack.Add("Route", value)
	}
	ack.Add("From", c.req.Get("From"))
	ack.Add("To", res.Get("To"))
	ack.Add("Call-ID", c.req.CallID())
	number, _, _ := c.req.CSeq()
	ack.Add("CSeq", itoa(int(number))+" ACK")
	return ack
}

// FailureCode is the status that an error of [Layer.Request] counts as: 408 for a timeout, 503 for the rest.
func FailureCode(err error) int {
	if errors.Is(err, ErrTimeout) {
		return 408
	}
	return 503
}
