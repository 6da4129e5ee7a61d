package im

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"parley/internal/frontend"
	"parley/internal/stack/dialog"
	"parley/internal/stack/transaction"
	"parley/internal/wire/richtext"
	"parley/internal/wire/sip"
)

// answerPatience is how long an endpoint may take to answer an INVITE. With several endpoints each of them waits ten
// seconds for its user before it answers by itself.
const answerPatience = 25 * time.Second

// headerLimit is the longest first message in bytes that goes within an INVITE.
const headerLimit = 16 << 10

// maxWaiting is how many messages wait for an endpoint's answer to an INVITE.
const maxWaiting = 1000

var (
	errPatience = errors.New("the client did not answer the invitation in time")
	errWaiting  = errors.New("too many messages wait for the client to answer the invitation")
)

// toLync sends a message in the device's session, and opens one when there is none.
func (s *Service) toLync(d delivery, b *frontend.Binding) {
	key := sessionKey{user: d.To, peer: d.From, device: d.key}
	s.mu.Lock()
	x := s.sessions[key]
	if x != nil && b.Flow != nil && x.flow != nil && x.flow.ID() != b.Flow.ID() { // the client came back on another connection
		delete(s.tags, x.tag)
		x = nil
	}
	fresh := x == nil
	if fresh {
		x = &session{key: key, tag: sip.NewTag(), flow: b.Flow, target: b.Target(), route: b.Path, used: time.Now()}
		s.sessions[key], s.tags[x.tag] = x, x
	}
	s.mu.Unlock()
	x.mu.Lock()
	if x.state == ended { // between the table and here
		x.mu.Unlock()
		s.forgetSession(x)
		s.toLync(d, b)
		return
	}
	if len(x.queue) >= maxWaiting {
		x.mu.Unlock()
		d.report(unreachable(errWaiting))
		return
	}
	x.queue = append(x.queue, d)
	x.mu.Unlock()
	if fresh {
		s.invite(x, d, b)
		return
	}
	s.drain(x)
}

// invite opens a session with an endpoint. The first message goes along: a client that shows it says so in its answer.
func (s *Service) invite(x *session, first delivery, b *frontend.Binding) {
	req := sip.NewRequest("INVITE", b.URI())
	for _, route := range b.Path {
		req.Add("Route", route)
	}
	to := "<sip:" + x.key.user + ">"
	if b.Epid != "" {
		to += ";epid=" + b.Epid
	}
	req.Add("From", nameAddr(first.display, x.key.peer)+";tag="+x.tag)
	req.Add("To", to)
	req.Add("Call-ID", sip.NewCallID())
	req.Add("CSeq", "1 INVITE")
	if at := contact(x.flow); at != "" {
		req.Add("Contact", at)
	}
	req.Add("Ms-Conversation-ID", strconv.FormatUint(uint64(rand.Uint32()), 10))
	if part := first.doc.ForLync(); len(part.Body) > 0 && len(part.Body) <= headerLimit {
		req.Add("ms-text-format", richtext.Embed(part))
	}
	req.SetBody("application/sdp", description(x.flow, x.key.peer))
	sent := req.Clone()
	x.mu.Lock()
	x.patience = time.AfterFunc(answerPatience, func() {
		s.forgetSession(x)
		x.fail(unreachable(errPatience))
	})
	x.mu.Unlock()
	_, err := s.sender.Request(req, x.target, func(res *sip.Message, err error) { s.inviteAnswered(x, sent, res, err) })
	if err != nil {
		s.inviteAnswered(x, sent, nil, err)
	}
}

// inviteAnswered takes what comes back for our INVITE: a success may come late, when the messages have been given up,
// and again.
func (s *Service) inviteAnswered(x *session, req, res *sip.Message, err error) {
	if err != nil {
		s.forgetSession(x)
		x.fail(unreachable(err))
		return
	}
	if res.StatusCode() < 200 {
		return
	}
	if res.StatusCode() >= 300 {
		s.forgetSession(x)
		x.fail(answered(res))
		return
	}
	dlg, err := dialog.FromResponse(req, res)
	if err != nil {
		s.forgetSession(x)
		x.fail(unreachable(err))
		return
	}
	x.mu.Lock()
	known := x.state == standing && x.dialog.RemoteTag == dlg.RemoteTag
	if x.state == inviting {
		x.state, x.dialog, x.used = standing, dlg, time.Now()
		x.patience.Stop()
		if len(x.queue) > 0 && res.HasToken("Supported", firstText) {
			shown := x.queue[0]
			x.queue = x.queue[1:]
			defer shown.report(delivered)
		}
		known = true
	}
	x.mu.Unlock()
	if err := s.sender.Send(dlg.Ack(1), x.target); err != nil {
		s.log.Debug("ACK not sent", "error", err)
	}
	if !known {
		// An answer to an invitation that was given up, or of another branch: end that dialog, it has shown nothing yet.
		s.sendQuietly(dlg.Request("BYE"), x.target)
		return
	}
	s.drain(x)
}

// drain sends what waits in a standing session, in order.
func (s *Service) drain(x *session) {
	x.mu.Lock()
	if x.draining || x.state != standing {
		x.mu.Unlock()
		return
	}
	x.draining = true
	for len(x.queue) > 0 && x.state == standing {
		d := x.queue[0]
		x.queue = x.queue[1:]
		req := x.dialog.Request("MESSAGE")
		x.used = time.Now()
		x.mu.Unlock()
		s.inSession(x, d, req)
		x.mu.Lock()
	}
	x.draining = false
	x.mu.Unlock()
}

// inSession sends one message in a session's dialog.
func (s *Service) inSession(x *session, d delivery, req *sip.Message) {
	part := d.doc.ForLync()
	req.Add("Message-Id", d.ID.String())
	req.SetBody(part.ContentType, part.Body)
	s.send(req, x.target, func(o outcome) {
		switch o.code {
		case 408, 480, 481, 503:
			// The client has no such session, or is gone: the next message opens another one.
			s.forgetSession(x)
			x.fail(o)
		}
		if o.code == 481 && !d.retried {
			s.again(d)
			return
		}
		d.report(o)
	})
}

// again delivers a message in a new session, when its device is still there: a client that does not know the dialog has
// not shown the message.
func (s *Service) again(d delivery) {
	d.retried = true
	for _, b := range s.location.Lookup(d.To) {
		if b.Key() == d.key {
			s.toLync(d, &b)
			return
		}
	}
	d.report(unreachable(transaction.ErrTransport))
}
