package call

import (
	"parley/internal/dialect"
	"parley/internal/wire/sdp"
	"parley/internal/wire/sip"
)

// early takes the description of a provisional response, if it has one.
func (l *leg) early(res *sip.Message) (bool, error) {
	said, changes, err := describe(res, l.kind)
	if err != nil || said == nil {
		return false, err
	}
	l.call.caller.changed(changes...)
	return true, l.take(said)
}

// passEarly connects a device's early media to the caller (RFC 3960); true means that nothing else is to be told. The first
// device that has some is chosen: what the caller was answered in this dialog cannot change before the call is answered
// (RFC 3261 section 13.2.1), and sounds of two devices at once are of no use. Another one is heard when the chosen one has
// given up, and what the caller was told suits it.
func (l *leg) passEarly() bool {
	c := l.call
	caller := c.caller
	switch {
	case !caller.takesEarly() || len(caller.session.slots) == 0:
		return false
	case c.early == nil:
		if caller.reply(l) != nil || caller.settleOffer() != nil {
			return false
		}
		c.early = l
		c.bridge(caller, l)
		caller.ringBack(183, caller.session.body)
		return true
	case c.early != l && c.early.waitedFor():
		return true
	case !caller.suits(l):
		return false
	}
	c.early = l
	c.bridge(caller, l)
	return true
}

// takesEarly tells whether the caller can be sent a description before the answer. A Lync-dialect client starts its checks
// on one, which only those survive that say so.
func (l *leg) takesEarly() bool {
	return l.kind != dialect.Lync || l.supports["ms-early-media"] && l.supports["100rel"]
}

// suits tells whether the answer that the endpoint was given is one to another leg's endpoint too: each stream that both
// have goes the same way, and the relay can pass on whatever format the endpoint chooses of those that it was told.
func (l *leg) suits(from *leg) bool {
	for _, sl := range l.session.slots {
		fs := l.counterpart(sl, from)
		if sl.active() != (fs != nil) {
			return false
		}
		if fs != nil && (answerDirection(sl.remote.Direction, fs) != sl.local.Direction || !passes(sl.local.Codecs, fs.remote.Codecs)) {
			return false
		}
	}
	return true
}

// passes tells whether the relay can turn each speech format into one of others.
func passes(formats, others []sdp.Codec) bool {
	for _, f := range formats {
		able := !dialect.IsSpeech(f)
		for _, o := range others {
			able = able || dialect.SameCodec(f, o) || dialect.Bridged(f) && dialect.Bridged(o)
		}
		if !able {
			return false
		}
	}
	return true
}

// correct offers the caller what the device that answered has, where early media of another one had been answered before.
func (l *leg) correct(callee *leg) {
	c := l.call
	if c.other(l) != callee {
		return // hung up or transferred meanwhile
	}
	if err := l.propose(callee); err != nil {
		c.abort(dialect.Failure{Code: 488, Text: err.Error()}, "server", err.Error())
		return
	}
	l.reoffer(func(f *dialect.Failure) {
		switch {
		case c.over || c.other(l) != callee:
		case f != nil:
			c.abort(*f, "server", "media could not be changed to those of the device that answered")
		default:
			c.bridge(l, callee)
		}
	})
}

// oncePracked does f when the caller has acknowledged the description of early media, at once if there is nothing to wait
// for: until then the INVITE cannot be answered (RFC 3262 section 3).
func (l *leg) oncePracked(f func()) {
	if l.reliable.waiting && l.reliable.described {
		l.reliable.next = f
		return
	}
	f()
}
