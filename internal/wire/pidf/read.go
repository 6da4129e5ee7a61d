package pidf

import (
	"fmt"
	"strings"

	"parley/internal/wire/xmldoc"
)

var limits = xmldoc.Limits{Bytes: 256 << 10, Depth: 16, Elements: 5000}

// ParsePresence reads a PIDF document. Activities, user input and notes are taken from tuples as well as from persons,
// and from inside status, where older clients put them.
func ParsePresence(b []byte) (Presence, error) {
	root, err := xmldoc.Parse(b, limits)
	if err != nil {
		return Presence{}, fmt.Errorf("parse pidf: %w", err)
	}
	if root.Name != "presence" || root.Space != nsPIDF {
		return Presence{}, fmt.Errorf("%w: <%s> of namespace %q instead of a pidf <presence>", ErrDocument, root.Name, root.Space)
	}
	p := Presence{Entity: root.Attr("entity"), Notes: notesOf(root)}
	for n := range root.All("tuple") {
		p.Tuples = append(p.Tuples, tupleOf(n))
	}
	for n := range root.All("person") {
		person := personOf(n)
		if p.Person == nil {
			p.Person = &person
			continue
		}
		// Several persons are one who does several things (RFC 4479 section 3.3 allows them as disagreeing reports).
		p.Person.Activities = append(p.Person.Activities, person.Activities...)
		p.Person.Notes = append(p.Person.Notes, person.Notes...)
		if p.Person.Input == nil {
			p.Person.Input = person.Input
		}
	}
	return p, nil
}

func tupleOf(n *xmldoc.Node) Tuple {
	status := n.Child("status")
	contact := n.Child("contact")
	t := Tuple{
		ID:        n.Attr("id"),
		Contact:   contact.Value(),
		Priority:  contact.Attr("priority"),
		Notes:     notesOf(n),
		Timestamp: parseTime(n.Child("timestamp").Value()),
	}
	switch strings.ToLower(status.Child("basic").Value()) {
	case "open":
		t.Open = true
	case "closed":
	default:
		t.NoStatus = true
	}
	t.Activities = append(activitiesOf(n), activitiesOf(status)...)
	if t.Input = inputOf(n); t.Input == nil {
		t.Input = inputOf(status)
	}
	return t
}

func personOf(n *xmldoc.Node) Person {
	p := Person{
		ID:         n.Attr("id"),
		Activities: append(activitiesOf(n), activitiesOf(n.Child("status"))...),
		Notes:      notesOf(n),
		Timestamp:  parseTime(n.Child("timestamp").Value()),
		Input:      inputOf(n),
	}
	for a := range n.All("activities") { // RFC 4480 section 3.2: a note inside is about the activity
		p.Notes = append(p.Notes, notesOf(a)...)
	}
	return p
}

func activitiesOf(n *xmldoc.Node) []Activity {
	var list []Activity
	for set := range n.All("activities") {
		till := parseTime(set.Attr("until"))
		for _, c := range set.Children {
			switch c.Name {
			case "note":
			case "activity": // drafts before RFC 4480 named the activity in the text
				list = append(list, Activity{Name: strings.ToLower(c.Value()), Till: till})
			case "other":
				list = append(list, Activity{Name: "other", Text: c.Value(), Till: till})
			default:
				list = append(list, Activity{Name: c.Name, Till: till})
			}
		}
	}
	return list
}

func inputOf(n *xmldoc.Node) *UserInput {
	in := n.Child("user-input")
	if in == nil {
		return nil
	}
	last := in.Attr("last-input")
	if last == "" {
		last = in.Attr("last-active")
	}
	return &UserInput{Idle: strings.EqualFold(in.Value(), "idle"), LastInput: parseTime(last)}
}

func notesOf(n *xmldoc.Node) []Note {
	var notes []Note
	for c := range n.All("note") {
		if text := c.Value(); text != "" {
			notes = append(notes, Note{Lang: c.Attr("lang"), Text: text})
		}
	}
	return notes
}
