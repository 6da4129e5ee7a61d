package call

import (
	"parley/internal/dialect"
	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/wire/sip"
)

// provisional takes a 1xx of a device.
func (l *leg) provisional(from *leg, res *sip.Message) {
	c := l.call
	if l.canceled || c.over || !l.waitedFor() {
		return
	}
	l.learn(res)
	if !l.acknowledgeProvisional(res) {
		return
	}
	code := res.StatusCode()
	if c.moving != nil {
		c.moving.progress(code, res.Reason())
		return
	}
	if code == 100 || code == 199 {
		return
	}
	if early, err := l.early(res); err != nil {
		c.log.Info("early media cannot be passed", "user", l.user, "error", err)
	} else if early && l.passEarly() {
		return
	}
	if code != 183 {
		c.caller.ringBack(180, nil)
	}
}

// accept makes a device's answer the call's.
func (c *call) accept(l, from *leg, res *sip.Message) {
	c.dropOthers(l)
	if c.noAnswer != nil {
		c.noAnswer.Stop()
	}
	said, changes, err := describe(res, l.kind)
	if err == nil && said != nil {
		err = l.take(said)
	} else if err == nil && !l.heard() {
		err = errNothingInCommon
	}
	if err != nil {
		c.unusable(l, err)
		return
	}
	l.startTimer(res, true)
	if c.moving != nil {
		c.moving.answered(l)
		return
	}
	c.callee = l
	c.caller.changed(changes...)
	c.caller.oncePracked(func() { c.connect(l) })
}

// connect answers the caller, and tells everybody that the two talk.
func (c *call) connect(l *leg) {
	if c.over || c.callee != l || l.state != talking {
		return
	}
	if err := c.answerCaller(l); err != nil {
		c.callee = nil
		c.unusable(l, err)
		return
	}
	now := c.svc.Now()
	c.record.Answered = now
	c.caller.setTalking(true)
	l.setTalking(true)
	c.svc.publish(event.CallAnswered{CallID: c.id, By: l.user, ToDialect: l.kind.String(), Setup: now.Sub(c.record.Started)})
	l.finalIfConnected()
}

// dropOthers takes the answered leg out of those that ring and cancels the rest.
func (c *call) dropOthers(l *leg) {
	rest := c.forks
	c.forks = nil
	for _, o := range rest {
		if o != l {
			o.hangUp(dialect.Ended(200, "Call completed elsewhere"))
		}
	}
}

// heard tells whether the endpoint described its media, as in an earlier reliable response.
func (l *leg) heard() bool {
	for _, sl := range l.session.slots {
		if sl.active() && sl.remote != nil {
			return true
		}
	}
	return false
}

// unusable ends a call whose answer cannot be used.
func (c *call) unusable(l *leg, err error) {
	c.log.Info("an answer cannot be used", "user", l.user, "error", err)
	f := dialect.Failure{Code: 488, Text: err.Error()}
	l.sendBye(dialect.Ended(488, err.Error()))
	c.past = append(c.past, l)
	if c.moving != nil {
		c.moving.refused(f)
		return
	}
	c.record.EndedBy = "server"
	c.refuseCaller(f)
	c.close(f)
}

// answerCaller sends the caller the 200: the answer to their offer, or our offer when they made none.
func (c *call) answerCaller(callee *leg) error {
	l := c.caller
	switch {
	case len(l.session.slots) == 0:
		if err := l.propose(callee); err != nil {
			return err
		}
		l.session.offered, l.session.asking = true, true
	case c.early != nil: // the offer has its answer, which is repeated
		if !l.suits(callee) {
			l.waiting = append(l.waiting, func() { l.correct(callee) })
		}
		c.bridge(l, callee)
	default:
		if err := l.reply(callee); err != nil {
			return err
		}
		if err := l.settleOffer(); err != nil {
			return err
		}
		c.bridge(l, callee)
	}
	l.state = talking
	l.stopReliable()
	l.confirm(&frontend.Request{Message: l.request, Tx: l.server}, l.session.body)
	return nil
}

// confirm sends a 200 to an INVITE, and waits for its ACK.
func (l *leg) confirm(r *frontend.Request, body []byte) {
	res := sip.NewResponse(r.Message, 200, "")
	res.SetTag(l.tag)
	res.Add("Contact", l.contact())
	res.Add("Allow", allow)
	res.Add("Server", userAgent)
	if l.kind == dialect.Standard {
		res.Add("Supported", "100rel, timer, replaces")
		l.grantTimer(res, r.Message)
	}
	if body != nil {
		res.SetBody("application/sdp", body)
	}
	l.server, l.unacked = r.Tx, true
	r.Tx.OnAck(func(ack *sip.Message) { l.call.post(func() { l.acknowledged(ack) }) })
	if err := r.Tx.Answer(res, func() { l.call.post(l.neverAcknowledged) }); err != nil {
		l.call.log.Info("an answer could not be sent", "user", l.user, "error", err)
	}
}

// acknowledged takes the ACK of our success response, which holds the answer when that held an offer.
func (l *leg) acknowledged(ack *sip.Message) {
	if !l.unacked {
		return
	}
	l.unacked = false
	if l.leaving {
		l.sendBye(l.bye)
		return
	}
	if l.state != talking {
		return
	}
	c := l.call
	if o := c.other(l); o != nil && !l.heardSince() {
		said, _, err := describe(ack, l.kind)
		if err == nil && said == nil {
			err = errNothingInCommon
		}
		if err == nil {
			err = l.take(said)
		}
		if err != nil {
			c.abort(dialect.Failure{Code: 488, Text: err.Error()}, "server", err.Error())
			return
		}
		c.bridge(l, o)
	}
	l.next()
}

// heardSince tells whether our last description has its answer, or was one itself.
func (l *leg) heardSince() bool { return !l.session.asking && l.heard() }

func (l *leg) neverAcknowledged() {
	if l.state != talking {
		return
	}
	l.unacked = false
	if l.leaving {
		l.sendBye(l.bye)
		return
	}
	l.call.abort(dialect.Failure{Code: 408, Text: "No ACK"}, l.role, "no ACK")
}
