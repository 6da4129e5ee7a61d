package transaction

import "parley/internal/wire/sip"

// Cancel cancels an INVITE: at once if it rings, else as soon as it does (RFC 3261 section 9.1). Its final response,
// usually 487, still comes. For other methods it does nothing.
func (c *ClientTx) Cancel() { c.CancelWith(nil) }

// CancelWith is Cancel with header fields of the caller's, as Reason (RFC 3326): edit adds them to the CANCEL before it is
// sent. Only the first call counts.
func (c *ClientTx) CancelWith(edit func(cancel *sip.Message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if next := c.others.successor(); next != nil {
		next.CancelWith(edit)
		return
	}
	if c.key.method != "INVITE" || c.state >= succeeded || c.canceled || c.cancel {
		return
	}
	c.edit = edit
	if c.state == calling {
		c.cancel = true
		return
	}
	c.sendCancel()
}

// sendCancel is called with mu held.
func (c *ClientTx) sendCancel() {
	c.canceled, c.cancel = true, false
	req := sip.NewRequest("CANCEL", c.req.RequestURI())
	req.Add("Via", firstVia(c.req))
	for _, name := range [...]string{"Route", "From", "To", "Call-ID"} {
		for _, value := range c.req.Values(name) {
			req.Add(name, value)
		}
	}
	number, _, _ := c.req.CSeq()
	req.Add("CSeq", itoa(int(number))+" CANCEL")
	if c.edit != nil {
		c.edit(req)
	}
	cc := &ClientTx{
		layer: c.layer, on: func(*sip.Message, error) {}, req: req, flow: c.flow,
		key: clientKey{branch: c.key.branch, method: "CANCEL"},
	}
	l := c.layer
	l.mu.Lock()
	l.clients[cc.key] = cc
	l.mu.Unlock()
	cc.mu.Lock()
	cc.raw, _ = l.transmit(c.flow, req)
	if !c.flow.Proto().Reliable() {
		cc.interval = T1
		l.timers.start(&cc.resend, T1, cc.repeat)
	}
	l.timers.start(&cc.expiry, timerB, cc.timeout)
	cc.mu.Unlock()
	// RFC 3261 section 9.1: an INVITE that gets no final response after its CANCEL is over after 64*T1.
	l.timers.start(&c.expiry, timerB, c.timeout)
}
