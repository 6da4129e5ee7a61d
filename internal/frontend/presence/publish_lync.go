package presence

import (
	"errors"
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
	now := time.Now()
	if p.concernsStatic(list) {
		s.publishDurably(req, p, list, endpoint, now)
		return
	}
	p.mu.Lock()
	if all := conflicts(p.instances, list); len(all) > 0 {
		p.mu.Unlock()
		s.conflict(req, all)
		return
	}
	if len(p.instances)+len(list) > s.cfg.Limits.MaxPublished {
		p.mu.Unlock()
		s.notifier.Refuse(req, 403, errFull.Error())
		return
	}
	reply, tell := p.publishNow(list, endpoint, now)
	p.mu.Unlock()
	s.published(req, reply)
	tell()
}

// publishDurably stores the static publications of list before anything of it takes effect: what cannot be stored was
// never seen.
func (s *Service) publishDurably(req Request, p *presentity, list []msrtc.Publication, endpoint string, now time.Time) {
	var wrong []msrtc.Conflict
	p.save(func(profile *Profile) error {
		p.mu.Lock()
		all, _ := merged(p.instances, *profile)
		p.mu.Unlock()
		if wrong = conflicts(all, list); len(wrong) > 0 {
			return errVersions
		}
		if len(all)+len(list) > s.cfg.Limits.MaxPublished {
			return errFull
		}
		apply(all, list, endpoint, now)
		profile.setPublications(all)
		return nil
	}, func(err error) {
		switch {
		case errors.Is(err, errVersions):
			s.conflict(req, wrong)
		case errors.Is(err, errFull):
			s.notifier.Refuse(req, 403, err.Error())
		case err != nil:
			s.notStored(req)
		default:
			p.mu.Lock()
			reply, tell := p.publishNow(list, endpoint, now)
			p.mu.Unlock()
			s.published(req, reply)
			tell()
		}
	})
}

// publishNow applies publications and returns the answer to them and what tells whom they concern. The caller holds p.mu.
func (p *presentity) publishNow(list []msrtc.Publication, endpoint string, now time.Time) (reply []byte, tell func()) {
	p.instances = maps.Clone(p.instances)
	names := apply(p.instances, list, endpoint, now)
	send := p.refresh()
	owners := p.tellOwners(names...)
	p.scheduleExpiry(list)
	return p.ownData(names), func() { owners(); send() }
}

func (s *Service) published(req Request, reply []byte) {
	res := notifier.Answer(req, 200)
	res.SetBody(msrtc.TypeRoamingSelf, reply)
	s.notifier.Respond(req, res)
}

// concernsStatic says whether anything in list is kept for good, or was.
func (p *presentity) concernsStatic(list []msrtc.Publication) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(list, func(pub msrtc.Publication) bool {
		old := p.instances[instanceKey{pub.Category, pub.Instance, pub.Container}]
		return pub.ExpireType == msrtc.ExpireStatic || old != nil && old.expireType == msrtc.ExpireStatic
	})
}

// conflicts compares versions. A withdrawal of what is not there is none: it is what the client wants.
func conflicts(instances map[instanceKey]*instance, list []msrtc.Publication) []msrtc.Conflict {
	var all []msrtc.Conflict
	for i, pub := range list {
		current := 0
		in := instances[instanceKey{pub.Category, pub.Instance, pub.Container}]
		if in != nil {
			current = in.version
		}
		if pub.Version != current && !(pub.Withdraw && in == nil) {
			all = append(all, msrtc.Conflict{Index: i + 1, Version: pub.Version, Current: current})
		}
	}
	return all
}

// apply changes instances and returns the categories that are concerned.
func apply(instances map[instanceKey]*instance, list []msrtc.Publication, endpoint string, now time.Time) (names []string) {
	for _, pub := range list {
		key := instanceKey{pub.Category, pub.Instance, pub.Container}
		if !slices.Contains(names, pub.Category) {
			names = append(names, pub.Category)
		}
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
	return names
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
