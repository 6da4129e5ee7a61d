package notifier

import (
	"errors"
	"strconv"
	"time"

	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

// send sends one notification. The caller holds sub.mu.
func (sub *Subscription) send(content Body, state string) {
	m := sub.template.Clone()
	sub.cseq++
	m.Set("CSeq", strconv.FormatUint(uint64(sub.cseq), 10)+" "+m.Method())
	m.Set("Subscription-State", state)
	for i := 0; i+1 < len(content.Fields); i += 2 {
		m.Set(content.Fields[i], content.Fields[i+1])
	}
	if content.Bytes != nil {
		m.SetBody(content.MediaType, content.Bytes)
	}
	var err error
	if sub.benotify {
		err = sub.n.cfg.Network.Send(m, sub.target)
	} else {
		sub.inFlight = true
		_, err = sub.n.cfg.Network.Request(m, sub.target, sub.answered)
	}
	if err != nil && !sub.ended {
		sub.n.log.Debug("notification not sent", "user", sub.Watcher, "event", sub.event, "err", err)
		sub.drop()
	}
}

// answered takes the response to a NOTIFY (RFC 6665 section 4.2.2).
func (sub *Subscription) answered(res *sip.Message, err error) {
	if err == nil && res.StatusCode() < 200 {
		return
	}
	sub.mu.Lock()
	defer sub.mu.Unlock()
	sub.inFlight = false
	if sub.ended {
		return
	}
	switch {
	case err != nil:
		sub.n.log.Debug("watcher does not answer", "user", sub.Watcher, "event", sub.event, "err", err, "timeout", errors.Is(err, transaction.ErrTimeout))
		sub.drop()
		return
	case res.StatusCode() >= 300 && !(res.Has("Retry-After") && res.StatusCode() >= 500):
		sub.n.log.Debug("watcher refuses notifications", "user", sub.Watcher, "event", sub.event, "code", res.StatusCode())
		sub.drop()
		return
	}
	for len(sub.waiting) > 0 && !sub.inFlight && !sub.ended {
		next := sub.waiting[0]
		sub.waiting = sub.waiting[1:]
		next()
	}
}

// WhenFree calls say, within Do, as soon as no notification is under way.
func (sub *Subscription) WhenFree(say func()) {
	if sub.ended {
		return
	}
	if sub.inFlight {
		sub.waiting = append(sub.waiting, say)
		return
	}
	say()
}

// active is the state of a subscription that goes on.
func (sub *Subscription) active() string {
	return "active;expires=" + seconds(max(time.Until(sub.until), 0))
}

// Do calls f with the subscription locked, unless it is over.
func (sub *Subscription) Do(f func()) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if !sub.ended {
		f()
	}
}

// Notify tells the watcher something. It is called within WhenFree, or from the Topic.
func (sub *Subscription) Notify(content Body) { sub.send(content, sub.active()) }

// Topic is what the subscription is about. It is called within Do.
func (sub *Subscription) Topic() Topic { return sub.topic }
