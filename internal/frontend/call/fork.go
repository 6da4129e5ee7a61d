package call

import (
	"strings"

	"parley/internal/dialect"
	"parley/internal/dialect/lync"
	"parley/internal/dialect/standard"
	"parley/internal/frontend"
	"parley/internal/stack/dialog"
	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

// ring invites devices with what another leg's endpoint said.
func (c *call) ring(devices []frontend.Binding, from *leg) {
	if limit := c.svc.Limits.MaxForks; len(devices) > limit {
		c.log.Warn("more devices than may ring at once", "user", devices[0].Account, "devices", len(devices), "limit", limit)
		devices = devices[:limit]
	}
	legs := make([]*leg, 0, len(devices))
	for _, d := range devices {
		legs = append(legs, c.newCallee(d))
	}
	c.forks = append(c.forks, legs...)
	for _, l := range legs {
		l.invite(from)
	}
}

func (c *call) newCallee(d frontend.Binding) *leg {
	l := &leg{call: c, name: c.nextCallee(), role: calleeRole, user: d.Account, device: d, kind: d.Dialect, tag: sip.NewTag(), target: d.Target()}
	if l.kind == dialect.Unknown {
		l.kind = dialect.Standard
	}
	switch c.svc.Encryption {
	case EncryptionRequired:
		l.session.secure = standard.Secured
	case EncryptionOff:
		l.session.secure = standard.Plain
	}
	if c.rung == nil {
		c.rung = map[string]bool{}
	}
	c.rung[deviceKey(&d)] = true
	c.svc.addLeg(l)
	return l
}

// nextCallee names a leg of a callee: callee, callee-2, ...
func (c *call) nextCallee() string {
	c.named++
	if c.named == 1 {
		return calleeRole
	}
	return calleeRole + "-" + number(c.named)
}

// invite finds the way to a device and invites it.
func (l *leg) invite(from *leg) {
	t, now, err := l.call.svc.Network.Reach(l.target, func(t transaction.Target, err error) {
		l.call.post(func() {
			if l.state != ended {
				l.reached(from, t, err)
			}
		})
	})
	switch {
	case !now:
	case err != nil:
		l.call.post(func() { l.reached(from, t, err) })
	default:
		l.reached(from, t, nil)
	}
}

func (l *leg) reached(from *leg, t transaction.Target, err error) {
	switch {
	case err != nil:
		l.failed(from, dialect.Failure{Code: 480, Text: "Cannot be reached"})
	case l.canceled:
		l.failed(from, dialect.Failure{Code: 487, Text: "Cancelled"})
	default:
		l.target = t
		l.reachBy(t.Flow)
		l.sendInvite(from)
	}
}

// sendInvite sends the INVITE that begins the dialog with a device.
func (l *leg) sendInvite(from *leg) {
	var err error
	if len(from.session.slots) == 0 {
		err = l.proposeAudio()
	} else {
		err = l.propose(from)
	}
	if err != nil {
		l.call.post(func() { l.failed(from, dialect.Failure{Code: 488, Text: err.Error()}) })
		return
	}
	req := sip.NewRequest("INVITE", l.device.URI())
	for _, r := range l.device.Path {
		req.Add("Route", r)
	}
	caller := l.call.identity(from)
	req.Add("From", caller+";tag="+l.tag)
	req.Add("To", "<sip:"+l.user+">")
	req.Add("Call-ID", sip.NewCallID())
	req.Add("CSeq", "1 INVITE")
	req.Add("Contact", l.contact())
	req.Add("Allow", allow)
	if from.user != "" {
		req.Add("P-Asserted-Identity", "<sip:"+from.user+">") // RFC 3325: we authenticated them
	}
	if l.kind == dialect.Lync {
		l.addMicrosoft(req, from)
	} else {
		req.Add("Supported", "100rel, timer, replaces")
		l.askTimer(req)
	}
	req.Add("User-Agent", userAgent)
	req.SetBody("application/sdp", l.session.body)
	l.request = req.Clone()
	l.client, err = l.call.svc.Network.Request(req, l.target, func(res *sip.Message, err error) {
		l.call.post(func() { l.forkResponse(from, res, err) })
	})
	if err != nil {
		l.call.post(func() { l.failed(from, dialect.Failure{Code: 503, Text: "Cannot be reached"}) })
	}
}

// addMicrosoft adds what a Lync-dialect client expects of an INVITE, from the caller's own where it speaks the dialect too.
func (l *leg) addMicrosoft(req *sip.Message, from *leg) {
	conversation := sip.NewTag()
	if from.kind == dialect.Lync && from.request != nil {
		for _, name := range []string{"Subject", "Importance", "Ms-Sensitivity"} {
			if v := from.request.Get(name); v != "" {
				req.Add(name, v)
			}
		}
		if v := from.request.Get("Ms-Conversation-ID"); v != "" {
			conversation = v
		}
	}
	req.Add("Ms-Conversation-ID", conversation)
	req.Add("Supported", "ms-early-media")
}

// identity is the From of an INVITE on behalf of a leg's endpoint, without tag: who is called must see who calls, in the
// form that the address of record has, with the name that the endpoint gave.
func (c *call) identity(from *leg) string {
	a := sip.Addr{URI: sip.URI{Scheme: "sip", Host: from.user}}
	if user, host, ok := strings.Cut(from.user, "@"); ok {
		a.URI.User, a.URI.Host = user, host
	}
	if from.role == callerRole && from.request != nil {
		if f, err := from.request.From(); err == nil {
			a.Display = f.Display
		}
	}
	return a.String()
}

// forkResponse takes a response to our INVITE.
func (l *leg) forkResponse(from *leg, res *sip.Message, err error) {
	switch {
	case err != nil:
		l.failed(from, dialect.Failure{Code: transaction.FailureCode(err), Text: err.Error()})
	case res.StatusCode() < 200:
		l.provisional(from, res)
	case res.StatusCode() < 300:
		l.success(from, res)
	case res.StatusCode() < 400:
		l.turnedAway(from, res)
	default:
		f := standard.ReadRefusal(res)
		if l.kind == dialect.Lync {
			f = lync.ReadRefusal(res)
		}
		if f.Code == 422 && l.retryTimer(res) {
			l.again(from)
			return
		}
		l.failed(from, f)
	}
}

// success takes a 2xx: the first one of a call is its answer, every other is acknowledged and hung up at once.
func (l *leg) success(from *leg, res *sip.Message) {
	to, err := res.To()
	if err != nil {
		return
	}
	if l.dialog != nil && l.dialog.RemoteTag == to.Tag() {
		l.dialog.Confirm(res)
	} else if d, err := dialog.FromResponse(l.request, res); err != nil {
		l.call.log.Warn("a success without dialog was dropped", "user", l.user, "error", err)
		return
	} else if l.dialog == nil || l.state == ringing {
		l.begins(d)
	} else {
		l.endBranch(d)
		return
	}
	first := l.state == ringing
	if first && l.client != nil && l.client.Flow() != nil {
		l.reachBy(l.client.Flow()) // another of its servers may have answered than was asked first
	}
	l.acknowledge(1)
	if !first {
		return
	}
	l.state = talking
	l.learn(res)
	l.device.UserAgent = agentOf(res, l.device.UserAgent)
	if l.canceled || l.call.over || !l.waitedFor() {
		l.call.log.Info("a late answer was hung up", "user", l.user, "leg", l.name)
		l.sendBye(dialect.Ended(200, "Call completed elsewhere"))
		return
	}
	l.call.accept(l, from, res)
}

func agentOf(m *sip.Message, before string) string {
	for _, name := range []string{"User-Agent", "Server"} {
		if v := m.Get(name); v != "" {
			return v
		}
	}
	return before
}

// waitedFor tells whether an answer of the leg is still wanted.
func (l *leg) waitedFor() bool {
	for _, f := range l.call.forks {
		if f == l {
			return true
		}
	}
	return false
}

// acknowledge sends the ACK of a success.
func (l *leg) acknowledge(sequence uint32) {
	if err := l.call.svc.Network.Send(l.dialog.Ack(sequence), l.target); err != nil {
		l.call.log.Info("an ACK could not be sent", "user", l.user, "error", err)
	}
}

// endBranch acknowledges and hangs up a second answer of one device, which a proxy behind it forked to.
func (l *leg) endBranch(d *dialog.Dialog) {
	_ = l.call.svc.Network.Send(d.Ack(1), l.target)
	bye := d.Request("BYE")
	bye.Add("User-Agent", userAgent)
	_, _ = l.call.svc.Network.Request(bye, l.target, func(*sip.Message, error) {})
}

// again invites the device once more in a new dialog.
func (l *leg) again(from *leg) {
	c := l.call
	c.dropFork(l)
	c.named--
	next := c.newCallee(l.device)
	next.name = l.name + "-again"
	next.session.secure, next.refresh = l.session.secure, refresh{minimum: l.refresh.minimum}
	next.changes = l.changes
	c.forks = append(c.forks, next)
	next.invite(from)
}

func (c *call) dropFork(l *leg) {
	for i, f := range c.forks {
		if f == l {
			c.forks = append(c.forks[:i:i], c.forks[i+1:]...)
			break
		}
	}
	l.end()
}

// failed takes the failure of a device that rang.
func (l *leg) failed(from *leg, f dialect.Failure) {
	c := l.call
	wanted := l.waitedFor() && !l.canceled && !c.over
	if wanted && l.otherSecurity(f) {
		l.again(from)
		return
	}
	c.dropFork(l)
	if !wanted {
		c.settle()
		return
	}
	if !c.failed || worse(c.failure, f) {
		c.failure, c.failed = f, true
	}
	if f.Code >= 600 {
		for _, o := range c.forks {
			o.hangUp(dialect.Ended(f.Code, f.Text)) // RFC 3261 section 16.7 step 5: nobody else is to ring
		}
		c.forks = nil
	}
	if len(c.forks) > 0 {
		return
	}
	if c.moving != nil {
		c.moving.refused(c.failure)
		return
	}
	c.record.EndedBy = calleeRole
	c.refuseCaller(c.failure)
	c.close(c.failure)
}

// otherSecurity chooses the next way to ask a standard endpoint for encryption, when it refused a description.
func (l *leg) otherSecurity(f dialect.Failure) bool {
	if l.kind != dialect.Standard || f.Code != 488 && f.Code != 415 && f.Code != 606 || l.session.secure >= standard.DTLS {
		return false
	}
	l.session.secure++
	l.changed(dialect.Change{What: "m=audio", From: "RTP/AVP", To: [...]string{"", "RTP/SAVP", "UDP/TLS/RTP/SAVP"}[l.session.secure],
		Reason: "the endpoint refused the profile that was offered before"})
	return true
}

// worse tells whether a failure says less to the caller than another (RFC 3261 section 16.7 step 6, with a person's
// decision before a device's trouble).
func worse(have, other dialect.Failure) bool { return rank(other) < rank(have) }

func rank(f dialect.Failure) int {
	switch {
	case f.Code >= 600:
		return 0
	case f.Code < 400: // the caller can reach the user elsewhere
		return 1
	case f.DoNotDisturb || f.Code == 486:
		return 2
	case f.Code == 488 || f.Code == 415:
		return 3
	case f.Code == 408 || f.Code == 503:
		return 6
	case f.Code >= 500:
		return 5
	}
	return 4
}
