package presence

import (
	"context"
	"errors"
	"reflect"

	"parley/internal/state"
	"parley/internal/wire/msrtc"
)

// Reasons of a change not to store anything.
var (
	errVersions = errors.New("not the current version")
	errFull     = errors.New("too much is published already")
	errNobody   = errors.New("no such subscriber")
)

// save stores a changed profile, takes it over and then calls done, from another goroutine than the caller's. Nothing has
// changed when done gets an error. Changes of one user are stored in their order; change is called again when another
// node was faster.
func (p *presentity) save(change func(*Profile) error, done func(error)) {
	taken := p.svc.disk.Go(p.user, func() {
		next, rev, err := p.svc.cfg.Profiles.Edit(context.Background(), p.user, func(stored Profile) (Profile, error) {
			next := stored.clone().withDefaults()
			return next, change(&next)
		})
		switch {
		case err == nil:
			p.mu.Lock()
			p.take(next, rev)
			p.mu.Unlock()
		case !errors.Is(err, errVersions) && !errors.Is(err, errFull) && !errors.Is(err, errNobody):
			p.svc.log.Error("presence could not be stored", "user", p.user, "err", err)
		}
		done(err)
	})
	if !taken {
		done(context.Canceled)
	}
}

// take makes a stored profile the user's, unless a newer one is already. It returns the categories whose static
// publications are others than before. The caller holds p.mu.
func (p *presentity) take(next Profile, rev uint64) (names []string) {
	if rev <= p.rev {
		return nil
	}
	p.profile, p.rev = next, rev
	var changed map[string]bool
	p.instances, changed = merged(p.instances, next)
	for name := range changed {
		names = append(names, name)
	}
	return names
}

// merged is a user's publications with the static ones of a profile in place of their own, and the categories that this
// changes. Those that stay the same are not read again.
func merged(have map[instanceKey]*instance, profile Profile) (all map[instanceKey]*instance, changed map[string]bool) {
	all, changed = make(map[instanceKey]*instance, len(have)), map[string]bool{}
	for key, in := range have {
		if in.expireType != msrtc.ExpireStatic {
			all[key] = in
		}
	}
	for _, s := range profile.Publications {
		key := instanceKey{s.Category, s.Instance, s.Container}
		if in := have[key]; in != nil && in.expireType == msrtc.ExpireStatic && in.version == s.Version && in.published.Equal(s.Published) {
			all[key] = in
			continue
		}
		if in, ok := s.instance(); ok {
			all[key] = in
			changed[s.Category] = true
		}
	}
	for key, in := range have {
		if in.expireType == msrtc.ExpireStatic && all[key] == nil {
			changed[key.category] = true
		}
	}
	return all, changed
}

// profileChanged hears of every change of the bucket. Those of this process have been taken over by save, which runs in the
// same queue.
func (s *Service) profileChanged(c state.Change[Profile]) {
	s.mu.RLock()
	p := s.presentities[c.Key]
	s.mu.RUnlock()
	if p == nil {
		return // read when it is needed
	}
	s.disk.Go(c.Key, func() { p.follow(c) })
}

// follow takes over what another node stored, and tells whom it concerns.
func (p *presentity) follow(c state.Change[Profile]) {
	p.mu.Lock()
	if c.Rev <= p.rev {
		p.mu.Unlock()
		return
	}
	before := p.profile
	names := p.take(c.Value.clone().withDefaults(), c.Rev)
	members := !reflect.DeepEqual(before.Containers, p.profile.Containers)
	subscribers := !reflect.DeepEqual(before.Subscribers, p.profile.Subscribers)
	send := p.refresh()
	owners := p.tellOwners(names...)
	p.mu.Unlock()
	owners()
	send()
	if members {
		p.permissionsChanged()
	}
	if subscribers {
		p.subscribersChanged()
	}
}
