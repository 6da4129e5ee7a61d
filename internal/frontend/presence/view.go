package presence

import (
	"slices"
	"time"

	dp "parley/internal/dialect/presence"
	"parley/internal/wire/msrtc"
	"parley/internal/wire/pidf"
	"parley/internal/wire/xmldoc"
)

// view is what others see of a presentity, rendered once for all watchers of a class.
type view struct {
	states   [2]dp.State // from container 2 and from container 3
	shown    [2]shownState
	versions uint64 // of renderings of any class, so that a watcher who changes class sees them grow
	seen     [classes]*seen
	fresh    [classes]bool
}

// shownState remembers since when a state is shown, so that the same state gives the same bytes.
type shownState struct {
	state dp.State
	since time.Time
}

// seen is one rendering; it does not change any more.
type seen struct {
	version    uint64
	uri        string
	offline    bool
	categories []byte // for the Lync dialect
	pidf       []byte
}

// render is called with p.mu held.
func (p *presentity) render(c class) *seen {
	uri := "sip:" + p.user
	which := 0
	if c == classWorkgroup {
		which = 1
	}
	shown := p.shownState(which)
	state := shown.state
	if c != classWorkgroup && c != classFriends && c != classSelf {
		state.Subject = ""
	}
	if c == classBlocked {
		state, shown.since = dp.State{Availability: dp.Offline}, time.Time{}
	}
	var published []msrtc.Category
	var notes []string
	if c != classBlocked {
		published = p.published(containerOfClass[c])
		for _, cat := range published {
			if cat.Name == msrtc.CategoryNote && cat.Body != nil {
				for _, n := range msrtc.NotesOf(cat.Body) {
					notes = append(notes, n.Text)
				}
			}
		}
		notes = append(notes, p.documentNotes()...)
	}
	out := &seen{uri: uri, offline: !state.Known() || state.IsOffline()}
	out.categories = msrtc.AppendCategories(nil, uri, p.categories(c, state, shown.since, published))
	state.Notes = notes
	out.pidf = pidf.AppendPresence(nil, dp.ToPIDF(state, uri, shown.since))
	return out
}

func (p *presentity) shownState(which int) shownState {
	state := p.view.states[which]
	if old := p.view.shown[which]; !sameState(old.state, state) || old.since.IsZero() {
		p.view.shown[which] = shownState{state: state, since: time.Now()}
	}
	return p.view.shown[which]
}

func sameState(a, b dp.State) bool {
	return a.Availability == b.Availability && a.Activity == b.Activity && a.Custom == b.Custom && a.Subject == b.Subject &&
		a.IdleSince.Equal(b.IdleSince) && a.Until.Equal(b.Until)
}

// categories are a watcher's view: the server's state, the card, and what the user published for the class. Note and
// calendar are always there, empty if need be: clients keep the old one otherwise.
func (p *presentity) categories(c class, state dp.State, since time.Time, published []msrtc.Category) []msrtc.Category {
	list := []msrtc.Category{{Name: msrtc.CategoryState, Instance: 1, PublishTime: since, Body: stateBody(state, since)}}
	has := map[string]bool{}
	for _, cat := range published {
		if cat.Name == msrtc.CategoryState {
			continue
		}
		has[cat.Name] = true
		list = append(list, cat)
	}
	if !has[msrtc.CategoryContactCard] {
		if card, ok := p.svc.cfg.Directory.Card(p.user); ok {
			switch c {
			case classBlocked:
				card = msrtc.ContactCard{DisplayName: card.DisplayName}
			case classExternal:
				card = msrtc.ContactCard{DisplayName: card.DisplayName, Email: card.Email}
			}
			list = append(list, msrtc.Category{Name: msrtc.CategoryContactCard, Body: card.Node()})
		}
	}
	if !has[msrtc.CategoryNote] {
		for _, text := range p.documentNotes() {
			if c != classBlocked {
				list = append(list, msrtc.Category{Name: msrtc.CategoryNote, Body: msrtc.Note{Type: msrtc.NotePersonal, Text: text}.Node()})
				has[msrtc.CategoryNote] = true
				break
			}
		}
	}
	for _, name := range []string{msrtc.CategoryNote, msrtc.CategoryCalendarData} {
		if !has[name] {
			list = append(list, msrtc.Category{Name: name})
		}
	}
	if c != classBlocked && !has[msrtc.CategoryServices] {
		list = append(list, msrtc.Category{Name: msrtc.CategoryServices, Body: p.services(state)})
	}
	return list
}

func stateBody(s dp.State, since time.Time) *xmldoc.Node {
	lastActive := s.IdleSince
	if lastActive.IsZero() {
		lastActive = since
	}
	token := s.Activity
	if token == "idle" || token == "busyidle" || token == "away" || token == "busy" || token == "do-not-disturb" {
		token = "" // clients name these by the availability in their user's language
	}
	return msrtc.State{Kind: msrtc.StateAggregate, Availability: s.Availability, Activity: token, Custom: s.Custom, MeetingSubject: s.Subject, LastActive: lastActive}.Node()
}

// published are the instances of a container in a fixed order.
func (p *presentity) published(container int) []msrtc.Category {
	keys := make([]instanceKey, 0, 8)
	for key := range p.instances {
		if key.container == container {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, compareKeys)
	list := make([]msrtc.Category, len(keys))
	for i, key := range keys {
		list[i] = key.wire(p.instances[key])
	}
	return list
}

// documentNotes are the notes of standard devices, each once, in alphabetical order.
func (p *presentity) documentNotes() []string {
	var notes []string
	for _, d := range p.documents {
		notes = append(notes, d.state.Notes...)
	}
	slices.Sort(notes)
	return slices.Compact(notes)
}
