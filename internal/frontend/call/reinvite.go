package call

import (
	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/wire/sip"
)

// serveOffer takes a re-INVITE or UPDATE. What changes only this leg's transport is answered at once: refreshes, new
// addresses, the final offer of MS-ICE2. What the other side must know (hold, other streams, other formats) is offered to
// it first.
func (l *leg) serveOffer(r *frontend.Request) {
	switch {
	case l.exchanging() && l.postpone(r):
		return
	case l.offering != nil:
		l.respond(r, 491) // RFC 3261 section 14.2
		return
	case l.exchanging():
		l.respond(r, 500)
		return
	case l.unacked && l.server != nil:
		// Who sends the next INVITE has our answer to the last; pidgin-sipe lets its ACK follow.
		l.server.Acknowledge()
		l.unacked = false
	}
	if f := l.acceptTimer(r.Message); f != nil {
		res := sip.NewResponse(r.Message, f.Code, f.Text)
		res.Add("Min-SE", number(minimumInterval))
		_ = r.Tx.Respond(res)
		return
	}
	l.learn(r.Message)
	said, changes, err := describe(r.Message, l.kind)
	if err != nil {
		l.refuseWith(r, badDescription(err))
		return
	}
	o := l.call.other(l)
	switch {
	case said == nil && r.Method() == "UPDATE":
		l.answerUpdate(r, nil)
	case o == nil || l.state != talking:
		l.respond(r, 500) // RFC 3311 section 5.2: an offer is still open
	case said == nil:
		l.offerInAnswer(r)
	default:
		l.changed(changes...)
		l.negotiate(r, said, o)
	}
}

// offerInAnswer answers a re-INVITE without a description with ours as an offer; the ACK has the answer.
func (l *leg) offerInAnswer(r *frontend.Request) {
	if err := l.complete(true); err != nil {
		l.refuseWith(r, dialect.Failure{Code: 488, Text: err.Error()})
		return
	}
	l.session.asking = true
	l.confirm(r, l.session.body)
}

func (l *leg) negotiate(r *frontend.Request, said *dialect.Session, o *leg) {
	before := l.remotes()
	if err := l.hear(said); err != nil {
		l.refuseWith(r, dialect.Failure{Code: 503, Text: err.Error()})
		return
	}
	l.restartIfAsked(before)
	if !l.concerns(before, o) {
		l.answerOffer(r, o, before)
		return
	}
	l.answering = r
	if err := o.propose(l); err != nil {
		l.restore(before)
		l.refuseOffer(dialect.Failure{Code: 488, Text: err.Error()})
		return
	}
	o.reoffer(func(f *dialect.Failure) {
		if l.answering != r {
			return
		}
		if f != nil {
			l.restore(before)
			l.refuseOffer(*f)
			return
		}
		l.answering = nil
		l.answerOffer(r, o, before)
	})
}

// remotes remembers the endpoint's lines, to go back to when a change is refused.
func (l *leg) remotes() []*dialect.Stream {
	var out []*dialect.Stream
	for _, sl := range l.session.slots {
		out = append(out, sl.remote)
	}
	return out
}

func (l *leg) restore(before []*dialect.Stream) {
	for i, sl := range l.session.slots {
		if i < len(before) {
			sl.remote = before[i]
			continue
		}
		refused := *sl.remote
		refused.Refused = true
		sl.remote, sl.stream = &refused, nil
	}
}

// restartIfAsked renews our credentials where the endpoint renewed its own (RFC 8445 section 9).
func (l *leg) restartIfAsked(before []*dialect.Stream) {
	for i, sl := range l.session.slots {
		if i >= len(before) || before[i] == nil || sl.stream == nil || sl.remote.Refused {
			continue
		}
		was, is := before[i].Transport, sl.remote.Transport
		if m := l.session.media[sl.stream]; m != nil && was.ICE() && is.ICE() && (was.Ufrag != is.Ufrag || was.Pwd != is.Pwd) {
			sl.selected = nil
			m.RestartICE()
		}
	}
}

// concerns tells whether the endpoint's new lines change anything for the other side.
func (l *leg) concerns(before []*dialect.Stream, o *leg) bool {
	for i, sl := range l.session.slots {
		if sl.stream == nil || l.kind != o.kind && sl.stream.kind != "audio" {
			continue
		}
		if i >= len(before) || before[i] == nil {
			if !sl.remote.Refused {
				return true
			}
			continue
		}
		was := before[i]
		if was.Refused != sl.remote.Refused || was.Direction != sl.remote.Direction {
			return true
		}
		os := o.session.slotOf(sl.stream)
		if !sl.remote.Refused && os != nil && os.remote != nil && len(answerCodecs(sl, os)) == 0 {
			return true
		}
	}
	return false
}

// answerOffer answers with what the other side takes, and gives the relay the new state.
func (l *leg) answerOffer(r *frontend.Request, o *leg, before []*dialect.Stream) {
	if err := l.reply(o); err != nil {
		l.restore(before)
		l.refuseWith(r, dialect.Failure{Code: 488, Text: err.Error()})
		return
	}
	if err := l.settleOffer(); err != nil {
		l.refuseWith(r, dialect.Failure{Code: 503, Text: err.Error()})
		return
	}
	l.call.bridge(l, o)
	if r.Method() == "UPDATE" {
		l.answerUpdate(r, l.session.body)
		return
	}
	l.confirm(r, l.session.body)
}

func (l *leg) answerUpdate(r *frontend.Request, body []byte) {
	res := sip.NewResponse(r.Message, 200, "")
	res.Add("Contact", l.contact())
	res.Add("Allow", allow)
	if l.kind == dialect.Standard && l.state == talking {
		l.grantTimer(res, r.Message)
	}
	if body != nil {
		res.SetBody("application/sdp", body)
	}
	_ = r.Tx.Respond(res)
	l.next()
}

// refuseOffer refuses the offer that waits for the other side.
func (l *leg) refuseOffer(f dialect.Failure) {
	r := l.answering
	if r == nil {
		return
	}
	l.answering = nil
	l.refuseWith(r, f)
}

func (l *leg) refuseWith(r *frontend.Request, f dialect.Failure) {
	_ = r.Tx.Respond(l.call.svc.refusal(r.Message, l.kind, f, l.tag))
	l.next()
}
