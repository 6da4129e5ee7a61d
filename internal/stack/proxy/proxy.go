// Package proxy is the stateful SIP proxy of RFC 3261 section 16: it forwards a request to one or many targets and
// brings back the best response. What it does not have to touch it leaves byte for byte.
package proxy

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"sync"

	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Branch is one target of a request.
type Branch struct {
	URI    string             // Request-URI for this target; "" keeps the one that came
	Target transaction.Target // next hop
	Routes []string           // Route values to put before those of the request, as a registered Path asks
}

// Proxy forwards requests.
type Proxy struct {
	layer *transaction.Layer
	key   tokenKey
	seed  maphash.Seed
}

// New returns a Proxy that sends by layer.
func New(layer *transaction.Layer) *Proxy {
	return &Proxy{layer: layer, key: newTokenKey(), seed: maphash.MakeSeed()}
}

// Forward sends tx's request to all branches at once and answers tx with what comes back. With recordRoute set, requests
// of the dialog come through here again. The caller has authenticated the sender and chosen the targets.
func (p *Proxy) Forward(tx *transaction.ServerTx, branches []Branch, recordRoute bool) {
	req := tx.Request()
	mark := p.mark(req)
	refusal := admissible(req, len(branches))
	if refusal == nil && looped(req, mark) {
		refusal = &sip.Refusal{Code: 482, Reason: "Loop Detected"}
	}
	if refusal != nil {
		tx.Respond(response(req, refusal.Code, refusal.Reason))
		return
	}
	each, _ := breadth(req, len(branches))
	c := &forwarding{proxy: p, tx: tx, invite: req.Method() == "INVITE", open: len(branches)}
	if c.invite {
		tx.Respond(sip.NewResponse(req, 100, "")) // RFC 3261 section 16.2: the next hop may take longer than 200 ms
		tx.OnCancel(c.cancel)
	}
	for _, b := range branches {
		out := req.Clone()
		p.prepare(out, b)
		if len(branches) > 1 || req.Has("Max-Breadth") {
			out.Set("Max-Breadth", strconv.Itoa(each))
		}
		target := b.Target
		if b.Target.Flow == nil && len(b.Routes) == 0 {
			if next, ok := routeTarget(out); ok {
				target = next
			}
		}
		target.Mark = mark
		if recordRoute {
			from := tx.Flow()
			target.Prepare = func(m *sip.Message, to transport.Flow) { m.Prepend("Record-Route", p.RecordRoute(from, to)) }
		}
		client, err := p.layer.Request(out, target, c.received)
		if err != nil {
			c.received(nil, err)
			continue
		}
		c.add(client)
	}
}

// ForwardAck passes on an ACK of a success, which has no transaction.
func (p *Proxy) ForwardAck(ack *sip.Message, b Branch) error {
	if refusal := admissible(ack, 1); refusal != nil {
		return refusal
	}
	out := ack.Clone()
	p.prepare(out, b)
	if err := p.layer.Send(out, b.Target); err != nil {
		return fmt.Errorf("forward ACK: %w", err)
	}
	return nil
}

// admissible checks what RFC 3261 section 16.3 asks of a request before it is forwarded.
func admissible(req *sip.Message, targets int) *sip.Refusal {
	if req.Has("Max-Forwards") {
		n, ok := req.MaxForwards()
		switch {
		case !ok:
			return &sip.Refusal{Code: 400, Reason: "Malformed Max-Forwards"}
		case n == 0:
			return &sip.Refusal{Code: 483, Reason: "Too Many Hops"}
		}
	}
	if required := req.List("Proxy-Require"); len(required) > 0 {
		unknown := slices.DeleteFunc(required, func(tag string) bool { return strings.EqualFold(tag, "ms-benotify") })
		if len(unknown) > 0 {
			return &sip.Refusal{Code: 420, Reason: "Bad Extension"}
		}
	}
	if _, ok := breadth(req, targets); !ok {
		return &sip.Refusal{Code: 440, Reason: "Max-Breadth Exceeded"}
	}
	if targets == 0 {
		return &sip.Refusal{Code: 480, Reason: "Temporarily Unavailable"}
	}
	return nil
}

func response(req *sip.Message, code int, reason string) *sip.Message {
	res := sip.NewResponse(req, code, reason)
	res.SetTag(sip.NewTag())
	if code == 420 {
		for _, tag := range req.List("Proxy-Require") {
			res.Add("Unsupported", tag)
		}
	}
	return res
}

// prepare makes the copy of a request that goes to one target: RFC 3261 section 16.6, steps 2, 3
// and 6. Record-Route, step 4, comes when the flow that it leaves by is known.
func (p *Proxy) prepare(out *sip.Message, b Branch) {
	if b.URI != "" {
		out.SetRequestURI(b.URI)
	}
	hops := 70
	if n, ok := out.MaxForwards(); ok {
		hops = n - 1
	}
	out.Set("Max-Forwards", strconv.Itoa(hops))
	for _, route := range slices.Backward(b.Routes) {
		out.Prepend("Route", route)
	}
}

// routeTarget is the next hop that the request's own Route names.
func routeTarget(m *sip.Message) (transaction.Target, bool) {
	routes := m.List("Route")
	if len(routes) == 0 {
		return transaction.Target{}, false
	}
	addr, err := sip.ParseAddr(routes[0])
	if err != nil {
		return transaction.Target{}, false
	}
	t, err := transaction.TargetOf(addr.URI)
	return t, err == nil
}

