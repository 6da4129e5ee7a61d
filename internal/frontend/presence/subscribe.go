package presence

import (
	"errors"
	"slices"
	"strings"
	"time"

	"parley/internal/stack/notifier"
	"parley/internal/wire/msrtc"
	"parley/internal/wire/pidf"
	"parley/internal/wire/sip"
)

// Event packages that Subscribe takes.
const (
	eventPresence    = "presence"
	eventWatchers    = "presence.winfo"
	eventDialog      = "dialog"
	eventRoamingSelf = "vnd-microsoft-roaming-self"
)

// Events lists the event packages of the service, for Allow-Events and for routing.
func Events() []string {
	return []string{eventPresence, eventWatchers, eventDialog, eventRoamingSelf}
}

// Subscribe answers a SUBSCRIBE for one of Events, whether it begins a dialog or is within one.
func (s *Service) Subscribe(req Request) {
	req, ok := s.notifier.Decode(req)
	if !ok {
		return
	}
	if to, err := req.To(); err == nil && to.Tag() != "" {
		if !s.Owns(req) {
			s.notifier.Refuse(req, 481, "")
		}
		return
	}
	if req.User == "" {
		s.notifier.Refuse(req, 403, "sign in to watch presence")
		return
	}
	user, err := target(req)
	if err != nil {
		s.notifier.Refuse(req, 400, err.Error())
		return
	}
	switch req.EventPackage() {
	case eventPresence:
		s.subscribePresence(req, user)
	case eventWatchers:
		s.subscribeOwn(req, user, func(sub *notifier.Subscription, p *presentity) notifier.Topic { return newWinfoTopic(sub, p) })
	case eventDialog:
		s.subscribeDialog(req, user)
	case eventRoamingSelf:
		s.subscribeSelf(req, user)
	default:
		s.notifier.Refuse(req, 489, "", "Allow-Events", strings.Join(Events(), ", "))
	}
}

// Owns takes a request in the dialog of a subscription of this service, and says whether it is one.
func (s *Service) Owns(req Request) bool { return s.notifier.Continue(req) }

// longest is the longest lifetime for a subscription of this watcher.
func (s *Service) longest(req Request) time.Duration {
	if isLync(req) {
		return s.cfg.Limits.LyncExpires
	}
	return s.cfg.Limits.MaxExpires
}

// isLync tells the dialect of a subscription by what it can take, not by who sent it.
func isLync(req Request) bool {
	return accepts(req, msrtc.TypeCategories) || strings.HasPrefix(req.EventPackage(), "vnd-microsoft-")
}

func accepts(req Request, mediaType string) bool {
	for _, a := range req.List("Accept") {
		a, _, _ = strings.Cut(a, ";")
		if strings.EqualFold(strings.TrimSpace(a), mediaType) {
			return true
		}
	}
	return false
}

func (s *Service) begin(req Request, build func(*notifier.Subscription) (notifier.Topic, int, string)) {
	s.notifier.Begin(req, s.longest(req), build)
}

func (s *Service) subscribePresence(req Request, user string) {
	switch {
	case isLync(req) && strings.EqualFold(req.MediaType(), msrtc.TypeBatchSub):
		s.begin(req, func(sub *notifier.Subscription) (notifier.Topic, int, string) {
			t := &batchTopic{svc: s, sub: sub, watches: map[string]*watch{}}
			code, reason := t.Changed(req)
			return t, code, reason
		})
	case isLync(req):
		s.beginSingle(req, user, sayCategories)
	case req.HasToken("Supported", "eventlist") && s.isList(req, user):
		s.subscribeList(req, user)
	case req.Has("Accept") && !accepts(req, pidf.TypePIDF) && !accepts(req, "*/*") && !accepts(req, "application/*"):
		s.notifier.Refuse(req, 406, "presence is told as "+pidf.TypePIDF, "Accept", pidf.TypePIDF)
	default:
		s.beginSingle(req, user, sayPIDF)
	}
}

func (s *Service) beginSingle(req Request, user string, say func(*seen) notifier.Body) {
	p := s.known(user)
	if p == nil {
		s.notifier.Refuse(req, 404, "")
		return
	}
	s.begin(req, func(sub *notifier.Subscription) (notifier.Topic, int, string) {
		w := s.watch(sub, p, say)
		s.newWatcher(w)
		return &singleTopic{w}, 0, ""
	})
}

// isList says whether a request is for a list: its URI names a group by the parameter pres-list, or is the watcher's
// own, or it brings a list along (RFC 5367).
func (s *Service) isList(req Request, user string) bool {
	return strings.EqualFold(req.MediaType(), pidf.TypeResourceLists) || user == req.User || listName(req) != ""
}

func listName(req Request) string {
	u, err := sip.ParseURI(req.RequestURI())
	if err != nil {
		return ""
	}
	name, _ := u.Params.Get("pres-list")
	return name
}

func (s *Service) subscribeList(req Request, user string) {
	names, code, reason := s.listed(req, user)
	if code != 0 {
		s.notifier.Refuse(req, code, reason)
		return
	}
	s.begin(req, func(sub *notifier.Subscription) (notifier.Topic, int, string) {
		t := &listTopic{svc: s, sub: sub, uri: req.RequestURI(), names: names, watches: map[string]*watch{}}
		for _, name := range names {
			if p := s.known(name); p != nil {
				w := s.watch(sub, p, t.say)
				t.watches[name] = w
				s.newWatcher(w)
			}
		}
		return t, 0, ""
	})
}

// listed are the users of the list that a request asks for, each once.
func (s *Service) listed(req Request, user string) (names []string, code int, reason string) {
	if strings.EqualFold(req.MediaType(), pidf.TypeResourceLists) {
		lists, err := pidf.ParseResourceLists(req.Body())
		if err != nil {
			return nil, 400, err.Error()
		}
		for _, l := range lists {
			for _, e := range l.Entries {
				if name := aorOf(e.URI); !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	} else {
		if user != req.User {
			return nil, 403, "contact lists are for their owners"
		}
		if s.cfg.Contacts != nil {
			group := listName(req)
			if strings.EqualFold(group, "contacts") {
				group = ""
			}
			names = s.cfg.Contacts.Watched(user, group)
		}
	}
	if len(names) > s.cfg.Limits.MaxWatched {
		return nil, 403, errTooMany.Error()
	}
	return names, 0, ""
}

var errTooMany = errors.New("the list is too long")

// subscribeOwn begins a subscription that only the user itself may have.
func (s *Service) subscribeOwn(req Request, user string, build func(*notifier.Subscription, *presentity) notifier.Topic) {
	if user != req.User {
		s.notifier.Refuse(req, 403, "only the user itself may watch this")
		return
	}
	p := s.known(user)
	if p == nil {
		s.notifier.Refuse(req, 404, "")
		return
	}
	s.begin(req, func(sub *notifier.Subscription) (notifier.Topic, int, string) { return build(sub, p), 0, "" })
}

// subscribeDialog begins a subscription to somebody's calls, for colleagues who are not blocked.
func (s *Service) subscribeDialog(req Request, user string) {
	p := s.known(user)
	if p == nil {
		s.notifier.Refuse(req, 404, "")
		return
	}
	p.mu.Lock()
	c := s.classOf(user, p.profile, req.User)
	p.mu.Unlock()
	if c == classBlocked || c == classExternal {
		s.notifier.Refuse(req, 403, "")
		return
	}
	s.begin(req, func(sub *notifier.Subscription) (notifier.Topic, int, string) { return newDialogTopic(sub, p), 0, "" })
}
