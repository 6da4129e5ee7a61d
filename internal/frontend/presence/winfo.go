package presence

import (
	"slices"
	"strings"

	"parley/internal/stack/notifier"
	"parley/internal/wire/pidf"
)

// winfoTopic is who watches a user (RFC 3857).
type winfoTopic struct {
	sub     *notifier.Subscription
	p       *presentity
	version int
}

func newWinfoTopic(sub *notifier.Subscription, p *presentity) *winfoTopic {
	p.mu.Lock()
	p.winfo[sub] = struct{}{}
	p.mu.Unlock()
	return &winfoTopic{sub: sub, p: p}
}

func (t *winfoTopic) Changed(Request) (int, string) { return 0, "" }

func (t *winfoTopic) Stop() {
	t.p.mu.Lock()
	delete(t.p.winfo, t.sub)
	t.p.mu.Unlock()
}

func (t *winfoTopic) Full() notifier.Body {
	t.p.mu.Lock()
	var list []pidf.Watcher
	for w := range t.p.watches {
		// The watcher's own fields do not change after its subscription was opened.
		watcher := pidf.Watcher{ID: w.sub.ID, URI: "sip:" + w.sub.Watcher, Status: pidf.WatcherActive, Event: "subscribe"}
		if w.class == classBlocked {
			watcher.Status, watcher.Event = pidf.WatcherTerminated, "rejected"
		}
		list = append(list, watcher)
	}
	t.p.mu.Unlock()
	for i := range list {
		if card, ok := t.p.svc.cfg.Directory.Card(aorOf(list[i].URI)); ok {
			list[i].DisplayName = card.DisplayName
		}
	}
	slices.SortFunc(list, func(a, b pidf.Watcher) int { return strings.Compare(a.URI+a.ID, b.URI+b.ID) })
	b := notifier.Body{MediaType: pidf.TypeWatcherInfo, Bytes: pidf.AppendWatcherInfo(nil, t.version, true, "sip:"+t.p.user, eventPresence, list)}
	t.version++
	return b
}

// tellWatchers returns what tells those who watch the watchers. It is called with p.mu held.
func (p *presentity) tellWatchers() func() { return tellAll(p.winfo) }

// tellDialogs returns what tells those who watch the calls. It is called with p.mu held.
func (p *presentity) tellDialogs() func() { return tellAll(p.dialogs) }

func tellAll(set map[*notifier.Subscription]struct{}) func() {
	subs := make([]*notifier.Subscription, 0, len(set))
	for sub := range set {
		subs = append(subs, sub)
	}
	return func() {
		for _, sub := range subs {
			sub.Do(func() { sub.WhenFree(func() { sub.Notify(sub.Topic().Full()) }) })
		}
	}
}

// dialogTopic is the calls of a user (RFC 4235).
type dialogTopic struct {
	sub     *notifier.Subscription
	p       *presentity
	version int
}

func newDialogTopic(sub *notifier.Subscription, p *presentity) *dialogTopic {
	p.mu.Lock()
	p.dialogs[sub] = struct{}{}
	p.mu.Unlock()
	return &dialogTopic{sub: sub, p: p}
}

func (t *dialogTopic) Changed(Request) (int, string) { return 0, "" }

func (t *dialogTopic) Stop() {
	t.p.mu.Lock()
	delete(t.p.dialogs, t.sub)
	t.p.mu.Unlock()
}

func (t *dialogTopic) Full() notifier.Body {
	t.p.mu.Lock()
	list := t.p.callList()
	for _, d := range t.p.documents {
		list = append(list, d.dialogs...)
	}
	t.p.mu.Unlock()
	b := notifier.Body{MediaType: pidf.TypeDialogInfo, Bytes: pidf.AppendDialogInfo(nil, t.version, true, "sip:"+t.p.user, list)}
	t.version++
	return b
}

// newWatcher tells the watched user of a watcher: those who watch the watchers, and the user's own endpoints if the
// watcher is new and in no contact list, so that the user can decide. The caller holds the subscription's lock.
func (s *Service) newWatcher(w *watch) {
	p, watcher := w.p, w.sub.Watcher
	p.mu.Lock()
	defer p.mu.Unlock()
	if watcher == p.user {
		return
	}
	s.after(0, p.tellWatchers())
	if len(p.profile.Subscribers) >= 1000 || p.profile.knows(watcher) || s.cfg.Contacts != nil && slices.Contains(s.cfg.Contacts.Watched(p.user, ""), watcher) {
		return
	}
	p.addSubscriber(watcher)
}
