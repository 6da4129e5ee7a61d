package contact

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/internal/diag"
	"parley/internal/stack/notifier"
	"parley/internal/stack/transport"
	"parley/internal/state"
	"parley/internal/state/ordered"
	"parley/internal/wire/msrtc"
	"parley/internal/wire/sip"
)

// Event packages of the service.
const (
	eventContacts     = "vnd-microsoft-roaming-contacts"
	eventProvisioning = "vnd-microsoft-provisioning-v2"
)

// Events lists the event packages of the service.
func Events() []string { return []string{eventContacts, eventProvisioning} }

// Service keeps contacts. Its methods may be called from a flow's reader: none waits for a disk.
type Service struct {
	cfg      Config
	log      *slog.Logger
	disk     ordered.Runner
	notifier *notifier.Notifier

	mu        sync.Mutex
	endpoints map[string]*endpoints // by user
	unwatch   func()
}

// endpoints are a user's with a roaming-contacts subscription here, and what they were told last.
type endpoints struct {
	subs map[*notifier.Subscription]struct{}
	list List
	rev  uint64
}

// New returns a service.
func New(cfg Config) *Service {
	if cfg.MaxContacts <= 0 {
		cfg.MaxContacts = 1000
	}
	if cfg.MaxGroups <= 0 {
		cfg.MaxGroups = 64
	}
	if cfg.MaxExpires <= 0 {
		cfg.MaxExpires = 8 * time.Hour
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Service{cfg: cfg, log: log, endpoints: map[string]*endpoints{},
		notifier: notifier.New(notifier.Config{Network: cfg.Network, Contact: cfg.Contact, Host: cfg.Host, Diagnostics: cfg.diagnostics, Log: log})}
	s.unwatch = cfg.Lists.Watch(s.listChanged)
	return s
}

// Run keeps the service until ctx ends, then waits for what is being written.
func (s *Service) Run(ctx context.Context) error {
	<-ctx.Done()
	s.Close()
	return nil
}

// Close ends the service.
func (s *Service) Close() {
	s.unwatch()
	s.disk.Close()
	s.notifier.Close()
}

// FlowClosed ends the subscriptions of a connection that ended.
func (s *Service) FlowClosed(flow transport.Flow) { s.notifier.FlowClosed(flow) }

// Owns takes a request in the dialog of a subscription of this service, and says whether it is one.
func (s *Service) Owns(req Request) bool { return s.notifier.Continue(req) }

// List is a user's contact list; it must not be changed.
func (s *Service) List(user string) List {
	l, _, _ := s.cfg.Lists.Get(user)
	return l.orNew()
}

// Watched lists the contacts of user that are in the named group and whose presence the user wants; "" stands for all
// groups.
func (s *Service) Watched(user, group string) []string {
	l := s.List(user)
	id := -1
	for _, g := range l.Groups {
		if group != "" && strings.EqualFold(g.Name, group) {
			id = g.ID
		}
	}
	var users []string
	for _, c := range l.Contacts {
		if c.Subscribed && (group == "" || slices.Contains(c.Groups, id)) {
			users = append(users, c.User)
		}
	}
	return users
}

// Subscribe answers a SUBSCRIBE for one of Events outside a dialog.
func (s *Service) Subscribe(req Request) {
	if !s.isOwn(req) {
		s.notifier.Refuse(req, 403, "contacts and settings are for their owner", "ms-diagnostics", s.cfg.header(diag.NotPermitted))
		return
	}
	switch req.EventPackage() {
	case eventContacts:
		s.notifier.Begin(req, s.cfg.MaxExpires, func(sub *notifier.Subscription) (notifier.Topic, int, string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			of := s.endpoints[req.User]
			if of == nil {
				l, rev, _ := s.cfg.Lists.Get(req.User)
				of = &endpoints{subs: map[*notifier.Subscription]struct{}{}, list: l.orNew(), rev: rev}
				s.endpoints[req.User] = of
			}
			of.subs[sub] = struct{}{}
			return &listTopic{s, sub}, 0, ""
		})
	case eventProvisioning:
		groups, err := wantedGroups(req)
		if err != nil {
			s.notifier.Refuse(req, 400, err.Error())
			return
		}
		s.notifier.Begin(req, s.cfg.MaxExpires, func(*notifier.Subscription) (notifier.Topic, int, string) {
			return &settingsTopic{s, groups}, 0, ""
		})
	default:
		s.notifier.Refuse(req, 489, "", "Allow-Events", strings.Join(Events(), ","))
	}
}

func (s *Service) isOwn(req Request) bool {
	u, err := sip.ParseURI(req.RequestURI())
	return err == nil && req.User != "" && u.Account() == req.User
}

// listTopic is a user's contact list.
type listTopic struct {
	svc *Service
	sub *notifier.Subscription
}

func (t *listTopic) Full() notifier.Body {
	l := t.svc.List(t.sub.Watcher)
	return notifier.Body{MediaType: msrtc.TypeRoamingContacts, Bytes: msrtc.AppendContactList(nil, l.wire())}
}

func (t *listTopic) Changed(Request) (int, string) { return 0, "" }

func (t *listTopic) Stop() {
	t.svc.mu.Lock()
	defer t.svc.mu.Unlock()
	of := t.svc.endpoints[t.sub.Watcher]
	if of == nil {
		return
	}
	if delete(of.subs, t.sub); len(of.subs) == 0 {
		delete(t.svc.endpoints, t.sub.Watcher)
	}
}

// listChanged hears of every change of the bucket. Those of this process have been told by change, which runs in the same
// queue.
func (s *Service) listChanged(c state.Change[List]) {
	s.mu.Lock()
	wanted := s.endpoints[c.Key] != nil
	s.mu.Unlock()
	if wanted {
		s.disk.Go(c.Key, func() { s.tell(c.Key, c.Value.orNew(), c.Rev) })
	}
}

// tell sends the step from what was told last to a newer list to all endpoints of a user.
func (s *Service) tell(user string, next List, rev uint64) {
	s.mu.Lock()
	of := s.endpoints[user]
	if of == nil || rev <= of.rev {
		s.mu.Unlock()
		return
	}
	step := of.list.step(next)
	of.list, of.rev = next, rev
	var subs []*notifier.Subscription
	for sub := range of.subs {
		subs = append(subs, sub)
	}
	s.mu.Unlock()
	doc := msrtc.AppendContactDelta(nil, step)
	for _, sub := range subs {
		sub.Do(func() {
			sub.WhenFree(func() { sub.Notify(notifier.Body{MediaType: msrtc.TypeRoamingContacts, Bytes: doc}) })
		})
	}
}
