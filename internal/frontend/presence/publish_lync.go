package presence

import (
	"maps"
	"slices"
	"time"

	"parley/internal/stack/notifier"
	"parley/internal/wire/msrtc"
)

// publishCategories takes category publications. Either all of them are applied or, when a version is not the current
// one, none ([MS-PRES] section 3.3.5.2).
func (s *Service) publishCategories(req Request) {
	p := s.own(req)
	if p == nil {
		return
	}
	uri, list, err := msrtc.ParsePublish(req.Body())
	if err != nil {
		s.badBody(req, err)
		return
	}
	if uri != "" && aorOf(uri) != p.user {
		s.notifier.Refuse(req, 403, "presence is changed by its owner only")
		return
	}
	endpoint := ""
	if from, err := req.From(); err == nil {
		endpoint, _ = from.Params.Get("epid")
	}
	p.mu.Lock()
	if conflicts := p.conflicts(list); len(conflicts) > 0 {
		p.mu.Unlock()
		s.conflict(req, conflicts)
		return
	}
	if len(p.instances)+len(list) > s.cfg.Limits.MaxPublished {
		p.mu.Unlock()
		s.notifier.Refuse(req, 403, "too much is published already")
		return
	}
	after := maps.Clone(p.instances)
	durable, names := apply(after, list, endpoint, time.Now())
	p.instances = after
	var profile Profile
	if durable {
		profile.setPublications(after)
	}
	send := p.refresh()
	owners := p.tellOwners(names...)
	reply := p.ownData(names)
	p.scheduleExpiry(list)
	p.mu.Unlock()

	finish := func(err error) {
		if err != nil {
			s.notStored(req)
			return
		}
		res := notifier.Answer(req, 200)
		res.SetBody(msrtc.TypeRoamingSelf, reply)
		s.notifier.Respond(req, res)
	}
	if durable {
		p.save(func(stored *Profile) { stored.Publications = profile.Publications }, finish)
	} else {
		finish(nil)
	}
	owners()
	send()
}

// conflicts compares versions. A withdrawal of what is not there is none: it is what the client wants.
func (p *presentity) conflicts(list []msrtc.Publication) []msrtc.Conflict {
	var all []msrtc.Conflict
	for i, pub := range list {
		current := 0
		in := p.instances[instanceKey{pub.Category, pub.Instance, pub.Container}]
		if in != nil {
			current = in.version
		}
		if pub.Version != current && !(pub.Withdraw && in == nil) {
			all = append(all, msrtc.Conflict{Index: i + 1, Version: pub.Version, Current: current})
		}
	}
	return all
}

// apply changes instances, and says whether what is kept for good changed and which categories are concerned.
func apply(instances map[instanceKey]*instance, list []msrtc.Publication, endpoint string, now time.Time) (durable bool, names []string) {
	for _, pub := range list {
		key := instanceKey{pub.Category, pub.Instance, pub.Container}
		if !slices.Contains(names, pub.Category) {
			names = append(names, pub.Category)
		}
		old := instances[key]
		durable = durable || pub.ExpireType == msrtc.ExpireStatic || old != nil && old.expireType == msrtc.ExpireStatic
		if pub.Withdraw {
			delete(instances, key)
			continue
		}
		in := &instance{version: pub.Version + 1, expireType: pub.ExpireType, endpoint: endpoint, published: now.UTC(), body: pub.Body}
		if pub.ExpireType == msrtc.ExpireTime {
			in.until = now.Add(time.Duration(pub.Expires) * time.Second)
		}
		instances[key] = in
	}
	return durable, names
}

// scheduleExpiry sees to the end of what was published for a time. It is called with p.mu held.
func (p *presentity) scheduleExpiry(list []msrtc.Publication) {
	for _, pub := range list {
		if pub.ExpireType == msrtc.ExpireTime && !pub.Withdraw {
			p.svc.after(time.Duration(pub.Expires)*time.Second, p.expire)
		}
	}
}

// expire removes what has run out.
func (p *presentity) expire() {
	p.mu.Lock()
	now := time.Now()
	var names []string
	for key, in := range p.instances {
		if in.expireType == msrtc.ExpireTime && !now.Before(in.until) {
			delete(p.instances, key)
			names = append(names, key.category)
		}
	}
	send := p.refresh()
	owners := p.tellOwners(names...)
	p.mu.Unlock()
	owners()
	send()
}
