package call

import (
	"parley/internal/dialect"
	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/stack/dialog"
	"parley/internal/wire/sip"
)

// begin takes the INVITE of a caller.
func (c *call) begin(r *frontend.Request) {
	l := &leg{call: c, name: callerRole, role: callerRole, kind: r.Dialect, tag: sip.NewTag(), request: r.Message, server: r.Tx}
	l.reachBy(r.Flow)
	c.caller = l
	from, _ := r.From()
	l.user = r.User
	if l.user == "" {
		l.user = from.URI.Account()
	}
	epid, _ := from.Params.Get("epid")
	l.device = frontend.Binding{Account: l.user, Epid: epid, UserAgent: r.Get("User-Agent"), Dialect: r.Dialect}
	if contact, err := r.Contact(); err == nil {
		l.device.Instance, _ = contact.Params.Get("+sip.instance")
	}
	l.learn(r.Message)
	c.record.Caller = l.user
	target, err := sip.ParseURI(r.RequestURI())
	if err != nil {
		c.fail(dialect.Failure{Code: 400, Text: "Bad Request-URI"})
		return
	}
	c.record.Callee = r.Callee()
	d, err := dialog.FromRequest(r.Message, l.tag)
	if err != nil {
		c.fail(dialect.Failure{Code: 400, Text: "Bad request"})
		return
	}
	l.begins(d)
	if option := unsupported(r.Message); option != "" {
		res := sip.NewResponse(r.Message, 420, "")
		res.SetTag(l.tag)
		res.Add("Unsupported", option)
		_ = r.Tx.Respond(res)
		l.state = ended
		c.close(dialect.Failure{Code: 420, Text: sip.StatusText(420)})
		return
	}
	if f := l.acceptTimer(r.Message); f != nil {
		c.intervalTooSmall(r)
		return
	}
	said, changes, err := describe(r.Message, l.kind)
	if err != nil {
		c.fail(badDescription(err))
		return
	}
	c.media = c.svc.Media.NewSession(c.id)
	c.svc.addLeg(l)
	if said != nil {
		if err := l.hear(said); err != nil {
			c.fail(dialect.Failure{Code: 503, Text: err.Error()})
			return
		}
		if len(c.streams) == 0 {
			c.fail(dialect.Failure{Code: 488, Text: "No audio or video stream that can be carried"})
			return
		}
	}
	r.Tx.OnCancel(func() { c.post(c.callerCanceled) })
	l.changed(changes...)
	if replaced := r.Get("Replaces"); replaced != "" {
		c.pickUp(replaced)
		return
	}
	c.started()
	devices, known := c.svc.devices(target)
	switch {
	case !known:
		c.fail(dialect.Failure{Code: 404, Text: "No such user"})
	case len(devices) == 0:
		c.fail(dialect.Failure{Code: 480, Text: "Not signed in"})
	default:
		c.noAnswer = c.after(c.svc.Limits.NoAnswer, c.notAnswered)
		c.ring(devices, l)
	}
}

// started tells that the call has begun.
func (c *call) started() {
	media := []string{"audio"}
	if len(c.streams) > 0 {
		media = media[:0]
		for _, st := range c.streams {
			media = append(media, st.kind)
		}
	}
	c.svc.publish(event.CallStarted{CallID: c.id, From: c.record.Caller, To: c.record.Callee, FromDialect: c.caller.kind.String(), Media: media})
}

// devices lists where a target can be reached now: the one device of a GRUU, or all devices of an account. known is false
// when there is no such user.
func (s *Service) devices(target sip.URI) (list []frontend.Binding, known bool) {
	if d, ok := s.Location.Device(target); ok {
		return []frontend.Binding{d}, true
	}
	account := target.Account()
	list = s.Location.Lookup(account)
	return list, len(list) > 0 || s.Exists == nil || s.Exists(account)
}

// unsupported returns a required option that this server does not have (RFC 3261 section 8.2.2.3).
func unsupported(m *sip.Message) string {
	for _, option := range m.List("Require") {
		switch option {
		case "100rel", "timer", "replaces":
		default:
			return option
		}
	}
	return ""
}

// fail refuses the caller and ends the call.
func (c *call) fail(f dialect.Failure) { c.giveUp(f, "server", dialect.Ended(f.Code, f.Text)) }

// giveUp ends a call that is not answered: the caller hears f, the devices why.
func (c *call) giveUp(f dialect.Failure, by string, why dialect.Ending) {
	c.record.EndedBy = by
	c.refuseCaller(f)
	for _, l := range c.forks {
		l.hangUp(why)
	}
	if c.callee != nil {
		c.callee.hangUp(why)
	}
	c.close(f)
}

func (c *call) callerCanceled() {
	if c.over || c.answered() {
		return
	}
	c.record.Reason = "cancelled"
	var why dialect.Ending
	if m := c.caller.server.Cancellation(); m != nil {
		why = dialect.ReadEnding(m)
	}
	c.giveUp(dialect.Failure{Code: 487, Text: sip.StatusText(487)}, callerRole, why)
}

func (c *call) notAnswered() {
	if c.answered() {
		return
	}
	c.fail(dialect.Failure{Code: 480, Text: "No answer"})
}
