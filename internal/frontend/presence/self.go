package presence

import (
	"slices"

	"parley/internal/stack/notifier"
	"parley/internal/wire/msrtc"
)

// selfTopic is what a user's own Lync-dialect endpoint learns: all categories with their versions, the containers and
// who watches.
type selfTopic struct {
	sub   *notifier.Subscription
	p     *presentity
	parts msrtc.RoamingParts
}

func (s *Service) subscribeSelf(req Request, user string) {
	parts := msrtc.RoamingParts{Categories: true, Containers: true, Subscribers: true}
	if len(req.Body()) > 0 {
		var err error
		if parts, err = msrtc.ParseRoamingList(req.Body()); err != nil {
			s.badBody(req, err)
			return
		}
	}
	s.subscribeOwn(req, user, func(sub *notifier.Subscription, p *presentity) notifier.Topic {
		t := &selfTopic{sub: sub, p: p, parts: parts}
		p.mu.Lock()
		p.owners[sub] = struct{}{}
		p.mu.Unlock()
		return t
	})
}

func (t *selfTopic) Changed(Request) (int, string) { return 0, "" }

func (t *selfTopic) Stop() {
	t.p.mu.Lock()
	delete(t.p.owners, t.sub)
	t.p.mu.Unlock()
}

func (t *selfTopic) Full() notifier.Body {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	d := msrtc.RoamingData{URI: "sip:" + t.p.user, WithCategories: t.parts.Categories, WithContainers: t.parts.Containers, WithSubscribers: t.parts.Subscribers}
	if t.parts.Categories {
		d.Categories = t.p.own(nil)
	}
	if t.parts.Containers {
		d.Containers = t.p.profile.Containers
	}
	if t.parts.Subscribers {
		d.Subscribers = t.p.unacknowledged()
	}
	return notifier.Body{MediaType: msrtc.TypeRoamingSelf, Bytes: msrtc.AppendRoamingData(nil, d)}
}

// own are the categories as their owner sees them. Of a named category all instances are told, since clients take what
// they are told of a category as all of it. It is called with p.mu held.
func (p *presentity) own(names []string) []msrtc.Category {
	var list []msrtc.Category
	told := map[string]bool{}
	keys := make([]instanceKey, 0, len(p.instances))
	for key := range p.instances {
		if names == nil || slices.Contains(names, key.category) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, compareKeys)
	for _, key := range keys {
		told[key.category] = true
		list = append(list, key.wire(p.instances[key]))
	}
	if names == nil || slices.Contains(names, msrtc.CategoryState) {
		shown := p.shownState(0)
		told[msrtc.CategoryState] = true
		list = append(list, msrtc.Category{Name: msrtc.CategoryState, Instance: 1, PublishTime: shown.since, Container: containerState, Version: int(p.view.versions) + 1,
			ExpireType: msrtc.ExpireUser, Body: stateBody(shown.state, shown.since)})
	}
	for _, name := range names {
		if !told[name] { // the last one was withdrawn
			list = append(list, msrtc.Category{Name: name, Container: containerState, ExpireType: msrtc.ExpireStatic})
			told[name] = true
		}
	}
	return list
}

// ownData is the roamingData about some categories, as the answer to their publication.
func (p *presentity) ownData(names []string) []byte {
	return msrtc.AppendRoamingData(nil, msrtc.RoamingData{URI: "sip:" + p.user, Categories: p.own(names)})
}

func (p *presentity) unacknowledged() []msrtc.Subscriber {
	var list []msrtc.Subscriber
	for _, s := range p.profile.Subscribers {
		if !s.Acknowledged {
			list = append(list, s)
		}
	}
	return list
}

// tellOwners returns what tells the user's own endpoints of some categories. It is called with p.mu held.
func (p *presentity) tellOwners(names ...string) func() {
	if len(names) == 0 {
		return func() {}
	}
	return p.owned(func(t *selfTopic) []byte {
		if !t.parts.Categories {
			return nil
		}
		return p.ownData(names)
	})
}

// owned returns what tells the user's own endpoints of a document. It is made when it is sent, so that a later one is
// never older.
func (p *presentity) owned(document func(*selfTopic) []byte) func() {
	subs := make([]*notifier.Subscription, 0, len(p.owners))
	for sub := range p.owners {
		subs = append(subs, sub)
	}
	return func() {
		for _, sub := range subs {
			sub.Do(func() {
				sub.WhenFree(func() {
					p.mu.Lock()
					doc := document(sub.Topic().(*selfTopic))
					p.mu.Unlock()
					if doc != nil {
						sub.Notify(notifier.Body{MediaType: msrtc.TypeRoamingSelf, Bytes: doc})
					}
				})
			})
		}
	}
}
