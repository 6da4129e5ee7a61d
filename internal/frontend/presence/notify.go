package presence

import (
	"errors"
	"strconv"
	"time"

	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

// send sends one notification. The caller holds sub.mu.
func (sub *subscription) send(content body, state string) {
	m := sub.template.Clone()
	sub.cseq++
	m.Set("CSeq", strconv.FormatUint(uint64(sub.cseq), 10)+" "+m.Method())
	m.Set("Subscription-State", state)
	for i := 0; i+1 < len(content.fields); i += 2 {
		m.Set(content.fields[i], content.fields[i+1])
	}
	if content.bytes != nil {
		m.SetBody(content.mediaType, content.bytes)
	}
	var err error
	if sub.benotify {
		err = sub.svc.cfg.Network.Send(m, sub.target)
	} else {
		sub.inFlight = true
		_, err = sub.svc.cfg.Network.Request(m, sub.target, sub.answered)
	}
	if err != nil && !sub.ended {
		sub.svc.log.Debug("notification not sent", "user", sub.watcher, "event", sub.event, "err", err)
		sub.drop()
	}
}

// answered takes the response to a NOTIFY (RFC 6665 section 4.2.2).
func (sub *subscription) answered(res *sip.Message, err error) {
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
		sub.svc.log.Debug("watcher does not answer", "user", sub.watcher, "event", sub.event, "err", err, "timeout", errors.Is(err, transaction.ErrTimeout))
		sub.drop()
		return
	case res.StatusCode() >= 300 && !(res.Has("Retry-After") && res.StatusCode() >= 500):
		sub.svc.log.Debug("watcher refuses notifications", "user", sub.watcher, "event", sub.event, "code", res.StatusCode())
		sub.drop()
		return
	}
	for len(sub.waiting) > 0 && !sub.inFlight && !sub.ended {
		next := sub.waiting[0]
		sub.waiting = sub.waiting[1:]
		next()
	}
}

// whenFree calls say with sub.mu held as soon as no notification is under way.
func (sub *subscription) whenFree(say func()) {
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
func (sub *subscription) active() string {
	return "active;expires=" + seconds0(max(time.Until(sub.until), 0))
}

// deliver tells the watcher what has become of one user, unless the watcher knows already.
func (sub *subscription) deliver(w *watch, now *seen) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if sub.ended || w.told == now.version && !w.waits || now.version < w.told {
		return
	}
	w.latest = now
	if w.waits {
		return // the one that waits will tell the latest
	}
	w.waits = true
	sub.whenFree(func() {
		w.waits = false
		w.told = w.latest.version
		sub.send(w.say(w.latest), sub.active())
	})
}
