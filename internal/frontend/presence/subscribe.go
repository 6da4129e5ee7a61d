package presence

import (
	"errors"
	"slices"
	"strings"
	"time"

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
	to, err := req.To()
	if err != nil {
		s.refuse(req, 400, err.Error())
		return
	}
	if tag := to.Tag(); tag != "" {
		s.resubscribe(req, tag)
		return
	}
	if req.User == "" {
		s.refuse(req, 403, "sign in to watch presence")
		return
	}
	user, err := target(req)
	if err != nil {
		s.refuse(req, 400, err.Error())
		return
	}
	switch req.EventPackage() {
	case eventPresence:
		s.subscribePresence(req, user)
	case eventWatchers:
		s.subscribeOwn(req, user, func(sub *subscription, p *presentity) topic { return newWinfoTopic(sub, p) })
	case eventDialog:
		s.subscribeDialog(req, user)
	case eventRoamingSelf:
		s.subscribeSelf(req, user)
	default:
		s.refuse(req, 489, "", "Allow-Events", strings.Join(Events(), ", "))
	}
}

// resubscribe takes a request within a dialog: a refresh, an end, or more to watch.
func (s *Service) resubscribe(req Request, tag string) {
	s.mu.RLock()
	sub := s.subscriptions[tag]
	s.mu.RUnlock()
	from, err := req.From()
	// Call-IDs and tags of peers are weak, so all that names the dialog must fit.
	if sub == nil || err != nil || sub.callID != req.CallID() || sub.peerTag != from.Tag() || sub.watcher != req.User {
		s.refuse(req, 481, "")
		return
	}
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if sub.ended {
		s.refuse(req, 481, "")
		return
	}
	number, _, err := req.CSeq()
	if err != nil || number <= sub.peerCSeq {
		s.refuse(req, 500, "request out of order", "Retry-After", "1") // RFC 3261 section 12.2.2
		return
	}
	lifetime, ok := s.granted(req, s.longest(req))
	if !ok {
		return
	}
	sub.peerCSeq = number
	if code, reason := sub.retarget(req); code != 0 {
		s.refuse(req, code, reason)
		return
	}
	if lifetime > 0 {
		if code, reason := sub.topic.changed(req); code != 0 {
			s.refuse(req, code, reason)
			return
		}
	}
	sub.extend(lifetime)
	sub.accept(req, lifetime)
	if lifetime == 0 {
		sub.drop()
	}
}

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

// begin opens a subscription with the topic that make builds, answers, and tells what there is.
func (s *Service) begin(req Request, build func(sub *subscription) (topic, int, string)) {
	lifetime, ok := s.granted(req, s.longest(req))
	if !ok {
		return
	}
	sub := &subscription{}
	sub.mu.Lock()
	defer sub.mu.Unlock()
	sub.watcher, sub.svc = req.User, s
	if !s.open(req, sub, lifetime) {
		return
	}
	t, code, reason := build(sub)
	if t == nil {
		t = noTopic{}
	}
	sub.topic = t
	if code != 0 {
		s.refuse(req, code, reason)
		sub.drop()
		return
	}
	sub.accept(req, lifetime)
	if lifetime == 0 {
		sub.drop()
	}
}

// noTopic stands for that of a subscription that was refused.
type noTopic struct{}

func (noTopic) full() body                    { return body{} }
func (noTopic) changed(Request) (int, string) { return 0, "" }
func (noTopic) stop()                         {}

func (s *Service) subscribePresence(req Request, user string) {
	switch {
	case isLync(req) && strings.EqualFold(req.MediaType(), msrtc.TypeBatchSub):
		s.begin(req, func(sub *subscription) (topic, int, string) {
			t := &batchTopic{sub: sub, watches: map[string]*watch{}}
			code, reason := t.changed(req)
			return t, code, reason
		})
	case isLync(req):
		s.beginSingle(req, user, sayCategories)
	case req.HasToken("Supported", "eventlist") && s.isList(req, user):
		s.subscribeList(req, user)
	case req.Has("Accept") && !accepts(req, pidf.TypePIDF) && !accepts(req, "*/*") && !accepts(req, "application/*"):
		s.refuse(req, 406, "presence is told as "+pidf.TypePIDF, "Accept", pidf.TypePIDF)
	default:
		s.beginSingle(req, user, sayPIDF)
	}
}

func (s *Service) beginSingle(req Request, user string, say func(*seen) body) {
	p := s.known(user)
	if p == nil {
		s.refuse(req, 404, "")
		return
	}
	s.begin(req, func(sub *subscription) (topic, int, string) {
		w, _ := sub.watch(p, say)
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
		s.refuse(req, code, reason)
		return
	}
	s.begin(req, func(sub *subscription) (topic, int, string) {
		t := &listTopic{sub: sub, uri: req.RequestURI(), names: names, watches: map[string]*watch{}}
		for _, name := range names {
			if p := s.known(name); p != nil {
				w, _ := sub.watch(p, t.say)
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
func (s *Service) subscribeOwn(req Request, user string, build func(*subscription, *presentity) topic) {
	if user != req.User {
		s.refuse(req, 403, "only the user itself may watch this")
		return
	}
	p := s.known(user)
	if p == nil {
		s.refuse(req, 404, "")
		return
	}
	s.begin(req, func(sub *subscription) (topic, int, string) { return build(sub, p), 0, "" })
}

// subscribeDialog begins a subscription to somebody's calls, for colleagues who are not blocked.
func (s *Service) subscribeDialog(req Request, user string) {
	p := s.known(user)
	if p == nil {
		s.refuse(req, 404, "")
		return
	}
	p.mu.Lock()
	c := s.classOf(user, p.profile, req.User)
	p.mu.Unlock()
	if c == classBlocked || c == classExternal {
		s.refuse(req, 403, "")
		return
	}
	s.begin(req, func(sub *subscription) (topic, int, string) { return newDialogTopic(sub, p), 0, "" })
}
