package call

import (
	"strings"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/wire/sip"
)

// pickUp takes an INVITE that replaces a leg of another call (RFC 3891): another device of the same user takes over the
// call that the leg talks in, or the one that it rings for.
func (c *call) pickUp(value string) {
	caller := c.caller
	gone := c.svc.replaced(value, caller.user)
	fail := func(code int, why string) {
		c.started()
		c.fail(dialect.Failure{Code: code, Text: why})
	}
	if gone == nil || gone.call == c || len(caller.session.slots) == 0 {
		fail(481, "Replaced call does not exist")
		return
	}
	_, params, _ := strings.Cut(value, ";")
	earlyOnly := sip.Params(";" + params).Has("early-only")
	other := gone.call
	other.post(func() {
		switch {
		case gone.state == ringing && gone.waitedFor() && other.moving == nil && len(other.caller.session.slots) > 0:
			c.post(func() { c.handOver(gone) })
		case gone.state == ringing: // RFC 3891 section 3: only who sent the INVITE of an early dialog can let another take its place
			c.post(func() { fail(481, "Only a device that rings can be replaced before the answer") })
		case gone.state == talking && earlyOnly:
			c.post(func() { fail(486, "The call has been answered") })
		default:
			target := other.release(gone, c)
			c.post(func() { c.takeOver(target) })
		}
	})
}

// handOver makes the caller of this call, which ends with that, the device that answers the call that gone rings for.
func (c *call) handOver(gone *leg) {
	if c.over {
		return
	}
	o, to := c.caller, gone.call
	next := &leg{call: to, role: calleeRole, user: o.user, device: o.device, kind: o.kind, tag: o.tag, target: o.target,
		dialog: o.dialog, request: o.request, server: o.server, session: o.session, supports: o.supports}
	next.session.media = nil
	next.flow.Store(o.flow.Load())
	next.identifier.Store(o.identifier.Load())
	o.session.media, o.session.slots = nil, nil
	o.end()
	c.over, c.settled = true, true
	c.media.Close()
	c.svc.closed(c)
	c.svc.addLeg(next)
	next.server.OnCancel(func() { to.post(func() { next.refuse(dialect.Failure{Code: 487, Text: sip.StatusText(487)}) }) })
	to.post(func() { to.takenBy(next, gone) })
}

// takenBy answers the call with a device that asked for it in the place of one that rings. Both sides made an offer, which
// is answered from the other one.
func (c *call) takenBy(l, gone *leg) {
	switch {
	case l.state != ringing: // cancelled meanwhile
		return
	case c.over || c.callee != nil || gone.state != ringing || !gone.waitedFor():
		l.refuse(dialect.Failure{Code: 481, Text: "Replaced call does not exist"})
		return
	}
	l.name = c.nextCallee()
	if c.early == nil { // the caller's lines wait for their answer
		for _, sl := range c.caller.session.slots {
			sl.local.Refused = sl.stream == nil || sl.remote.Refused
		}
	}
	err := l.restream()
	if err == nil {
		err = l.reply(c.caller)
	}
	if err == nil {
		err = l.settleOffer()
	}
	if err != nil {
		l.refuse(dialect.Failure{Code: 488, Text: err.Error()})
		return
	}
	c.dropOthers(nil)
	if c.noAnswer != nil {
		c.noAnswer.Stop()
	}
	l.state = talking
	c.callee = l
	l.confirm(&frontend.Request{Message: l.request, Tx: l.server}, l.session.body)
	c.caller.oncePracked(func() { c.connect(l) })
}

// refuse answers the INVITE of a leg that came from another call, and forgets it.
func (l *leg) refuse(f dialect.Failure) {
	if l.state != ringing {
		return
	}
	_ = l.server.Respond(l.call.svc.refusal(l.request, l.kind, f, l.tag))
	l.end()
}

func (c *call) takeOver(target *leg) {
	c.started()
	if target == nil || c.over {
		c.fail(dialect.Failure{Code: 481, Text: "Replaced call does not exist"})
		if target != nil {
			target.hangUp(dialect.Ending{})
		}
		return
	}
	c.callee = target
	c.record.Callee = target.user
	fail := func(f dialect.Failure) {
		c.fail(f)
		target.hangUp(dialect.Ending{})
	}
	if err := target.settleIn(c.caller); err != nil {
		fail(dialect.Failure{Code: 488, Text: err.Error()})
		return
	}
	target.reoffer(func(f *dialect.Failure) {
		switch {
		case c.over:
		case f != nil:
			fail(*f)
		default:
			if err := c.answerCaller(target); err != nil {
				fail(dialect.Failure{Code: 488, Text: err.Error()})
				return
			}
			c.record.Answered = c.svc.Now()
			c.caller.setTalking(true)
			target.setTalking(true)
		}
	})
}
