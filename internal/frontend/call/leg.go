package call

import (
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"parley/internal/dialect"
	"parley/internal/dialect/lync"
	"parley/internal/dialect/standard"
	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/stack/dialog"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

const (
	allow     = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK, INFO, REFER"
	userAgent = "Parley"
)

type legState uint8

const (
	ringing legState = iota // the INVITE has no final response
	talking
	ended
)

// Roles of a leg.
const (
	callerRole = "caller"
	calleeRole = "callee"
)

// leg is the dialog with one endpoint.
type leg struct {
	call   *call
	name   string // of its media legs: caller, callee, callee-2, ...
	role   string
	user   string // address of record
	device frontend.Binding
	kind   dialect.Kind
	tag    string // ours
	target transaction.Target
	// flow is the ID of the target's flow and identifier what a Replaces names; both are read from outside of the mailbox.
	flow       atomic.Uint64
	identifier atomic.Pointer[identifier]

	state    legState
	leaving  bool // our BYE waits for its answer, or for the ACK that must come before it
	canceled bool // what still comes of our INVITE is unwanted

	dialog  *dialog.Dialog        // nil until a device's first response with a tag
	request *sip.Message          // the INVITE that began the dialog
	server  *transaction.ServerTx // the INVITE of the endpoint that is being answered, or waits for its ACK
	client  *transaction.ClientTx // our INVITE that began the dialog
	unacked bool                  // our success response waits for its ACK
	bye     dialect.Ending        // of the BYE to send once the ACK is there

	session   negotiation
	offering  *offering           // our re-INVITE that waits for its answer
	answering *frontend.Request   // the endpoint's re-INVITE that waits for the other side
	waiting   []func()            // re-INVITEs of ours that wait for the end of one
	postponed []*frontend.Request // re-INVITEs of the endpoint that came before the end of one
	reliable  reliable            // provisional responses that we send
	refresh   refresh             // session timer

	supports map[string]bool // option tags and, in upper case, methods that the endpoint told
	changes  []dialect.Change
	rtpStat  string
	inCall   bool // presence was told
	lost     *time.Timer
}

// identifier is a leg's dialog, and whose it is.
type identifier struct {
	dialog.ID
	user string
}

// begins makes a dialog the leg's.
func (l *leg) begins(d *dialog.Dialog) {
	l.dialog = d
	l.identifier.Store(&identifier{d.ID, l.user})
}

// learn notes what an endpoint says that it supports.
func (l *leg) learn(m *sip.Message) {
	if l.supports == nil {
		l.supports = map[string]bool{}
	}
	for _, field := range []string{"Supported", "Require", "Allow"} {
		for _, token := range m.List(field) {
			l.supports[token] = true
		}
	}
}

// changed records what translation altered in what this endpoint is sent.
func (l *leg) changed(changes ...dialect.Change) {
	for _, c := range changes {
		if l.told(c) {
			continue
		}
		l.changes = append(l.changes, c)
		l.call.svc.publish(event.TranslationChanged{CallID: l.call.id, Leg: l.role, What: c.What, From: c.From, To: c.To, Reason: c.Reason})
	}
}

// told tells whether a change was recorded before, as by the offer that an answer repeats.
func (l *leg) told(c dialect.Change) bool {
	for _, o := range l.changes {
		if o == c {
			return true
		}
	}
	return false
}

func (l *leg) setTalking(on bool) {
	if l.inCall != on && l.user != "" {
		l.inCall = on
		l.call.svc.setTalking(l.user, on)
	}
}

// contact is the Contact that we give this endpoint: it reaches this server, and names who is at the other end.
func (l *leg) contact() string {
	account := l.call.record.Callee
	if l.role == calleeRole {
		account = l.call.record.Caller
	}
	u := l.call.svc.Network.Self(l.target.Flow)
	u.User, _, _ = strings.Cut(account, "@")
	return "<" + u.String() + ">"
}

// reachBy makes a flow the way to the endpoint.
func (l *leg) reachBy(flow transport.Flow) {
	l.target.Flow = flow
	l.flow.Store(flow.ID())
}

// serve takes a request in the leg's dialog.
func (l *leg) serve(r *frontend.Request) {
	if l.dialog == nil || l.state == ended {
		l.respond(r, 481)
		return
	}
	if r.User != "" && l.user != "" && r.User != l.user {
		l.respond(r, 403)
		return
	}
	switch err := l.dialog.Receive(r.Message); {
	case errors.Is(err, dialog.ErrOutOfOrder):
		l.respond(r, 500)
		return
	case err != nil:
		l.respond(r, 481)
		return
	}
	l.reachBy(r.Flow) // the endpoint may have reconnected
	switch r.Method() {
	case "INVITE", "UPDATE":
		l.serveOffer(r)
	case "BYE":
		l.serveBye(r)
	case "PRACK":
		l.servePrack(r)
	case "INFO":
		l.serveInfo(r)
	case "REFER":
		l.serveRefer(r)
	case "OPTIONS":
		l.respond(r, 200)
	case "NOTIFY":
		l.respond(r, 481) // of no subscription of ours
	default:
		l.respond(r, 405)
	}
}

// respond answers a request in the dialog without more.
func (l *leg) respond(r *frontend.Request, code int) {
	res := sip.NewResponse(r.Message, code, "")
	if code == 405 || r.Method() == "OPTIONS" {
		res.Add("Allow", allow)
	}
	if code == 500 && r.Method() == "INVITE" {
		res.Add("Retry-After", "1")
	}
	_ = r.Tx.Respond(res)
}

// send sends a request in the dialog; on hears its final response in the mailbox, nil for none.
func (l *leg) send(m *sip.Message, on func(res *sip.Message, err error)) *transaction.ClientTx {
	m.Add("User-Agent", userAgent)
	tx, err := l.call.svc.Network.Request(m, l.target, func(res *sip.Message, err error) {
		if err != nil || res.StatusCode() >= 200 || m.Method() == "INVITE" {
			l.call.post(func() { on(res, err) })
		}
	})
	if err != nil {
		l.call.post(func() { on(nil, err) })
	}
	return tx
}

func (l *leg) serveBye(r *frontend.Request) {
	l.rtpStat = r.Get("X-RTP-Stat")
	l.respond(r, 200)
	c := l.call
	why := dialect.ReadEnding(r.Message)
	if l == c.caller && !c.answered() { // an early dialog can be left by BYE too; its INVITE still has to be answered (RFC 3261 section 15.1.2)
		c.record.Reason = "cancelled"
		c.giveUp(dialect.Failure{Code: 487, Text: sip.StatusText(487)}, callerRole, why)
		return
	}
	l.end()
	if l.offering != nil {
		l.offering.fail(dialect.Failure{Code: 487, Text: "Hung up"})
	}
	transferredAway := l != c.caller && l != c.callee
	if transferredAway {
		c.settle()
		return
	}
	c.record.EndedBy, c.record.Reason = l.role, "hung up"
	if words := why.String(); words != "" {
		c.record.Reason = words
	}
	if c.moving != nil {
		if c.moving.leftBy(l) {
			return
		}
	}
	if !c.answered() {
		c.giveUp(dialect.Failure{Code: 480, Text: "Hung up"}, l.role, why)
		return
	}
	if o := c.other(l); o != nil {
		o.hangUp(why)
	}
	for _, f := range c.forks {
		f.hangUp(why)
	}
	c.close(dialect.Failure{Code: 487})
}

// hangUp ends the leg from our side: CANCEL while it rings, BYE while it talks.
func (l *leg) hangUp(why dialect.Ending) {
	switch {
	case l.state == ended || l.leaving:
	case l.state == ringing:
		if l.role == calleeRole {
			l.cancel(why)
		}
	case l.unacked:
		l.leaving, l.bye = true, why // RFC 3261 section 15: not before the ACK
	default:
		l.sendBye(why)
	}
}

// cancel takes our INVITE back. A success that comes nevertheless is acknowledged and hung up by forkResponse; clients of
// the Lync dialect answer after 10 seconds whatever happened.
func (l *leg) cancel(why dialect.Ending) {
	if l.canceled {
		return
	}
	l.canceled = true
	if l.client != nil {
		l.client.CancelWith(func(m *sip.Message) { l.explain(m, why) })
	}
	l.closeMedia()
	l.call.svc.removeLeg(l)
}

// explain adds why we end to a BYE or CANCEL, in the endpoint's dialect. It is called from outside of the mailbox too.
func (l *leg) explain(m *sip.Message, why dialect.Ending) {
	fields := standard.Ending(why)
	if l.kind == dialect.Lync {
		fields = lync.Ending(why, l.call.svc.Host)
	}
	for _, f := range fields {
		m.Add(f.Name, f.Value)
	}
}

func (l *leg) sendBye(why dialect.Ending) {
	l.leaving = true
	l.refresh.stop()
	m := l.dialog.Request("BYE")
	l.explain(m, why)
	l.send(m, func(res *sip.Message, err error) {
		if res != nil {
			l.rtpStat = res.Get("X-RTP-Stat")
		}
		l.leaving = false
		l.end()
		l.call.settle()
	})
}

// end forgets the dialog.
func (l *leg) end() {
	if l.state == ended {
		return
	}
	l.state, l.unacked = ended, false
	l.refusePostponed()
	l.refuseOffer(dialect.Failure{Code: 487, Text: "Hung up"})
	l.refresh.stop()
	l.stopReliable()
	if l.lost != nil {
		l.lost.Stop()
	}
	l.closeMedia()
	l.call.svc.removeLeg(l)
}

func (l *leg) record() Leg {
	r := Leg{Name: l.name, Role: l.role, User: l.user, Dialect: l.kind, UserAgent: l.device.UserAgent, Endpoint: l.device.Instance,
		Initiated: l.role == callerRole, Changes: l.changes, RTPStat: l.rtpStat}
	if r.Endpoint == "" {
		r.Endpoint = l.device.Epid
	}
	if l.dialog != nil {
		r.Dialog = l.dialog.ID
	}
	return r
}

// flowClosed ends the call unless the endpoint's connection comes back in time.
func (l *leg) flowClosed(flow transport.Flow) {
	if l.state == ended || l.target.Flow == nil || l.target.Flow.ID() != flow.ID() || l.lost != nil {
		return
	}
	l.call.log.Info("a call's connection was lost", "user", l.user, "leg", l.name)
	if l.state == ringing {
		l.gone()
		return
	}
	l.lost = l.call.after(l.call.svc.Limits.Reconnect, func() {
		l.lost = nil
		if l.state == talking && l.target.Flow.ID() == flow.ID() && !l.rebind() {
			l.gone()
		}
	})
}

// rebind finds the endpoint's new connection by its registration.
func (l *leg) rebind() bool {
	for _, d := range l.call.svc.Location.Lookup(l.user) {
		if d.Key() != l.device.Key() || d.Flow == nil || d.Flow.ID() == l.target.Flow.ID() {
			continue
		}
		l.target = d.Target()
		l.reachBy(d.Flow)
		return true
	}
	return false
}

// gone ends a leg that cannot be reached any more.
func (l *leg) gone() {
	c := l.call
	if l.role == calleeRole && l.state == ringing {
		return // the transaction layer fails its INVITE
	}
	l.end()
	if l == c.caller || l == c.callee {
		c.abort(dialect.Failure{Code: 503, Text: "Connection lost"}, l.role, "connection lost")
	}
}

func sequence(m *sip.Message) uint32 {
	n, _, _ := m.CSeq()
	return n
}

func number(n int) string { return strconv.Itoa(n) }
