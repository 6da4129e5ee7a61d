package msrtc

import (
	"strconv"
	"strings"
	"time"

	"parley/internal/wire/xmldoc"
)

// Kinds of state: the value of xsi:type.
const (
	StateMachine          = "machineState"
	StateUser             = "userState"
	StateCalendar         = "calendarState"
	StatePhone            = "phoneState"
	StateConference       = "conferenceState"
	StateAggregate        = "aggregateState"
	StateAggregateMachine = "aggregateMachineState"
)

// State is the content of a state category ([MS-PRES] section 2.2.2.7).
type State struct {
	Kind            string
	Manual          bool
	Availability    int    // 0 to 18500; see package dialect/presence
	Activity        string // token
	Custom          string // free text of the activity, instead of a token
	MeetingSubject  string
	MeetingLocation string
	LastActive      time.Time
	StartTime       time.Time
	Device          string
}

// Node is the state as an element.
func (s State) Node() *xmldoc.Node {
	n := &xmldoc.Node{Space: nsState, Name: "state"}
	attr := func(name, value string) {
		if value != "" {
			n.Attrs = append(n.Attrs, xmldoc.Attr{Name: name, Value: value})
		}
	}
	n.Attrs = append(n.Attrs, xmldoc.Attr{Space: xmldoc.SchemaInstance, Name: "type", Value: s.Kind})
	if s.Manual {
		attr("manual", "true")
	}
	attr("lastActive", formatTime(s.LastActive))
	attr("startTime", formatTime(s.StartTime))
	n.Children = append(n.Children, textNode(nsState, "availability", strconv.Itoa(s.Availability)))
	switch {
	case s.Custom != "":
		custom := textNode(nsState, "custom", s.Custom)
		custom.Attrs = []xmldoc.Attr{{Name: "LCID", Value: "1033"}}
		activity := &xmldoc.Node{Space: nsState, Name: "activity", Children: []*xmldoc.Node{custom}}
		if s.Activity != "" {
			activity.Attrs = []xmldoc.Attr{{Name: "token", Value: s.Activity}}
		}
		n.Children = append(n.Children, activity)
	case s.Activity != "":
		n.Children = append(n.Children, &xmldoc.Node{Space: nsState, Name: "activity", Attrs: []xmldoc.Attr{{Name: "token", Value: s.Activity}}})
	}
	for _, e := range []struct{ name, text string }{{"meetingSubject", s.MeetingSubject}, {"meetingLocation", s.MeetingLocation}, {"device", s.Device}} {
		if e.text != "" {
			n.Children = append(n.Children, textNode(nsState, e.name, e.text))
		}
	}
	return n
}

// StateOf reads a state element. What is missing or unreadable stays zero: the availability 0 means unknown.
func StateOf(n *xmldoc.Node) State {
	s := State{
		Kind:            localPart(n.Attr("type")),
		Manual:          xmlBool(n.Attr("manual")),
		Activity:        n.Child("activity").Attr("token"),
		Custom:          n.Path("activity", "custom").Value(),
		MeetingSubject:  n.Child("meetingSubject").Value(),
		MeetingLocation: n.Child("meetingLocation").Value(),
		LastActive:      parseTime(n.Attr("lastActive")),
		StartTime:       parseTime(n.Attr("startTime")),
		Device:          n.Child("device").Value(),
	}
	if v, err := strconv.Atoi(n.Child("availability").Value()); err == nil && v >= 0 {
		s.Availability = min(v, 18500)
	}
	return s
}

func textNode(space, name, text string) *xmldoc.Node {
	return &xmldoc.Node{Space: space, Name: name, Text: text}
}

func localPart(qname string) string {
	if _, local, ok := strings.Cut(qname, ":"); ok {
		return local
	}
	return qname
}

func xmlBool(s string) bool { return s == "true" || s == "1" }
