package presence

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"parley/internal/stack/notifier"
	"parley/internal/wire/msrtc"
	"parley/internal/wire/pidf"
)

// watch is one user watched by one subscription.
type watch struct {
	sub *notifier.Subscription
	p   *presentity
	say func(*seen) notifier.Body

	// Guarded by the presentity's lock.
	class  class
	queued uint64 // version that was handed to the subscription

	// Guarded by the subscription's lock.
	told   uint64
	latest *seen
	waits  bool
}

// watch begins to watch a user. The subscription is locked.
func (s *Service) watch(sub *notifier.Subscription, p *presentity, say func(*seen) notifier.Body) *watch {
	w := &watch{sub: sub, p: p, say: say}
	p.mu.Lock()
	defer p.mu.Unlock()
	w.class = s.classOf(p.user, p.profile, sub.Watcher)
	now := p.seenBy(w.class)
	w.queued, w.told, w.latest = now.version, now.version, now
	p.watches[w] = struct{}{}
	return w
}

// look returns what is to be seen now. The caller holds the subscription's lock.
func (w *watch) look() *seen {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	now := w.p.seenBy(w.class)
	w.queued, w.told, w.latest = now.version, now.version, now
	return now
}

func (w *watch) stop() {
	w.p.mu.Lock()
	delete(w.p.watches, w)
	tell := w.p.tellWatchers()
	w.p.mu.Unlock()
	// The subscription's lock is held; another user's subscription must not be locked on top of it.
	w.p.svc.after(0, tell)
}

// singleTopic is the state of one user.
type singleTopic struct {
	watch *watch
}

func (t *singleTopic) Full() notifier.Body               { return t.watch.say(t.watch.look()) }
func (t *singleTopic) Changed(req Request) (int, string) { return 0, "" }
func (t *singleTopic) Stop()                             { t.watch.stop() }

func sayPIDF(s *seen) notifier.Body { return notifier.Body{MediaType: pidf.TypePIDF, Bytes: s.pidf} }
func sayCategories(s *seen) notifier.Body {
	return notifier.Body{MediaType: msrtc.TypeCategories, Bytes: s.categories}
}

// batchTopic is the states of many users in one dialog of the Lync dialect. Requests in the dialog add users; none of
// them replaces the list.
type batchTopic struct {
	svc     *Service
	sub     *notifier.Subscription
	watches map[string]*watch // by user
	unknown []string          // URIs of those of whom nothing can be seen
	version int
	news    []msrtc.Presentity // what the last request added
}

func (t *batchTopic) Changed(req Request) (code int, reason string) {
	t.news = nil
	if len(req.Body()) == 0 {
		return 0, ""
	}
	batch, err := msrtc.ParseBatchSub(req.Body())
	if err != nil {
		return 400, err.Error()
	}
	s := t.svc
	for _, r := range batch.Unsubscribe {
		if w := t.watches[aorOf(r.URI)]; w != nil {
			delete(t.watches, aorOf(r.URI))
			w.stop()
		}
	}
	if len(t.watches)+len(batch.Subscribe) > s.cfg.Limits.MaxWatched {
		return 403, "more than " + strconv.Itoa(s.cfg.Limits.MaxWatched) + " contacts in one subscription"
	}
	for _, r := range batch.Subscribe {
		user := aorOf(r.URI)
		w := t.watches[user]
		if w == nil {
			p := s.known(user)
			if p == nil {
				t.news = append(t.news, msrtc.Presentity{URI: r.URI})
				if !slices.Contains(t.unknown, r.URI) {
					t.unknown = append(t.unknown, r.URI)
				}
				continue
			}
			w = s.watch(t.sub, p, sayCategories)
			t.watches[user] = w
			s.newWatcher(w)
		}
		t.news = append(t.news, msrtc.Presentity{URI: r.URI, CID: user, Body: w.look().categories})
	}
	return 0, ""
}

// full tells what the last request added, or everything when it added nothing.
func (t *batchTopic) Full() notifier.Body {
	news := t.news
	t.news = nil
	everything := news == nil
	if everything {
		users := make([]string, 0, len(t.watches))
		for user := range t.watches {
			users = append(users, user)
		}
		slices.Sort(users)
		for _, user := range users {
			news = append(news, msrtc.Presentity{URI: "sip:" + user, CID: user, Body: t.watches[user].look().categories})
		}
		for _, uri := range t.unknown {
			news = append(news, msrtc.Presentity{URI: uri})
		}
	}
	t.version++
	boundary := boundaryFor(t.sub.ID, t.version)
	return notifier.Body{MediaType: msrtc.RLMIContentType(boundary), Bytes: msrtc.AppendRLMI(nil, boundary, "sip:"+t.sub.Watcher, t.version, everything, news),
		Fields: []string{"Require", "eventlist"}}
}

func (t *batchTopic) Stop() {
	for _, w := range t.watches {
		w.stop()
	}
}

// boundaryFor makes a boundary that no part can hold by chance: it is drawn from a random name.
func boundaryFor(id string, version int) string {
	sum := sha256.Sum256([]byte(id + strconv.Itoa(version)))
	return "parley-" + hex.EncodeToString(sum[:12])
}

// listTopic is the states of a list of users (RFC 4662).
type listTopic struct {
	svc     *Service
	sub     *notifier.Subscription
	uri     string
	names   []string
	watches map[string]*watch
	version int
}

func (t *listTopic) Changed(Request) (int, string) { return 0, "" }

func (t *listTopic) Full() notifier.Body {
	resources := make([]pidf.Resource, 0, len(t.names))
	for _, user := range t.names {
		r := pidf.Resource{URI: "sip:" + user, State: pidf.InstanceTerminated, Reason: "noresource"}
		if w := t.watches[user]; w != nil {
			r = t.resource(w.look())
		}
		resources = append(resources, r)
	}
	return t.notification(true, resources)
}

func (t *listTopic) resource(s *seen) pidf.Resource {
	name := ""
	user := strings.TrimPrefix(s.uri, "sip:")
	if card, ok := t.svc.cfg.Directory.Card(user); ok {
		name = card.DisplayName
	}
	return pidf.Resource{URI: s.uri, Name: name, State: pidf.InstanceActive, CID: strings.ReplaceAll(user, "@", "."), Body: s.pidf}
}

// say tells of one user in a list of one.
func (t *listTopic) say(s *seen) notifier.Body {
	return t.notification(false, []pidf.Resource{t.resource(s)})
}

func (t *listTopic) notification(full bool, resources []pidf.Resource) notifier.Body {
	boundary := boundaryFor(t.sub.ID, t.version)
	host := t.svc.cfg.Host
	content := notifier.Body{MediaType: pidf.ListContentType(boundary, host), Bytes: pidf.AppendListNotification(nil, boundary, host, t.uri, t.version, full, resources),
		Fields: []string{"Require", "eventlist"}}
	t.version++
	return content
}

func (t *listTopic) Stop() {
	for _, w := range t.watches {
		w.stop()
	}
}

// Requires is the extension that the watcher must understand.
func (t *listTopic) Requires() string { return "eventlist" }

// deliver tells the watcher what has become of the user, unless the watcher knows already.
func (w *watch) deliver(now *seen) {
	w.sub.Do(func() {
		if now.version <= w.told {
			return
		}
		w.latest = now
		if w.waits {
			return // the one that waits will tell the latest
		}
		w.waits = true
		w.sub.WhenFree(func() {
			w.waits = false
			w.told = w.latest.version
			w.sub.Notify(w.say(w.latest))
		})
	})
}
