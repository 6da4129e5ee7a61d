// Package notifier keeps subscriptions (RFC 6665) for services that have something to tell: the dialogs, their
// lifetimes, and the notifications in both dialects. The Lync dialect's extensions are understood: the first
// notification inside the answer to SUBSCRIBE, and BENOTIFY, which gets no response.
//
// What a subscription is about is a [Topic] of the service.
package notifier

import (
	"log/slog"
	"sync"
	"time"

	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Network sends requests; the transaction layer is one.
type Network interface {
	Request(req *sip.Message, dst transaction.Target, on func(res *sip.Message, err error)) (*transaction.ClientTx, error)
	// Send sends a request that gets no response: BENOTIFY.
	Send(req *sip.Message, dst transaction.Target) error
}

// Responder answers a request; a server transaction is one.
type Responder interface {
	Respond(res *sip.Message) error
	Flow() transport.Flow
}

// Request is a request of an endpoint, with what sign-in knows of its sender.
type Request struct {
	*sip.Message
	Tx   Responder
	User string // authenticated account user@domain, "" for none
}

// Config is what a Notifier is made from. Network and Contact are required.
type Config struct {
	Network Network
	// Contact gives the URI at which this server takes requests within a dialog with who is at the other end of flow.
	Contact func(user string, flow transport.Flow) string
	// Host is the server's own name, for diagnostics.
	Host string
	// Diagnostics gives the ms-diagnostics field for a refusal with a status code, "" for none; nil: none has one.
	Diagnostics func(code int) string
	// MinExpires is the shortest lifetime; wishes below it get 423. Default 60 s.
	MinExpires time.Duration
	// Most is how many subscriptions there can be; beyond it new ones get 503. Default 500,000.
	Most int
	Log  *slog.Logger // nil: nothing is logged
}

// Notifier keeps subscriptions. Its methods may be called concurrently.
type Notifier struct {
	cfg Config
	log *slog.Logger

	mu     sync.RWMutex
	subs   map[string]*Subscription              // by our tag
	flows  map[uint64]map[*Subscription]struct{} // by the connection that notifications go by
	closed bool
}

// New returns a Notifier without subscriptions.
func New(cfg Config) *Notifier {
	if cfg.MinExpires <= 0 {
		cfg.MinExpires = time.Minute
	}
	if cfg.Most <= 0 {
		cfg.Most = 500_000
	}
	n := &Notifier{cfg: cfg, log: cfg.Log, subs: map[string]*Subscription{}, flows: map[uint64]map[*Subscription]struct{}{}}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	return n
}

// Close forgets all subscriptions without telling anybody.
func (n *Notifier) Close() {
	n.mu.Lock()
	n.closed = true
	subs := n.subs
	n.subs = map[string]*Subscription{}
	n.flows = map[uint64]map[*Subscription]struct{}{}
	n.mu.Unlock()
	for _, sub := range subs {
		sub.mu.Lock()
		sub.stop()
		sub.mu.Unlock()
	}
}

// FlowClosed ends the subscriptions whose notifications went by a connection that ended: there is no other way to who made
// them (RFC 5626 section 4.4.1: the device makes new ones with its new flow).
func (n *Notifier) FlowClosed(flow transport.Flow) {
	n.mu.Lock()
	lost := n.flows[flow.ID()]
	delete(n.flows, flow.ID())
	n.mu.Unlock()
	for sub := range lost {
		sub.mu.Lock()
		if !sub.ended && sub.target.Flow.ID() == flow.ID() {
			n.log.Debug("subscription ended with its connection", "user", sub.Watcher, "event", sub.event)
			sub.drop()
		}
		sub.mu.Unlock()
	}
}

// move notes that a subscription's notifications go by another flow. Datagrams have none that could end. to is nil at the
// end of the subscription. The caller holds sub.mu.
func (n *Notifier) move(sub *Subscription, to transport.Flow) {
	from := sub.target.Flow
	if from != nil && to != nil && from.ID() == to.ID() {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if from != nil {
		of := n.flows[from.ID()]
		if delete(of, sub); len(of) == 0 {
			delete(n.flows, from.ID())
		}
	}
	if to == nil || to.Proto() == transport.UDP || n.closed {
		return
	}
	if n.flows[to.ID()] == nil {
		n.flows[to.ID()] = map[*Subscription]struct{}{}
	}
	n.flows[to.ID()][sub] = struct{}{}
}

// Count is the number of subscriptions.
func (n *Notifier) Count() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.subs)
}

// After calls f later, unless the Notifier is closed by then.
func (n *Notifier) After(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() {
		n.mu.RLock()
		closed := n.closed
		n.mu.RUnlock()
		if !closed {
			f()
		}
	})
}

// Begin starts a subscription for a SUBSCRIBE outside a dialog, answers it, and tells what there is. The lifetime is the
// request's wish, at most longest; a wish of 0 is answered once. build makes what the subscription is about; with a code
// other than 0 the request is refused. build and the Topic are called with the subscription locked.
func (n *Notifier) Begin(req Request, longest time.Duration, build func(*Subscription) (topic Topic, code int, reason string)) {
	lifetime, ok := n.Granted(req, longest)
	if !ok {
		return
	}
	sub := &Subscription{n: n, longest: longest}
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if !n.open(req, sub, lifetime) {
		return
	}
	topic, code, reason := build(sub)
	if sub.topic = topic; topic == nil {
		sub.topic = nothing{}
	}
	if code != 0 {
		n.Refuse(req, code, reason)
		sub.drop()
		return
	}
	sub.accept(req, lifetime)
	if lifetime == 0 {
		sub.drop()
	}
}

// nothing is the topic of a subscription that was refused.
type nothing struct{}

func (nothing) Full() Body                    { return Body{} }
func (nothing) Changed(Request) (int, string) { return 0, "" }
func (nothing) Stop()                         {}

// Continue takes a SUBSCRIBE within a dialog of this Notifier: a refresh, an end, or a change of what is wanted. It
// returns false, having done nothing, when the dialog is not one of its own.
func (n *Notifier) Continue(req Request) bool {
	to, err := req.To()
	if err != nil {
		return false
	}
	n.mu.RLock()
	sub := n.subs[to.Tag()]
	n.mu.RUnlock()
	// Call-IDs and tags of peers are weak, so all that names the dialog must fit.
	from, err := req.From()
	if sub == nil || err != nil || sub.callID != req.CallID() || sub.peerTag != from.Tag() || sub.Watcher != req.User {
		return false
	}
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if sub.ended {
		return false
	}
	if req.Method() != "SUBSCRIBE" {
		n.Refuse(req, 405, "", "Allow", "SUBSCRIBE")
		return true
	}
	number, _, err := req.CSeq()
	if err != nil || number <= sub.peerCSeq {
		n.Refuse(req, 500, "request out of order", "Retry-After", "1") // RFC 3261 section 12.2.2
		return true
	}
	lifetime, ok := n.Granted(req, sub.longest)
	if !ok {
		return true
	}
	sub.peerCSeq = number
	if code, reason := sub.retarget(req); code != 0 {
		n.Refuse(req, code, reason)
		return true
	}
	if lifetime > 0 {
		if req, ok = n.Decode(req); !ok {
			return true
		}
		if code, reason := sub.topic.Changed(req); code != 0 {
			n.Refuse(req, code, reason)
			return true
		}
	}
	sub.extend(lifetime)
	sub.accept(req, lifetime)
	if lifetime == 0 {
		sub.drop()
	}
	return true
}
