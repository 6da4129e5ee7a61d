package presence

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

// subscription is one dialog by which somebody is told of something (RFC 6665).
type subscription struct {
	svc     *Service
	tag     string // ours
	peerTag string
	callID  string
	watcher string
	id      string // in watcher information
	event   string
	topic   topic

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

// topic is what a subscription is about. Its methods are called with the subscription's lock held.
type topic interface {
	// full is a notification of everything, or of what a request just added.
	full() body
	// changed reads a request in the dialog: more to watch, say. The answer's code is not 0 if it must be refused.
	changed(req Request) (code int, reason string)
	// stop forgets what is watched.
	stop()
}

// body is the content of a notification.
type body struct {
	mediaType string
	bytes     []byte
	fields    []string // further header fields, as pairs
}

// open starts a subscription: the dialog, its timer and its place in the table. The caller holds sub.mu.
func (s *Service) open(req Request, sub *subscription, lifetime time.Duration) bool {
	from, err := req.From()
	if err != nil {
		s.refuse(req, 400, err.Error())
		return false
	}
	sub.svc, sub.tag, sub.peerTag, sub.callID = s, sip.NewTag(), from.Tag(), req.CallID()
	sub.watcher, sub.id, sub.event = req.User, sip.NewTag(), req.Get("Event")
	sub.peerCSeq, _, _ = req.CSeq()
	sub.benotify = req.HasToken("Supported", "ms-benotify")
	if code, reason := sub.retarget(req); code != 0 {
		s.refuse(req, code, reason)
		return false
	}
	s.mu.Lock()
	full := s.closed || len(s.subscriptions) >= s.cfg.Limits.MaxSubscribers
	if !full && lifetime > 0 {
		s.subscriptions[sub.tag] = sub
	}
	s.mu.Unlock()
	if full {
		s.refuse(req, 503, "the server has as many subscriptions as it can hold", "Retry-After", "60")
		return false
	}
	sub.extend(lifetime)
	return true
}

// retarget takes over where notifications go from a request of the watcher.
func (sub *subscription) retarget(req Request) (code int, reason string) {
	contact, err := req.Contact()
	if err != nil {
		return 400, err.Error()
	}
	flow := req.Tx.Flow()
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
	m.Set("Contact", "<"+sub.svc.cfg.Contact(req.User, flow)+">")
	m.Set("Event", sub.event)
	sub.template = m
	return 0, ""
}

func (sub *subscription) extend(lifetime time.Duration) {
	if sub.timer != nil {
		sub.timer.Stop()
	}
	sub.until = time.Now().Add(lifetime)
	if lifetime > 0 {
		sub.timer = sub.svc.after(lifetime+5*time.Second, func() { sub.end("timeout") })
	}
}

// end tells the watcher that the subscription is over.
func (sub *subscription) end(reason string) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if sub.ended {
		return
	}
	sub.send(sub.topic.full(), "terminated;reason="+reason)
	sub.drop()
}

// drop forgets the subscription without a word. The caller holds sub.mu.
func (sub *subscription) drop() {
	sub.stop()
	sub.svc.mu.Lock()
	delete(sub.svc.subscriptions, sub.tag)
	sub.svc.mu.Unlock()
}

func (sub *subscription) stop() {
	if sub.ended {
		return
	}
	sub.ended = true
	sub.waiting = nil
	if sub.timer != nil {
		sub.timer.Stop()
	}
	sub.topic.stop()
}

// accept answers the request that started or changed the subscription, and tells what there is to tell: in the answer
// itself if the watcher asked for that. The caller holds sub.mu.
func (sub *subscription) accept(req Request, lifetime time.Duration) {
	s := sub.svc
	res := sip.NewResponse(req.Message, 200, "")
	if to := res.Get("To"); !strings.Contains(strings.ToLower(to), ";tag=") {
		res.Set("To", to+";tag="+sub.tag)
	}
	res.Set("Contact", sub.template.Get("Contact"))
	res.Set("Expires", seconds0(lifetime))
	state := "active;expires=" + seconds0(lifetime)
	if lifetime == 0 {
		state = "terminated;reason=timeout"
	}
	piggyback := req.HasToken("Supported", "ms-piggyback-first-notify")
	if !piggyback {
		if _, ok := sub.topic.(*listTopic); ok {
			res.Set("Require", "eventlist")
		}
		s.respond(req, res)
		if lifetime > 0 || !sub.benotify {
			sub.send(sub.topic.full(), state)
		}
		return
	}
	content := sub.topic.full()
	res.Set("Event", sub.event)
	res.Set("Subscription-State", state)
	if sub.benotify {
		res.Add("Supported", "ms-benotify")
	}
	res.Add("Supported", "ms-piggyback-first-notify")
	if content.bytes != nil {
		sub.cseq++
		res.Set("ms-piggyback-cseq", strconv.FormatUint(uint64(sub.cseq), 10))
		for i := 0; i+1 < len(content.fields); i += 2 {
			res.Set(content.fields[i], content.fields[i+1])
		}
		res.SetBody(content.mediaType, content.bytes)
	}
	s.respond(req, res)
}
