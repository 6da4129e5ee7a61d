package presence

import (
	"slices"
	"time"

	"parley/internal/wire/msrtc"
	"parley/internal/wire/xmldoc"
)

// Profile is what is kept of a user's presence: what the user published for good, and who may see what.
type Profile struct {
	Publications []StoredPublication `json:"publications,omitempty"`
	Containers   []msrtc.Container   `json:"containers,omitempty"`
	Subscribers  []msrtc.Subscriber  `json:"subscribers,omitempty"`
}

// StoredPublication is a static category instance.
type StoredPublication struct {
	Category  string    `json:"category"`
	Instance  uint32    `json:"instance"`
	Container int       `json:"container"`
	Version   int       `json:"version"`
	Published time.Time `json:"published"`
	Body      string    `json:"body,omitempty"` // XML
}

// clone returns a profile that can be changed: values from a bucket are shared.
func (p Profile) clone() Profile {
	p.Publications = slices.Clone(p.Publications)
	p.Containers = slices.Clone(p.Containers)
	for i := range p.Containers {
		p.Containers[i].Members = slices.Clone(p.Containers[i].Members)
	}
	p.Subscribers = slices.Clone(p.Subscribers)
	return p
}

// withDefaults adds the containers that every user has.
func (p Profile) withDefaults() Profile {
	for _, id := range []int{containerBlocked, containerFriends, containerWorkgroup, containerColleagues, containerExternal} {
		if p.container(id) == nil {
			p.Containers = append(p.Containers, msrtc.Container{ID: id})
		}
	}
	return p
}

func (p *Profile) container(id int) *msrtc.Container {
	for i := range p.Containers {
		if p.Containers[i].ID == id {
			return &p.Containers[i]
		}
	}
	return nil
}

// setPublications replaces the static publications by those among the given ones.
func (p *Profile) setPublications(all map[instanceKey]*instance) {
	p.Publications = p.Publications[:0:0]
	for key, in := range all {
		if in.expireType != msrtc.ExpireStatic {
			continue
		}
		s := StoredPublication{Category: key.category, Instance: key.id, Container: key.container, Version: in.version, Published: in.published}
		if in.body != nil {
			s.Body = string(in.body.Bytes())
		}
		p.Publications = append(p.Publications, s)
	}
	slices.SortFunc(p.Publications, func(a, b StoredPublication) int {
		return compareKeys(instanceKey{a.Category, a.Instance, a.Container}, instanceKey{b.Category, b.Instance, b.Container})
	})
}

// instances are the static publications as the presentity keeps them.
func (p Profile) instances() map[instanceKey]*instance {
	all, _ := merged(nil, p)
	return all
}

// instance is a static publication as the presentity keeps it. ok is false for a damaged one, which must not keep its
// user from signing in.
func (s StoredPublication) instance() (in *instance, ok bool) {
	in = &instance{version: s.Version, expireType: msrtc.ExpireStatic, published: s.Published}
	if s.Body != "" {
		body, err := xmldoc.Parse([]byte(s.Body), xmldoc.Limits{})
		if err != nil {
			return nil, false
		}
		in.body = body
	}
	return in, true
}
