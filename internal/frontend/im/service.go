package im

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"parley/internal/dialect"
	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// idleAfter is how long a session without a message is kept; a Lync client opens a new one by itself.
const idleAfter = 10 * time.Minute

// Sender sends requests; [transaction.Layer] does.
type Sender interface {
	Request(req *sip.Message, dst transaction.Target, on func(res *sip.Message, err error)) (*transaction.ClientTx, error)
	Send(req *sip.Message, dst transaction.Target) error
}

// Location knows where users are signed in; the registrar does.
type Location interface {
	// Lookup returns the devices of an account that are signed in.
	Lookup(account string) []frontend.Binding
}

// Store keeps messages; [state.Stream] does. Calls of done come in the order of the appends.
type Store interface {
	AppendAsync(payload []byte, done func(seq uint64, err error))
}

// Publisher is told what happens to messages.
type Publisher interface{ Publish(event.Event) }

// Config is what a Service is made from. Log may be nil.
type Config struct {
	Sender   Sender
	Location Location
	Exists   func(account string) bool // whether an account is known, signed in or not
	Store    Store
	Events   Publisher
	Log      *slog.Logger
}

// Service carries messages. Its methods may be called concurrently.
type Service struct {
	sender   Sender
	location Location
	exists   func(account string) bool
	store    Store
	events   Publisher
	log      *slog.Logger
	clock    clock
	arrivals *arrivals

	mu       sync.Mutex // guards what follows; taken before a session's own lock, never while one is held
	sessions map[sessionKey]*session
	tags     map[string]*session // by our tag, which is unique, unlike anything that clients choose
	typing   map[direction]*typing
}

// New returns a Service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		sender: c.Sender, location: c.Location, exists: c.Exists, store: c.Store, events: c.Events, log: c.Log,
		arrivals: newArrivals(),
		sessions: map[sessionKey]*session{}, tags: map[string]*session{}, typing: map[direction]*typing{},
	}
}

// Run ends sessions that nobody uses, until ctx ends; it ends the others then.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			s.arrivals.turn()
			s.endSessions(func(x *session) bool { return now.Sub(x.lastUse()) >= idleAfter })
		case <-ctx.Done():
			s.stopTyping()
			s.endSessions(func(*session) bool { return true })
			return nil
		}
	}
}

// Dialog takes a request in a dialog when it is one of this service's sessions, and says whether it is.
func (s *Service) Dialog(r *frontend.Request) bool {
	to, err := r.To()
	if err != nil {
		return false
	}
	x := s.byTag(to.Tag())
	if x == nil {
		return false
	}
	s.inDialog(r, x)
	return true
}

// Ack takes an ACK that the transactions know nothing of when it belongs to a session, and says whether it does.
func (s *Service) Ack(_ transport.Flow, ack *sip.Message) bool {
	to, err := ack.To()
	if err != nil {
		return false
	}
	x := s.byTag(to.Tag())
	if x != nil {
		x.acknowledged()
	}
	return x != nil
}

// FlowClosed drops the sessions of a connection that has ended.
func (s *Service) FlowClosed(flow transport.Flow) {
	var lost []*session
	s.mu.Lock()
	for key, x := range s.sessions {
		if x.flow != nil && x.flow.ID() == flow.ID() {
			delete(s.sessions, key)
			lost = append(lost, x)
		}
	}
	for tag, x := range s.tags {
		if x.flow != nil && x.flow.ID() == flow.ID() {
			delete(s.tags, tag)
		}
	}
	s.mu.Unlock()
	for _, x := range lost {
		x.fail(unreachable(transaction.ErrTransport))
	}
}

// from is the account that a request comes from: who signed in, and for others what From says.
func from(r *frontend.Request) (account, display string, ok bool) {
	a, err := r.From()
	if err != nil {
		return "", "", false
	}
	account = a.URI.Account()
	return account, a.Display, account != "" && (r.User == "" || r.User == account)
}

// device is what tells a sender's endpoint from the user's others: the epid of the Lync dialect, which no other field
// of a request carries as reliably, else the From tag.
func device(req *sip.Message) string {
	a, err := req.From()
	if err != nil {
		return ""
	}
	if epid, ok := a.Params.Get("epid"); ok {
		return "epid:" + epid
	}
	return a.Tag()
}

// isLync says whether a device speaks the Lync dialect.
func isLync(b *frontend.Binding) bool { return b.Dialect == dialect.Lync }
