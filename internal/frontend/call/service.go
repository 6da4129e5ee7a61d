// Package call is the back-to-back user agent for audio and video calls. It ends the dialog of each endpoint, in its
// dialect, and connects them: sessions are translated, media goes through the relay, and what one side does (ring,
// answer, hold, transfer, hang up) is told to the other in its own way.
//
// Each call owns its state in a mailbox. Dialogs are found by the tag that this server chose, which is unique, since
// clients of the Lync dialect are known to share Call-IDs and tags.
package call

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"parley/internal/dialect"
	"parley/internal/dialect/lync"
	"parley/internal/dialect/standard"
	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Service runs the calls of a server.
type Service struct {
	Config
	work sync.WaitGroup // mailboxes at work

	mu      sync.Mutex
	legs    map[string]*leg // by our tag
	calls   map[string]*call
	stopped bool
	idle    chan struct{} // closed when stopped and no call is left

	presence sync.Mutex // held while presence is told, so that it hears changes in their order
	talking  map[string]int
}

// New returns a Service.
func New(c Config) *Service {
	c.Limits = c.Limits.withDefaults()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{Config: c, legs: map[string]*leg{}, calls: map[string]*call{}, talking: map[string]int{}, idle: make(chan struct{})}
}

// stopTime is how long Run waits for the answers to its BYEs when the server stops.
const stopTime = 5 * time.Second

// Run waits until ctx ends, then hangs up every call and returns when their records are handed in.
func (s *Service) Run(ctx context.Context) error {
	<-ctx.Done()
	s.mu.Lock()
	s.stopped = true
	calls := make([]*call, 0, len(s.calls))
	for _, c := range s.calls {
		calls = append(calls, c)
	}
	if len(calls) == 0 {
		close(s.idle)
	}
	s.mu.Unlock()
	for _, c := range calls {
		c.post(func() { c.abort(dialect.Failure{Code: 503, Text: "Server stops"}, "server", "server stop") })
	}
	patience := time.NewTimer(stopTime)
	defer patience.Stop()
	select {
	case <-s.idle:
	case <-patience.C:
		for _, c := range calls {
			c.post(c.settleNow)
		}
		<-s.idle
	}
	s.work.Wait()
	return nil
}

// legOf finds the leg of a message by our tag in To.
func (s *Service) legOf(m *sip.Message) *leg {
	to, err := m.To()
	if err != nil || to.Tag() == "" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.legs[to.Tag()]
}

// InDialog takes a request in a dialog of a call; false means that it belongs to none.
func (s *Service) InDialog(r *frontend.Request) bool {
	l := s.legOf(r.Message)
	if l != nil {
		l.call.post(func() { l.serve(r) })
	}
	return l != nil
}

// Invite takes an INVITE that begins a call.
func (s *Service) Invite(r *frontend.Request) {
	_ = r.Tx.Respond(sip.NewResponse(r.Message, 100, ""))
	c, err := s.newCall(r)
	if err != nil {
		_ = r.Tx.Respond(s.refusal(r.Message, r.Dialect, *err, sip.NewTag()))
		return
	}
	c.post(func() { c.begin(r) })
}

// Ack takes an ACK that the transaction layer found no INVITE for, as when it comes by another connection; false means
// that it belongs to no call.
func (s *Service) Ack(_ transport.Flow, ack *sip.Message) bool {
	l := s.legOf(ack)
	if l == nil {
		return false
	}
	l.call.post(func() {
		if l.server != nil {
			l.server.Acknowledge()
		}
		l.acknowledged(ack)
	})
	return true
}

// FlowClosed tells that a connection has ended: calls over it end too unless it comes back in time.
func (s *Service) FlowClosed(flow transport.Flow) {
	s.mu.Lock()
	hit := make([]*leg, 0, len(s.legs))
	for _, l := range s.legs {
		if l.flow.Load() == flow.ID() {
			hit = append(hit, l)
		}
	}
	s.mu.Unlock()
	for _, l := range hit {
		l.call.post(func() { l.flowClosed(flow) })
	}
}

// refusal makes the response that tells an endpoint of a dialect why its request failed.
func (s *Service) refusal(req *sip.Message, kind dialect.Kind, f dialect.Failure, tag string) *sip.Message {
	var code int
	var fields []dialect.Field
	if kind == dialect.Lync {
		code, fields = lync.Refusal(f, s.Host)
	} else {
		code, fields = standard.Refusal(f)
	}
	text := ""
	if code == f.Code && !strings.ContainsAny(f.Text, "\r\n") {
		text = f.Text
	}
	res := sip.NewResponse(req, code, text)
	res.SetTag(tag)
	for _, h := range fields {
		res.Add(h.Name, h.Value)
	}
	switch code {
	case 405, 501:
		res.Add("Allow", allow)
	case 415:
		res.Add("Accept", "application/sdp")
	}
	return res
}

func (s *Service) newCall(r *frontend.Request) (*call, *dialect.Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopped:
		return nil, &dialect.Failure{Code: 503, Text: "Server stops"}
	case len(s.calls) >= s.Limits.MaxCalls:
		return nil, &dialect.Failure{Code: 503, Text: "Too many calls"}
	}
	c := &call{svc: s, id: sip.NewCallID()}
	c.box.group = &s.work
	c.record.ID, c.record.Started = c.id, s.Now()
	c.log = s.Log.With("call", c.id)
	s.calls[c.id] = c
	return c, nil
}

func (s *Service) addLeg(l *leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.legs[l.tag] = l
}

func (s *Service) removeLeg(l *leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.legs, l.tag)
}

// closed forgets a call that is over.
func (s *Service) closed(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, c.id)
	if s.stopped && len(s.calls) == 0 {
		close(s.idle)
	}
}

// Active is the number of calls that are set up or taking place.
func (s *Service) Active() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// setTalking counts the calls of a user, and tells presence of the first and the last.
func (s *Service) setTalking(user string, on bool) {
	s.presence.Lock()
	defer s.presence.Unlock()
	before := s.talking[user]
	if on {
		s.talking[user]++
	} else if s.talking[user]--; s.talking[user] == 0 {
		delete(s.talking, user)
	}
	after := s.talking[user]
	if s.InCall != nil && (before == 0) != (after == 0) {
		s.InCall(user, after > 0)
	}
}

func (s *Service) publish(e event.Event) {
	if s.Events != nil {
		s.Events.Publish(e)
	}
}