// forwarding is the response context of one request (RFC 3261 section 16.7).
type forwarding struct {
	proxy  *Proxy
	tx     *transaction.ServerTx
	invite bool

	mu       sync.Mutex
	clients  []*transaction.ClientTx
	open     int // branches without a final response
	best     *sip.Message
	asked    []sipField                // challenges of all branches, which go back together
	answered bool                      // a final response went back
	stopped  func(cancel *sip.Message) // says why, once the branches are to be cancelled
}

type sipField struct{ name, value string }

func (c *forwarding) add(client *transaction.ClientTx) {
	c.mu.Lock()
	c.clients = append(c.clients, client)
	why := c.stopped
	c.mu.Unlock()
	if why != nil {
		client.CancelWith(why)
	}
}

// cancel stops all branches; they answer with 487, which then goes back.
func (c *forwarding) cancel() {
	came := c.tx.Cancellation()
	c.stop(func(cancel *sip.Message) {
		for _, name := range [...]string{"Reason", "ms-diagnostics", "ms-client-diagnostics"} {
			for _, value := range came.Values(name) {
				cancel.Add(name, value)
			}
		}
	})
}

// stop cancels the branches that have no final response; why adds the reason (RFC 3326), the first one counts.
func (c *forwarding) stop(why func(cancel *sip.Message)) {
	c.mu.Lock()
	if c.stopped == nil {
		c.stopped = why
	}
	clients := slices.Clone(c.clients)
	c.mu.Unlock()
	for _, client := range clients {
		client.CancelWith(why)
	}
}

// because is the reason that a SIP status gives.
func because(code int, text string) func(cancel *sip.Message) {
	return func(cancel *sip.Message) {
		cancel.Add("Reason", "SIP;cause="+strconv.Itoa(code)+";text="+sip.Quote(text))
	}
}

// received takes what a branch brings.
func (c *forwarding) received(res *sip.Message, err error) {
	if err != nil {
		c.final(c.failure(err))
		return
	}
	res = res.Clone()
	res.RemoveFirst("Via")
	code := res.StatusCode()
	switch {
	case code == 100:
	case code < 200:
		c.mu.Lock()
		done := c.answered
		c.mu.Unlock()
		if !done {
			c.tx.Respond(res)
		}
	case code < 300:
		c.success(res)
	default:
		c.final(res)
	}
}

func (c *forwarding) failure(err error) *sip.Message {
	code := transaction.FailureCode(err)
	if code == 503 {
		code = 480 // RFC 3261 section 16.7 step 6: a 503 is about the next hop, not about us
	}
	reason := ""
	if errors.Is(err, transaction.ErrTimeout) {
		reason = "The other side does not answer"
	}
	return response(c.tx.Request(), code, reason)
}

// success goes back at once, also after another one: the caller hears every device that answered an INVITE and ends
// what it does not want.
func (c *forwarding) success(res *sip.Message) {
	c.mu.Lock()
	c.open--
	if c.answered && !c.invite {
		c.mu.Unlock()
		return
	}
	c.answered = true
	c.mu.Unlock()
	c.tx.Respond(res)
	c.stop(because(200, "Call completed elsewhere"))
}

// final takes a branch's failure. The best of all goes back when none is left that could succeed.
func (c *forwarding) final(res *sip.Message) {
	c.mu.Lock()
	c.open--
	c.challenges(res)
	if c.best == nil || better(res.StatusCode(), c.best.StatusCode()) {
		c.best = res
	}
	global := res.StatusCode() >= 600
	done := c.open == 0 && !c.answered
	if done {
		c.answered = true
	}
	best := c.best
	c.mu.Unlock()
	if !done && global {
		c.stop(because(res.StatusCode(), res.Reason())) // RFC 3261 section 16.7 step 5: nobody else shall answer
	}
	if done {
		c.tx.Respond(c.merged(best))
	}
}

// challenges keeps what the branches ask for (RFC 3261 section 16.7 step 7). The caller holds mu.
func (c *forwarding) challenges(res *sip.Message) {
	if code := res.StatusCode(); code != 401 && code != 407 {
		return
	}
	for _, name := range [...]string{"WWW-Authenticate", "Proxy-Authenticate"} {
		for _, value := range res.Values(name) {
			c.asked = append(c.asked, sipField{name, value})
		}
	}
}

func (c *forwarding) merged(best *sip.Message) *sip.Message {
	if code := best.StatusCode(); code != 401 && code != 407 || len(c.asked) == 0 {
		return best
	}
	best.Remove("WWW-Authenticate")
	best.Remove("Proxy-Authenticate")
	for _, f := range c.asked {
		best.Add(f.name, f.value)
	}
	return best
}

// better says whether failure a tells the caller more than b: a 6xx before all, then the lowest class, and within 4xx
// what the caller can act upon (RFC 3261 section 16.7 step 6). A time-out or an unreachable device says least.
func better(a, b int) bool { return rank(a) < rank(b) }

func rank(code int) int {
	switch {
	case code >= 600:
		return 0
	case code < 400:
		return 1
	case code == 401, code == 407, code == 415, code == 420, code == 484:
		return 2
	case code == 408, code == 480, code == 487:
		return 4
	case code < 500:
		return 3
	}
	return 5
}
