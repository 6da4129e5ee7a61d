package transaction

import (
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// others is what a client transaction needs to go on with another server (RFC 3263 section 4.3).
type others struct {
	mark    string
	prepare func(*sip.Message, transport.Flow)
	hop     hop          // that the transaction uses
	rest    []hop        // to be tried when it fails
	plain   *sip.Message // the request without what belongs to hop
	next    *ClientTx    // the transaction with one of rest
}

func (o *others) successor() *ClientTx {
	if o == nil {
		return nil
	}
	return o.next
}

// try sends the request by the first of hops that takes it. The others are for when that one fails later.
func (c *ClientTx) try(hops []hop) error {
	var err error
	for i, h := range hops {
		var flow transport.Flow
		if flow, err = c.layer.flowTo(h); err != nil {
			continue
		}
		c.mu.Lock()
		o := c.others
		o.hop, o.rest = h, hops[i+1:]
		if len(o.rest) > 0 {
			o.plain = c.req.Clone()
		}
		c.key.branch, c.state = sip.NewBranch()+o.mark, calling
		c.mu.Unlock()
		if o.prepare != nil {
			o.prepare(c.req, flow)
		}
		if err = c.begin(flow); err == nil {
			return nil
		}
		c.req = o.plain
	}
	return err
}

// again sends the request by what remains of its hops, in a transaction of its own. False means that there is none, or that
// nobody wants an answer any more.
func (c *ClientTx) again() bool {
	c.mu.Lock()
	o := c.others
	if o == nil {
		c.mu.Unlock()
		return false
	}
	if o.hop.found.IsValid() {
		c.layer.locator.Avoid(o.hop.proto, o.hop.found)
	}
	if len(o.rest) == 0 || c.cancel || c.canceled {
		c.mu.Unlock()
		return false
	}
	next := &ClientTx{
		layer: c.layer, on: c.on, req: o.plain, key: clientKey{method: c.key.method}, others: &others{mark: o.mark, prepare: o.prepare},
	}
	o.next = next
	rest := o.rest
	c.mu.Unlock()
	c.layer.log.Info("a SIP server failed, trying the next", "method", c.key.method, "peer", o.hop.addr, "left", len(rest))
	return next.try(rest) == nil
}
