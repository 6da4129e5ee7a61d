package call

import (
	"strings"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/wire/sip"
)

// replaced finds the leg that a Replaces value names (RFC 3891): Call-ID, our tag and the endpoint's. Only the leg of the
// same user may be replaced.
func (s *Service) replaced(value, user string) *leg {
	callID, params, _ := strings.Cut(value, ";")
	p := sip.Params(";" + params)
	to, _ := p.Get("to-tag")
	from, _ := p.Get("from-tag")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, tags := range [][2]string{{to, from}, {from, to}} {
		l := s.legs[tags[0]]
		if l == nil {
			continue
		}
		id := l.identifier.Load()
		if id != nil && id.CallID == strings.TrimSpace(callID) && id.RemoteTag == tags[1] && id.user == user {
			return l
		}
	}
	return nil
}

// attended connects who stays with the other side of the call that the transferor consulted the target in.
func (t *transfer) attended(r *frontend.Request, value string) {
	c := t.call
	consulted := c.svc.replaced(value, t.by.user)
	t.accept(r)
	if consulted == nil || consulted.call == c {
		t.notify(481, "")
		return
	}
	c.moving = t
	consulted.call.post(func() {
		target := consulted.call.release(consulted, c)
		c.post(func() {
			c.moving = nil
			if target == nil || c.over {
				t.refused(dialect.Failure{Code: 481, Text: "Consultation call does not exist"})
				if target != nil {
					target.hangUp(dialect.Ending{})
				}
				return
			}
			t.join(target)
		})
	})
}

// join offers the target what who stays has, then the other way round.
func (t *transfer) join(target *leg) {
	c := t.call
	c.exchange(t.by, target)
	target.setTalking(true)
	fail := func(f dialect.Failure) {
		t.notify(f.Code, "")
		t.part()
		c.abort(f, "server", "transfer failed")
	}
	if err := target.settleIn(t.stays); err != nil {
		fail(dialect.Failure{Code: 503, Text: err.Error()})
		return
	}
	target.reoffer(func(f *dialect.Failure) {
		switch {
		case c.over:
		case f != nil:
			fail(*f)
		default:
			t.connect(target)
		}
	})
}

// release gives the leg at the other end of consulted to another call, and ends this one. It returns nil when the call is
// not answered.
func (c *call) release(consulted *leg, to *call) *leg {
	o := c.other(consulted)
	if o == nil || c.over || o.state != talking || o.offering != nil || o.answering != nil || o.unacked {
		return nil
	}
	next := &leg{call: to, name: o.name, role: o.role, user: o.user, device: o.device, kind: o.kind, tag: o.tag, target: o.target,
		state: talking, dialog: o.dialog, request: o.request, session: o.session, supports: o.supports}
	next.name = to.nextCallee()
	next.flow.Store(o.flow.Load())
	next.identifier.Store(o.identifier.Load())
	next.session.media = nil
	if o.refresh.interval > 0 {
		next.runTimer(o.refresh.interval, o.refresh.ours)
	}
	o.setTalking(false)
	o.session.media, o.session.slots = nil, nil
	o.end()
	c.svc.addLeg(next)
	c.record.EndedBy, c.record.Reason = consulted.role, "transferred"
	consulted.hangUp(dialect.Ended(200, "Transferred"))
	c.close(dialect.Failure{Code: 487})
	return next
}

// settleIn fits a leg that came from another call to the streams of this one, and prepares an offer of what another leg
// has.
func (l *leg) settleIn(from *leg) error {
	if err := l.restream(); err != nil {
		return err
	}
	l.session.offered, l.session.final = true, false
	return l.propose(from)
}

// restream gives the lines of a leg that came from another call the streams of this one.
func (l *leg) restream() error {
	old := l.session.slots
	l.session.slots = nil
	for _, sl := range old {
		kept := *sl
		kept.selected = nil
		if sl.stream != nil {
			st, err := l.call.streamFor(sl.stream.kind, l)
			if err != nil {
				return err
			}
			kept.stream = st
		}
		l.session.slots = append(l.session.slots, &kept)
	}
	return nil
}
