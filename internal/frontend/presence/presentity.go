package presence

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"

	dp "parley/internal/dialect/presence"
	"parley/internal/event"
	"parley/internal/stack/notifier"
	"parley/internal/wire/msrtc"
	"parley/internal/wire/pidf"
)

// presentity is one user whose presence is known or watched.
type presentity struct {
	svc  *Service
	user string // user@domain

	mu        sync.Mutex
	profile   Profile
	rev       uint64 // of the profile in its bucket
	instances map[instanceKey]*instance
	documents map[string]*document // of standard devices, by entity tag
	devices   map[string]*device
	calls     map[string]pidf.Dialog

	watches map[*watch]struct{}                 // who watches the state
	owners  map[*notifier.Subscription]struct{} // the user's own endpoints with a roaming-self subscription
	winfo   map[*notifier.Subscription]struct{}
	dialogs map[*notifier.Subscription]struct{}

	view    view
	told    time.Time // when watchers were last told
	pending bool      // a timer will tell them
}

// document is a publication by RFC 3903.
type document struct {
	state   dp.State
	isCall  bool // of the dialog package
	dialogs []pidf.Dialog
	timer   *time.Timer
}

// refresh computes the state anew after a change and tells the watchers, at once or together with changes that follow
// soon; the user's own endpoints always at once. It is called with p.mu held and returns what to do after unlocking.
func (p *presentity) refresh() func() {
	now := time.Now()
	before := p.view.states[0]
	p.renew(now)
	owners := func() {}
	if !sameState(before, p.view.states[0]) {
		owners = p.tellOwners(msrtc.CategoryState)
		p.publish(p.view.states[0])
	}
	if p.pending {
		return owners
	}
	if wait := p.svc.cfg.Limits.Coalesce - now.Sub(p.told); wait > 0 && !p.told.IsZero() {
		p.pending = true
		p.svc.after(wait, p.tell)
		return owners
	}
	send := p.deliveries(now)
	return func() { owners(); send() }
}

// publish puts a changed state on the event spine, which does not wait for its readers.
func (p *presentity) publish(s dp.State) {
	events := p.svc.cfg.Events
	if events == nil {
		return
	}
	events.Publish(event.PresenceChanged{
		AOR: p.user, Availability: s.Availability, Activity: s.Activity, Note: strings.Join(s.Notes, "; "),
	})
}

// tell ends a pause between notifications.
func (p *presentity) tell() {
	p.mu.Lock()
	p.pending = false
	now := time.Now()
	p.renew(now)
	send := p.deliveries(now)
	p.mu.Unlock()
	send()
}

// deliveries renders what changed and returns the sending of it. It is called with p.mu held.
func (p *presentity) deliveries(now time.Time) func() {
	type delivery struct {
		watch *watch
		seen  *seen
	}
	var list []delivery
	for w := range p.watches {
		seen := p.seenBy(w.class)
		if seen.version != w.queued {
			w.queued = seen.version
			list = append(list, delivery{w, seen})
		}
	}
	if len(list) == 0 {
		return func() {}
	}
	p.told = now
	return func() {
		for _, d := range list {
			d.watch.deliver(d.seen)
		}
	}
}

// renew recomputes the two states and drops what was rendered from others.
func (p *presentity) renew(now time.Time) {
	for i, container := range []int{containerState, containerStateDetails} {
		p.view.states[i] = p.state(container, now)
	}
	p.view.fresh = [classes]bool{}
}

// seenBy is what watchers of a class see. It is rendered when somebody of the class is there to see it, and has a new
// version only if its bytes are new.
func (p *presentity) seenBy(c class) *seen {
	old := p.view.seen[c]
	if p.view.fresh[c] && old != nil {
		return old
	}
	next := p.render(c)
	p.view.fresh[c] = true
	if old != nil && bytes.Equal(old.categories, next.categories) && bytes.Equal(old.pidf, next.pidf) {
		return old
	}
	p.view.versions++
	next.version = p.view.versions
	p.view.seen[c] = next
	return next
}

// state is the user's state from what is published into a container of the Lync dialect, and everything else.
func (p *presentity) state(container int, now time.Time) dp.State {
	var in inputs
	for key, i := range p.instances {
		if key.category != msrtc.CategoryState || i.body == nil || key.container != container {
			continue
		}
		p.addInstance(&in, i)
	}
	for _, d := range p.documents {
		if d.isCall {
			if s, ok := dp.FromDialogs(d.dialogs); ok {
				in.calls = append(in.calls, s)
			}
			continue
		}
		in.add(d.state)
	}
	if s, ok := dp.FromDialogs(p.callList()); ok {
		in.calls = append(in.calls, s)
	}
	in.calendar = append(in.calendar, p.calendar(now)...)
	hasDocument := len(p.documents) > 0
	for _, d := range p.devices {
		switch {
		case d.unknown:
			in.lost = true
		case d.plain && !hasDocument:
			in.plain = append(in.plain, dp.State{Availability: dp.Available})
		}
	}
	return aggregate(in)
}

func (p *presentity) addInstance(in *inputs, i *instance) {
	wire := msrtc.StateOf(i.body)
	s := dp.State{Availability: wire.Availability, Activity: wire.Activity, Custom: wire.Custom, Subject: wire.MeetingSubject, Observed: true}
	if s.IsIdle() || s.IsAway() {
		s.IdleSince = wire.LastActive
	}
	switch wire.Kind {
	case msrtc.StateMachine:
		if d := p.devices[i.endpoint]; d != nil && d.unknown {
			return
		}
		in.machines = append(in.machines, s)
	case msrtc.StateUser:
		if s.Availability < dp.Idle && s.Known() {
			in.availableSince = i.published
			return
		}
		if s.Known() {
			in.chosen = append(in.chosen, s)
		}
	case msrtc.StateCalendar:
		if s.IsBusy() || s.Activity == dp.TokenOutOfOffice && s.IsAway() {
			in.calendar = append(in.calendar, s)
			if i.published.After(in.meetingSince) {
				in.meetingSince = i.published
			}
		}
	case msrtc.StatePhone, msrtc.StateConference:
		switch {
		case s.IsDoNotDisturb():
			in.chosen = append(in.chosen, s)
		case s.IsBusy():
			in.calls = append(in.calls, s)
		}
	}
}

// calendar is what the free/busy data that the user publishes says about now, for users whose clients publish no
// calendar state.
func (p *presentity) calendar(now time.Time) []dp.State {
	for key, i := range p.instances {
		if key.category != msrtc.CategoryCalendarData || i.body == nil || key.container != containerColleagues {
			continue
		}
		if f, ok := freeBusyOf(i.body); ok {
			if s, ok := f.Meeting(now); ok {
				return []dp.State{s}
			}
		}
	}
	return nil
}

func (p *presentity) callList() []pidf.Dialog {
	list := make([]pidf.Dialog, 0, len(p.calls))
	for _, d := range p.calls {
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b pidf.Dialog) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return list
}
