package presence

import (
	"strings"

	"parley/internal/wire/msrtc"
)

// Containers of the Lync dialect ([MS-PRES] section 3.7.1). Publications into 2 and 3 are input to the state: the result
// of 3, which has the subject of meetings, is for the workgroup, that of 2 for all others.
const (
	containerState        = 2
	containerStateDetails = 3
	containerExternal     = 100
	containerColleagues   = 200
	containerWorkgroup    = 300
	containerFriends      = 400
	containerBlocked      = 32000
)

// class numbers the ways in which a presentity is seen.
type class int

const (
	classExternal class = iota
	classColleagues
	classWorkgroup
	classFriends
	classBlocked
	classSelf
	classes
)

var containerOfClass = [classes]int{
	classExternal: containerExternal, classColleagues: containerColleagues, classWorkgroup: containerWorkgroup,
	classFriends: containerFriends, classBlocked: containerBlocked, classSelf: containerFriends,
}

// classOf finds what watcher sees of the owner of profile. The most specific kind of member decides; among containers
// that have the watcher by the same kind, blocking and then the highest number does.
func (s *Service) classOf(owner string, profile Profile, watcher string) class {
	if watcher == owner {
		return classSelf
	}
	_, domain, _ := strings.Cut(watcher, "@")
	colleague := s.ours(domain)
	kinds := []msrtc.Member{{Type: msrtc.MemberUser, Value: watcher}, {Type: msrtc.MemberDomain, Value: domain}}
	if colleague {
		kinds = append(kinds, msrtc.Member{Type: msrtc.MemberSameEnterprise})
	} else {
		kinds = append(kinds, msrtc.Member{Type: msrtc.MemberFederated})
	}
	kinds = append(kinds, msrtc.Member{Type: msrtc.MemberEveryone})
	for _, kind := range kinds {
		best := -1
		for _, c := range profile.Containers {
			if c.ID > best && hasMember(c, kind) && isWatchers(c.ID) {
				best = c.ID
			}
		}
		if best >= 0 {
			return classOfContainer(best)
		}
	}
	if colleague {
		return classColleagues
	}
	return classExternal
}

func hasMember(c msrtc.Container, want msrtc.Member) bool {
	for _, m := range c.Members {
		if m.Type == want.Type && msrtc.TrimScheme(m.Value) == want.Value {
			return true
		}
	}
	return false
}

func isWatchers(id int) bool { return id >= containerExternal && id <= containerBlocked }

func classOfContainer(id int) class {
	switch {
	case id >= containerBlocked:
		return classBlocked
	case id >= containerFriends:
		return classFriends
	case id >= containerWorkgroup:
		return classWorkgroup
	case id >= containerColleagues:
		return classColleagues
	}
	return classExternal
}

// ours says whether a domain is one of this server.
func (s *Service) ours(domain string) bool {
	for _, d := range s.cfg.Domains {
		if strings.EqualFold(d, domain) {
			return true
		}
	}
	return false
}
