package call

import (
	"math/rand/v2"
	"slices"
	"time"

	"parley/internal/dialect"
	"parley/internal/dialect/lync"
	"parley/internal/dialect/standard"
	"parley/internal/stack/relay"
	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

// glareTries bounds how often a re-INVITE is sent again when both sides send one at a time.
const glareTries = 8

// offering is a re-INVITE of ours that waits for its answer.
type offering struct {
	leg      *leg
	sequence uint32
	tries    int
	then     func(*dialect.Failure)
	done     bool
}

func (o *offering) fail(f dialect.Failure) { o.finish(&f) }

func (o *offering) finish(f *dialect.Failure) {
	if o.done {
		return
	}
	o.done = true
	o.leg.offering = nil
	o.then(f)
	o.leg.next()
}

// reoffer sends the leg's lines, as they are now, in a re-INVITE; then hears the outcome, nil for success.
func (l *leg) reoffer(then func(*dialect.Failure)) {
	if l.state != talking || l.leaving {
		then(&dialect.Failure{Code: 481, Text: "Leg has ended"})
		return
	}
	if l.offering != nil || l.answering != nil || l.unacked {
		l.waiting = append(l.waiting, func() { l.reoffer(then) })
		return
	}
	o := &offering{leg: l, then: then}
	l.offering = o
	o.send()
}

// next does what waited for the end of an exchange, first what the endpoint asks.
func (l *leg) next() {
	if l.servePostponed() || len(l.waiting) == 0 || l.offering != nil || l.answering != nil || l.unacked || l.state != talking {
		return
	}
	f := l.waiting[0]
	l.waiting = l.waiting[1:]
	f()
}

func (o *offering) send() {
	l := o.leg
	if err := l.complete(true); err != nil {
		o.fail(dialect.Failure{Code: 488, Text: err.Error()})
		return
	}
	m := l.dialog.Request("INVITE")
	o.sequence = l.dialog.Sequence()
	m.Add("Contact", l.contact())
	m.Add("Allow", allow)
	if l.kind == dialect.Standard {
		m.Add("Supported", "timer, replaces")
		if l.refresh.interval > 0 {
			l.askTimer(m)
		}
	}
	m.SetBody("application/sdp", l.session.body)
	l.send(m, o.response)
}

func (o *offering) response(res *sip.Message, err error) {
	l := o.leg
	switch {
	case err != nil:
		o.lost(transaction.FailureCode(err))
	case res.StatusCode() < 200:
	case res.StatusCode() < 300:
		l.dialog.Refresh(res)
		_ = l.call.svc.Network.Send(l.dialog.Ack(o.sequence), l.target)
		if !o.done {
			o.accepted(res)
		}
	case o.done:
	case res.StatusCode() == 491 && o.tries < glareTries:
		o.tries++
		if len(l.postponed) > 0 {
			o.letPass()
			return
		}
		// RFC 3261 section 14.1: who made the Call-ID waits 2.1 to 4 s, the other up to 2 s.
		wait := time.Duration(rand.IntN(2000)) * time.Millisecond
		if l.role == calleeRole {
			wait = 2100*time.Millisecond + time.Duration(rand.IntN(1900))*time.Millisecond
		}
		l.call.after(wait, func() {
			if !o.done && l.state == talking {
				o.send()
			}
		})
	case res.StatusCode() == 408 || res.StatusCode() == 481:
		o.lost(res.StatusCode())
	default:
		f := standard.ReadRefusal(res)
		if l.kind == dialect.Lync {
			f = lync.ReadRefusal(res)
		}
		o.fail(f)
	}
}

// letPass sends the re-INVITE again once the endpoint's own, which waits here, is answered.
func (o *offering) letPass() {
	l := o.leg
	l.offering = nil
	l.waiting = slices.Insert(l.waiting, 0, func() {
		l.offering = o
		o.send()
	})
	l.next()
}

// lost ends the call when its dialog is gone at the endpoint (RFC 3261 section 12.2.1.2).
func (o *offering) lost(code int) {
	l := o.leg
	o.fail(dialect.Failure{Code: code, Text: sip.StatusText(code)})
	l.call.abort(dialect.Failure{Code: code, Text: "Endpoint does not answer"}, l.role, "endpoint does not answer")
}

func (o *offering) accepted(res *sip.Message) {
	l := o.leg
	l.learn(res)
	l.startTimer(res, false)
	said, _, err := describe(res, l.kind)
	if err == nil && said == nil {
		err = errNothingInCommon
	}
	if err == nil {
		err = l.take(said)
	}
	if err != nil {
		o.fail(dialect.Failure{Code: 488, Text: err.Error()})
		return
	}
	o.finish(nil)
}

// connected takes the end of a stream's connectivity checks.
func (l *leg) connected(st *stream, sel relay.Selected) {
	sl := l.session.slotOf(st)
	if sl == nil || l.state == ended {
		return
	}
	sl.selected = &sel
	l.finalIfConnected()
}

// disconnected takes the failure of a stream's connectivity checks or handshake: a call whose sound cannot pass is ended,
// with words that tell why.
func (l *leg) disconnected(st *stream, err error) {
	sl := l.session.slotOf(st)
	if sl == nil || !sl.active() || l.state == ended {
		return
	}
	l.call.log.Warn("media cannot pass", "user", l.user, "leg", l.name, "stream", st.kind, "error", err)
	if st.kind == "audio" && l.state == talking && l.call.other(l) != nil {
		l.call.abort(dialect.Failure{Code: 488, Text: "Media connectivity"}, "server", "no media: "+err.Error())
	}
}

// finalIfConnected sends a Lync-dialect client the second INVITE that it waits for when we offered: the chosen candidates,
// in a=remote-candidates ([MS-ICE2] section 3.1.4.8.4). Its media starts only then.
func (l *leg) finalIfConnected() {
	n := &l.session
	if l.kind != dialect.Lync || !n.offered || n.final || l.state != talking || l.call.other(l) == nil {
		return
	}
	for _, sl := range n.slots {
		if sl.active() && (sl.remote == nil || !sl.remote.Transport.ICE() || sl.selected == nil) {
			return
		}
	}
	n.final = true
	l.reoffer(func(f *dialect.Failure) {
		if f != nil {
			l.call.log.Info("the final offer was refused", "user", l.user, "status", f.Code, "reason", f.Text)
			return
		}
		if o := l.call.other(l); o != nil {
			l.call.bridge(l, o)
		}
	})
}
