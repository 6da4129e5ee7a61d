package presence

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"parley/internal/stack/notifier"
	"parley/internal/stack/transport"
	"parley/internal/state/ordered"
	"parley/internal/wire/msrtc"
	"parley/internal/wire/pidf"
)

// Service is the presence service. Its methods may be called from a flow's reader: none waits for a disk or a peer.
type Service struct {
	cfg      Config
	log      *slog.Logger
	disk     ordered.Runner
	notifier *notifier.Notifier

	mu           sync.RWMutex
	presentities map[string]*presentity
	unwatch      func()
}

// New returns a service.
func New(cfg Config) *Service {
	cfg.Limits = cfg.Limits.withDefaults()
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Service{cfg: cfg, log: log, presentities: map[string]*presentity{}, notifier: notifier.New(notifier.Config{
		Network: cfg.Network, Contact: cfg.Contact, Host: cfg.Host, MinExpires: cfg.Limits.MinExpires, Diagnostics: cfg.diagnostics, Most: cfg.Limits.MaxSubscribers, Log: log,
	})}
	s.unwatch = cfg.Profiles.Watch(s.profileChanged)
	return s
}

// Run keeps the service until ctx ends, then stops its timers and waits for what is being written.
func (s *Service) Run(ctx context.Context) error {
	<-ctx.Done()
	s.Close()
	return nil
}

// Close ends the service.
func (s *Service) Close() {
	s.unwatch()
	s.notifier.Close()
	s.mu.RLock()
	users := maps.Clone(s.presentities)
	s.mu.RUnlock()
	for _, p := range users {
		p.mu.Lock()
		for _, d := range p.devices {
			d.found()
		}
		for _, doc := range p.documents {
			doc.timer.Stop()
		}
		p.mu.Unlock()
	}
	s.disk.Close()
}

// FlowClosed ends the subscriptions of a connection that ended.
func (s *Service) FlowClosed(flow transport.Flow) { s.notifier.FlowClosed(flow) }

// Subscriptions counts the subscriptions.
func (s *Service) Subscriptions() int { return s.notifier.Count() }

// after calls f later, unless the service is closed by then.
func (s *Service) after(d time.Duration, f func()) *time.Timer { return s.notifier.After(d, f) }

// presentity finds or makes a user's record.
func (s *Service) presentity(user string) *presentity {
	s.mu.RLock()
	p := s.presentities[user]
	s.mu.RUnlock()
	if p != nil {
		return p
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p = s.presentities[user]; p != nil {
		return p
	}
	// Read under the lock, so that a change of it either is in what is read or finds the record.
	profile, rev, _ := s.cfg.Profiles.Get(user)
	p = &presentity{
		svc: s, user: user, rev: rev, profile: profile.clone().withDefaults(), instances: profile.instances(),
		documents: map[string]*document{}, devices: map[string]*device{}, calls: map[string]pidf.Dialog{},
		watches: map[*watch]struct{}{}, owners: map[*notifier.Subscription]struct{}{}, winfo: map[*notifier.Subscription]struct{}{}, dialogs: map[*notifier.Subscription]struct{}{},
	}
	p.renew(time.Now())
	s.presentities[user] = p
	return p
}

// known finds the record of a user of this server; nil for everybody else.
func (s *Service) known(user string) *presentity {
	if _, ok := s.cfg.Directory.Card(user); !ok {
		return nil
	}
	return s.presentity(user)
}

// State is what a user's presence amounts to now, as the user's closest watchers see it: for the portal and for calls.
func (s *Service) State(user string) (availability int, activity string) {
	p := s.presentity(user)
	p.mu.Lock()
	defer p.mu.Unlock()
	state := p.view.states[0]
	return state.Availability, state.Activity
}

func aorOf(uri string) string { return msrtc.TrimScheme(uri) }
