package presence

import (
	"strings"
	"time"

	"parley/internal/wire/pidf"
)

// ToPIDF is the state as a standard document about entity, a SIP URI, at an instant.
func ToPIDF(s State, entity string, at time.Time) pidf.Presence {
	r := rowOf(s)
	tuple := pidf.Tuple{ID: "parley", Open: r.Open, Timestamp: at}
	if r.Open {
		tuple.Contact = entity
	}
	person := pidf.Person{ID: "user", Timestamp: at}
	for _, name := range r.Activities {
		person.Activities = append(person.Activities, activity(name, s.Until))
	}
	if s.Custom != "" && r.Open {
		person.Activities = append(person.Activities, pidf.Activity{Name: "other", Text: s.Custom, Till: s.Until})
	}
	if r.Input {
		person.Input = &pidf.UserInput{Idle: r.Idle}
		if r.Idle {
			person.Input.LastInput = s.IdleSince
		}
	}
	for _, note := range append([]string{r.Note, subjectOf(s, r)}, s.Notes...) {
		if note != "" {
			person.Notes = append(person.Notes, pidf.Note{Text: note})
		}
	}
	p := pidf.Presence{Entity: entity, Tuples: []pidf.Tuple{tuple}, Person: &person}
	// Clients that know RFC 3863 only look for notes in the tuple or at the end.
	if len(person.Notes) > 0 {
		p.Notes = person.Notes[:1]
	}
	return p
}

func subjectOf(s State, r row) string {
	if r.Name != "In a meeting" {
		return ""
	}
	return s.Subject
}

func activity(name string, until time.Time) pidf.Activity {
	if text, ok := strings.CutPrefix(name, "other:"); ok {
		return pidf.Activity{Name: "other", Text: text, Till: until}
	}
	return pidf.Activity{Name: name, Till: until}
}
