package call

import (
	"errors"
	"log/slog"
	"slices"
	"time"

	"parley/internal/dialect"
	"parley/internal/dialect/lync"
	"parley/internal/dialect/standard"
	"parley/internal/event"
	"parley/internal/stack/relay"
	"parley/internal/wire/sdp"
	"parley/internal/wire/sip"
)

// call is one call: the caller's leg, the legs that ring, and the one that answered. All fields but box belong to box.
type call struct {
	svc *Service
	id  string
	log *slog.Logger
	box mailbox

	media     MediaSession
	streams   []*stream
	caller    *leg
	forks     []*leg          // that ring
	callee    *leg            // that answered
	early     *leg            // whose description the caller was given before the answer
	past      []*leg          // that were transferred away
	named     int             // callee legs made so far
	rung      map[string]bool // devices that rang, by their keys
	redirects int             // followed so far
	failure   dialect.Failure
	failed    bool // failure holds the best refusal so far

	noAnswer *time.Timer
	moving   *transfer
	record   Record
	over     bool // no leg talks or rings any more
	settled  bool // the record is handed in
}

// stream is one media stream of the call, which legs have in an m= line each.
type stream struct {
	kind  string
	relay MediaStream
}

func (c *call) post(f func()) { c.box.post(f) }

// after runs f in the mailbox later, unless the call is over by then.
func (c *call) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() {
		c.post(func() {
			if !c.over {
				f()
			}
		})
	})
}

// describe returns the session description of a message, by the dialect of who sent it; nil when there is none.
func describe(m *sip.Message, kind dialect.Kind) (*dialect.Session, []dialect.Change, error) {
	var d *sdp.Description
	var changes []dialect.Change
	var err error
	if kind == dialect.Lync {
		d, changes, err = lync.Description(m)
	} else {
		d, err = standard.Description(m)
	}
	if err != nil || d == nil {
		return nil, nil, err
	}
	s, more, err := dialect.Read(d)
	if err != nil {
		return nil, nil, err
	}
	return &s, append(changes, more...), nil
}

// badDescription is the refusal of a body that could not be read: 415 for another type, 400 with the place for a malformed
// description. The diagnostic is Microsoft's for a parse error, on which its clients try their other form once.
func badDescription(err error) dialect.Failure {
	if errors.Is(err, standard.ErrUnsupportedBody) || errors.Is(err, lync.ErrUnsupportedBody) {
		return dialect.Failure{Code: 415, Text: err.Error()}
	}
	return dialect.Failure{Code: 400, Text: "Bad session description: " + err.Error(), Diagnostic: 7008}
}

// addStream makes a stream of the kinds that the relay carries.
func (c *call) addStream(kind string) (*stream, error) {
	k := relay.Audio
	if kind == "video" {
		k = relay.Video
	}
	r, err := c.media.AddStream(k)
	if err != nil {
		return nil, err
	}
	s := &stream{kind: kind, relay: r}
	c.streams = append(c.streams, s)
	return s, nil
}

// other is the leg at the other end of an answered call.
func (c *call) other(l *leg) *leg {
	switch l {
	case c.caller:
		return c.callee
	case c.callee:
		return c.caller
	}
	return nil
}

// abort ends the call from inside: it refuses a caller that waits and hangs up who talks.
func (c *call) abort(f dialect.Failure, by, reason string) {
	if c.over {
		return
	}
	c.record.EndedBy = by
	if c.record.Reason == "" {
		c.record.Reason = reason
	}
	if !c.answered() {
		c.refuseCaller(f)
	}
	for _, l := range append(c.legs(), c.forks...) {
		l.hangUp(dialect.Ended(f.Code, f.Text))
	}
	c.close(f)
}

// legs are the caller and who answered.
func (c *call) legs() []*leg {
	var out []*leg
	for _, l := range []*leg{c.caller, c.callee} {
		if l != nil {
			out = append(out, l)
		}
	}
	return out
}

func (c *call) answered() bool { return !c.record.Answered.IsZero() }

// refuseCaller answers the INVITE that began the call with a failure.
func (c *call) refuseCaller(f dialect.Failure) {
	l := c.caller
	if l == nil || l.server == nil || l.state != ringing {
		return
	}
	l.stopReliable()
	if f.Code == 400 || f.Code == 404 || f.Code == 415 || f.Code == 488 || f.Code >= 500 && f.Code < 600 {
		c.log.Info("call refused", "user", l.user, "to", c.record.Callee, "status", f.Code, "reason", f.Text)
	}
	_ = l.server.Respond(c.svc.refusal(l.request, l.kind, f, l.tag))
	l.end()
}

// close writes the record, once every leg has ended or is being ended.
func (c *call) close(f dialect.Failure) {
	if c.over {
		return
	}
	c.over = true
	if c.noAnswer != nil {
		c.noAnswer.Stop()
	}
	now := c.svc.Now()
	c.record.Ended = now
	talk := time.Duration(0)
	if c.answered() {
		c.record.Outcome, c.record.Code = Answered, 200
		talk = now.Sub(c.record.Answered)
		for _, l := range c.legs() {
			l.setTalking(false)
		}
	} else {
		c.record.Outcome, c.record.Code = outcomeOf(f), f.Code
		if c.record.Reason == "" {
			c.record.Reason = f.Text
		}
	}
	c.svc.publish(event.CallEnded{CallID: c.id, From: c.record.Caller, To: c.record.Callee, Status: c.record.Code,
		Reason: c.record.Reason, Talk: talk})
	c.log.Info("call ended", "from", c.record.Caller, "to", c.record.Callee, "status", c.record.Code,
		"reason", c.record.Reason, "by", c.record.EndedBy, "seconds", int(talk.Seconds()))
	c.settle()
}

// settle frees the media and hands in the record when the answers to our BYEs are there, since they can carry the
// endpoint's statistics.
func (c *call) settle() {
	if !c.over || c.settled {
		return
	}
	for _, l := range c.all() {
		if l.leaving {
			return
		}
	}
	c.settleNow()
}

// all are the legs of the call, of the present and the past.
func (c *call) all() []*leg { return slices.Concat(c.legs(), c.past, c.forks) }

// settleNow hands in the record without waiting.
func (c *call) settleNow() {
	if c.settled {
		return
	}
	c.settled = true
	for _, l := range append(c.legs(), c.past...) {
		c.record.Legs = append(c.record.Legs, l.record())
	}
	if c.media != nil {
		c.media.Close()
	}
	for _, l := range c.all() {
		if !l.canceled { // what was cancelled may still answer, and is hung up then
			l.end()
		}
	}
	if c.svc.Sink != nil {
		c.svc.Sink.CallEnded(c.record)
	}
	c.svc.closed(c)
}
