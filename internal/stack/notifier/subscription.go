package notifier

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

// Subscription is one dialog by which somebody is told of something (RFC 6665).
type Subscription struct {
	n       *Notifier
	tag     string // ours
	peerTag string
	callID  string
	// Watcher is who is told, user@domain.
	Watcher string
	// ID names the subscription to people and in watcher information.
	ID      string
	event   string
	longest time.Duration // that may be granted
	topic   Topic

	mu       sync.Mutex
	template *sip.Message // a notification without number and body
	target   transaction.Target
	cseq     uint32
	peerCSeq uint32
	benotify bool // notifications get no response
	until    time.Time
	timer    *time.Timer
	ended    bool

	// With NOTIFY one request is under way at a time; what happens meanwhile is told when it is answered.
	inFlight bool
	waiting  []func() // each sends or drops what became of one subject
}

// Topic is what a subscription is about. Its methods are called with the subscription's lock held.
type Topic interface {
	// Full is a notification of everything, or of what a request just added.
	Full() Body
	// Changed reads a request in the dialog: more to watch, say. The answer's code is not 0 if it must be refused.
	Changed(req Request) (code int, reason string)
	// Stop forgets what is watched.
	Stop()
}

// Body is the content of a notification.
type Body struct {
	MediaType string
	Bytes     []byte
	Fields    []string // further header fields, as pairs
}

// open starts a subscription: the dialog, its timer and its place in the table. The caller holds sub.mu.
func (n *Notifier) open(req Request, sub *Subscription, lifetime time.Duration) bool {
	from, err := req.From()
	if err != nil {
		n.Refuse(req, 400, err.Error())
		return false
	}
	sub.n, sub.tag, sub.peerTag, sub.callID = n, sip.NewTag(), from.Tag(), req.CallID()
	sub.Watcher, sub.ID, sub.event = req.User, sip.NewTag(), req.Get("Event")
	sub.peerCSeq, _, _ = req.CSeq()
	sub.benotify = req.HasToken("Supported", "ms-benotify")
	if code, reason := sub.retarget(req); code != 0 {
		n.Refuse(req, code, reason)
		return false
	}
	n.mu.Lock()
	full := n.closed || len(n.subs) >= n.cfg.Most
	if !full && lifetime > 0 {
		n.subs[sub.tag] = sub
	}
	n.mu.Unlock()
	if full {
		n.move(sub, nil)
		n.Refuse(req, 503, "the server has as many subscriptions as it can hold", "Retry-After", "60")
		return false
	}
	sub.extend(lifetime)
	return true
}

// retarget takes over where notifications go from a request of the watcher.
func (sub *Subscription) retarget(req Request) (code int, reason string) {
	contact, err := req.Contact()
	if err != nil {
		return 400, err.Error()
	}
	flow := req.Tx.Flow()
	sub.n.move(sub, flow)
	sub.target = transaction.Target{Flow: flow}
	if sub.template != nil { // the route set of a dialog does not change (RFC 3261 section 12.2)
		sub.template.SetRequestURI(contact.URI.String())
		return 0, ""
	}
	method := "NOTIFY"
	if sub.benotify {
		method = "BENOTIFY"
	}
	m := sip.NewRequest(method, contact.URI.String())
	for _, route := range req.List("Record-Route") {
		m.Add("Route", route)
	}
	to := req.Get("To")
	if i := strings.Index(strings.ToLower(to), ";tag="); i < 0 {
		to += ";tag=" + sub.tag
	}
	m.Set("From", to)
	m.Set("To", req.Get("From"))
	m.Set("Call-ID", sub.callID)
	m.Set("Contact", "<"+sub.n.cfg.Contact(req.User, flow)+">")
	m.Set("Event", sub.event)
	sub.template = m
	return 0, ""
}

func (sub *Subscription) extend(lifetime time.Duration) {
	if sub.timer != nil {
		sub.timer.Stop()
	}
	sub.until = time.Now().Add(lifetime)
	if lifetime > 0 {
		sub.timer = sub.n.After(lifetime+5*time.Second, func() { sub.end("timeout") })
	}
}

// end tells the watcher that the subscription is over.
func (sub *Subscription) end(reason string) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if sub.ended {
		return
	}
	sub.send(sub.topic.Full(), "terminated;reason="+reason)
	sub.drop()
}

// drop forgets the subscription without a word. The caller holds sub.mu.
func (sub *Subscription) drop() {
	sub.stop()
	sub.n.move(sub, nil)
	sub.n.mu.Lock()
	delete(sub.n.subs, sub.tag)
	sub.n.mu.Unlock()
}

func (sub *Subscription) stop() {
	if sub.ended {
		return
	}
	sub.ended = true
	sub.waiting = nil
	if sub.timer != nil {
		sub.timer.Stop()
	}
	sub.topic.Stop()
}

// accept answers the request that started or changed the subscription, and tells what there is to tell: in the answer
// itself if the watcher asked for that. The caller holds sub.mu.
func (sub *Subscription) accept(req Request, lifetime time.Duration) {
	n := sub.n
	res := sip.NewResponse(req.Message, 200, "")
	if to := res.Get("To"); !strings.Contains(strings.ToLower(to), ";tag=") {
		res.Set("To", to+";tag="+sub.tag)
	}
	res.Set("Contact", sub.template.Get("Contact"))
	res.Set("Expires", seconds(lifetime))
	state := "active;expires=" + seconds(lifetime)
	if lifetime == 0 {
		state = "terminated;reason=timeout"
	}
	piggyback := req.HasToken("Supported", "ms-piggyback-first-notify")
	if !piggyback {
		if x, ok := sub.topic.(interface{ Requires() string }); ok {
			res.Set("Require", x.Requires())
		}
		n.Respond(req, res)
		if lifetime > 0 || !sub.benotify {
			sub.send(sub.topic.Full(), state)
		}
		return
	}
	content := sub.topic.Full()
	res.Set("Event", sub.event)
	res.Set("Subscription-State", state)
	if sub.benotify {
		res.Add("Supported", "ms-benotify")
	}
	res.Add("Supported", "ms-piggyback-first-notify")
	if content.Bytes != nil {
		sub.cseq++
		res.Set("ms-piggyback-cseq", strconv.FormatUint(uint64(sub.cseq), 10))
		for i := 0; i+1 < len(content.Fields); i += 2 {
			res.Set(content.Fields[i], content.Fields[i+1])
		}
		res.SetBody(content.MediaType, content.Bytes)
	}
	n.Respond(req, res)
}
