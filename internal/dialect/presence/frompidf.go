package presence

import (
	"slices"
	"strings"

	"parley/internal/wire/pidf"
)

// FromPIDF is what a standard document says of a user. Of several tuples the one of highest rank counts.
func FromPIDF(p pidf.Presence) State {
	var person pidf.Person
	if p.Person != nil {
		person = *p.Person
	}
	tuples := p.Tuples
	if len(tuples) == 0 {
		tuples = []pidf.Tuple{{NoStatus: true}}
	}
	var best State
	for i, t := range tuples {
		s := stateOf(t, person)
		if i == 0 || s.Rank() > best.Rank() {
			best = s
		}
	}
	best.Notes = notesOf(p, person)
	if best.Custom != "" { // RFC 4480 writers often repeat the activity as a note
		best.Notes = slices.DeleteFunc(best.Notes, func(n string) bool { return n == best.Custom })
	}
	return best
}

func stateOf(t pidf.Tuple, person pidf.Person) State {
	activities := slices.Concat(t.Activities, person.Activities)
	input := t.Input
	if input == nil {
		input = person.Input
	}
	s := apply(activities, t.Open || t.NoStatus && (len(activities) > 0 || input != nil))
	s.Observed = input != nil || len(activities) > 0
	if input != nil && input.Idle {
		if idle, ok := whenIdle[s.Availability]; ok && s.Custom == "" && !s.OnPhone() && s.Activity != TokenMeeting {
			s.Availability, s.Activity = idle.Availability, idle.Activity
		}
		s.IdleSince = input.LastInput
	}
	return s
}

func apply(activities []pidf.Activity, open bool) State {
	names := make([]string, 0, len(activities))
	text := ""
	for _, a := range activities {
		name := strings.ToLower(a.Name)
		if name == "other" {
			if word := strings.ToLower(strings.Join(strings.FieldsFunc(a.Text, func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), "-")); word == dndText || word == "dnd" {
				name = dndText
			} else if text == "" {
				text = a.Text
			}
		}
		names = append(names, name)
	}
	for _, r := range fromPIDF {
		found, ok := r.fits(names, open)
		if !ok {
			continue
		}
		s := r.Result
		switch {
		case r.Custom && text == "":
			s.Custom = strings.ToUpper(found[:1]) + found[1:]
		case text != "" && (r.Open || r.Custom):
			s.Custom = text
		}
		for _, a := range activities {
			if a.Till.After(s.Until) {
				s.Until = a.Till
			}
		}
		return s
	}
	return State{Availability: Offline} // closed with activities that no rule knows
}

// fits says whether the rule applies and by which name of Any.
func (r rule) fits(names []string, open bool) (string, bool) {
	if r.Closed {
		return "", !open && len(names) == 0
	}
	if r.Open {
		return "", open
	}
	for _, name := range r.All {
		if !slices.Contains(names, name) {
			return "", false
		}
	}
	if len(r.Any) == 0 {
		return "", true
	}
	for _, name := range r.Any {
		if slices.Contains(names, name) {
			return name, true
		}
	}
	return "", false
}

func notesOf(p pidf.Presence, person pidf.Person) []string {
	var notes []string
	add := func(list []pidf.Note) {
		for _, n := range list {
			if !slices.Contains(notes, n.Text) && len(notes) < 8 {
				notes = append(notes, n.Text)
			}
		}
	}
	add(person.Notes)
	for _, t := range p.Tuples {
		add(t.Notes)
	}
	add(p.Notes)
	return notes
}

// FromDialogs is what a user's dialogs say (RFC 4235): a confirmed one is a call, others change nothing.
func FromDialogs(dialogs []pidf.Dialog) (State, bool) {
	for _, d := range dialogs {
		if strings.EqualFold(d.State, pidf.DialogConfirmed) {
			return State{Availability: Busy, Activity: TokenPhone, Observed: true}, true
		}
	}
	return State{}, false
}
