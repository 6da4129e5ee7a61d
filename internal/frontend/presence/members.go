package presence

import (
	"errors"
	"slices"
	"strings"

	"parley/internal/stack/notifier"
	"parley/internal/wire/msrtc"
)

// Service answers a SERVICE of the Lync dialect that is about presence: publications, permissions and acknowledged
// watchers. It returns false, having done nothing, for others.
func (s *Service) Service(req Request) bool {
	switch strings.ToLower(req.MediaType()) {
	case msrtc.TypePublish:
		s.publishCategories(req)
	case msrtc.TypeContainerMembers:
		s.setContainerMembers(req)
	case msrtc.TypeSetSubscriber:
		s.setSubscribers(req)
	default:
		return false
	}
	return true
}

// own finds the record of the user that a request is about, which must be its sender; nil when it was refused.
func (s *Service) own(req Request) *presentity {
	user, err := target(req)
	if err != nil {
		s.notifier.Refuse(req, 400, err.Error())
		return nil
	}
	if req.User == "" || user != req.User {
		s.notifier.Refuse(req, 403, "presence is changed by its owner only")
		return nil
	}
	p := s.known(user)
	if p == nil {
		s.notifier.Refuse(req, 404, "")
	}
	return p
}

func (s *Service) setContainerMembers(req Request) {
	p := s.own(req)
	if p == nil {
		return
	}
	changes, err := msrtc.ParseSetContainerMembers(req.Body())
	if err != nil {
		s.badBody(req, err)
		return
	}
	var conflicts []msrtc.Conflict
	p.save(func(profile *Profile) error {
		conflicts = conflicts[:0]
		for i, c := range changes {
			if old := profile.container(c.ID); old != nil && old.Version != c.Version {
				conflicts = append(conflicts, msrtc.Conflict{Index: i + 1, Version: c.Version, Current: old.Version})
			}
		}
		if len(conflicts) > 0 {
			return errVersions
		}
		for _, c := range changes {
			profile.changeMembers(c)
		}
		return nil
	}, func(err error) {
		switch {
		case errors.Is(err, errVersions):
			s.conflict(req, conflicts)
		case err != nil:
			s.notStored(req)
		default:
			s.notifier.Respond(req, notifier.Answer(req, 200))
			p.permissionsChanged()
		}
	})
}

// changeMembers applies one container's changes. Somebody who is added by name leaves the other containers.
func (p *Profile) changeMembers(c msrtc.ContainerChange) {
	if p.container(c.ID) == nil {
		p.Containers = append(p.Containers, msrtc.Container{ID: c.ID})
	}
	into := p.container(c.ID)
	for _, m := range c.Changes {
		m.Value = msrtc.TrimScheme(m.Value)
		into.Members = slices.DeleteFunc(into.Members, func(old msrtc.Member) bool { return old == m.Member })
		if m.Add {
			into.Members = append(into.Members, m.Member)
		}
	}
	into.Version++
}

// permissionsChanged finds out anew what each watcher may see, and tells the user's own endpoints.
func (p *presentity) permissionsChanged() {
	p.mu.Lock()
	for w := range p.watches {
		if c := p.svc.classOf(p.user, p.profile, w.sub.Watcher); c != w.class {
			w.class = c
			p.view.seen[c], p.view.fresh[c] = nil, false // a version that is new to who joins
		}
	}
	owners := p.owned(func(t *selfTopic) []byte {
		if !t.parts.Containers {
			return nil
		}
		return msrtc.AppendRoamingData(nil, msrtc.RoamingData{URI: "sip:" + p.user, Containers: p.profile.Containers})
	})
	winfo := p.tellWatchers()
	send := p.refresh()
	p.mu.Unlock()
	owners()
	winfo()
	send()
}

func (s *Service) conflict(req Request, conflicts []msrtc.Conflict) {
	res := notifier.Answer(req, 409)
	res.Set("ms-diagnostics", s.cfg.diagnostics(409))
	res.SetBody(msrtc.TypeFault, msrtc.AppendFault(nil, msrtc.FaultWrongDelta, conflicts))
	s.notifier.Respond(req, res)
}

func (s *Service) setSubscribers(req Request) {
	p := s.own(req)
	if p == nil {
		return
	}
	list, err := msrtc.ParseSetSubscribers(req.Body())
	if err != nil {
		s.badBody(req, err)
		return
	}
	p.save(func(profile *Profile) error {
		for _, ack := range list {
			i := profile.subscriber(msrtc.TrimScheme(ack.User))
			if i < 0 {
				return errNobody
			}
			profile.Subscribers[i].Acknowledged = ack.Acknowledged
		}
		return nil
	}, func(err error) {
		switch {
		case errors.Is(err, errNobody):
			s.notifier.Refuse(req, 400, err.Error())
		case err != nil:
			s.notStored(req)
		default:
			s.notifier.Respond(req, notifier.Answer(req, 200))
			p.subscribersChanged()
		}
	})
}

func (p *Profile) subscriber(user string) int {
	return slices.IndexFunc(p.Subscribers, func(s msrtc.Subscriber) bool { return s.User == user })
}

func (p *Profile) knows(user string) bool { return p.subscriber(user) >= 0 }

// addSubscriber notes a new watcher. It is called with p.mu held.
func (p *presentity) addSubscriber(user string) {
	name := ""
	kind := "federated"
	if card, ok := p.svc.cfg.Directory.Card(user); ok {
		name, kind = card.DisplayName, "sameEnterprise"
	}
	p.save(func(profile *Profile) error {
		if !profile.knows(user) {
			profile.Subscribers = append(profile.Subscribers, msrtc.Subscriber{User: user, DisplayName: name, Type: kind})
		}
		return nil
	}, func(err error) {
		if err == nil {
			p.subscribersChanged()
		}
	})
}

func (p *presentity) subscribersChanged() {
	p.mu.Lock()
	owners := p.owned(func(t *selfTopic) []byte {
		if !t.parts.Subscribers {
			return nil
		}
		return msrtc.AppendRoamingData(nil, msrtc.RoamingData{URI: "sip:" + p.user, Subscribers: p.unacknowledged(), WithSubscribers: true})
	})
	p.mu.Unlock()
	owners()
}
