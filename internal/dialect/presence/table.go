package presence

import "strings"

// row says how one state of the scale looks in PIDF. Rows are tried in order: the first whose band and token fit is
// taken, and a row without tokens fits every token of its band that no earlier row names.
type row struct {
	Name       string
	Low, Next  int // availability from Low up to, not including, Next
	Publish    int // the value that clients use
	Tokens     []string
	Open       bool
	Activities []string // RPID names; "other:text" for free ones
	Idle       bool
	Input      bool // write user-input
	Note       string
}

const dndText = "do-not-disturb"

// The schema of RFC 4480 has no lunch element although its text speaks of one, so lunch is written as a meal.
var toPIDF = []row{
	{Name: "Unknown", Low: 0, Next: Online, Publish: 0, Activities: []string{"unknown"}},
	{Name: "Available", Low: Online, Next: bandIdle, Publish: Available, Open: true, Input: true},
	{Name: "Available, idle", Low: bandIdle, Next: bandBusy, Publish: Idle, Open: true, Input: true, Idle: true},
	{Name: "In a conference call", Low: bandBusy, Next: bandBusyIdle, Publish: Conference, Tokens: []string{TokenConference}, Open: true, Activities: []string{"on-the-phone", "meeting"}},
	{Name: "In a call", Low: bandBusy, Next: bandBusyIdle, Publish: Busy, Tokens: []string{TokenPhone}, Open: true, Activities: []string{"on-the-phone", "busy"}},
	{Name: "In a meeting", Low: bandBusy, Next: bandBusyIdle, Publish: Busy, Tokens: []string{TokenMeeting}, Open: true, Activities: []string{"meeting", "appointment"}},
	{Name: "Busy", Low: bandBusy, Next: bandBusyIdle, Publish: Busy, Open: true, Activities: []string{"busy"}},
	{Name: "Busy, idle", Low: bandBusyIdle, Next: bandDND, Publish: BusyIdle, Open: true, Activities: []string{"busy"}, Input: true, Idle: true},
	{Name: "Presenting", Low: bandDND, Next: bandBRB, Publish: Presenting, Tokens: []string{TokenPresentation, TokenPresenting}, Open: true, Activities: []string{"presentation", "busy"}},
	{Name: "Urgent interruptions only", Low: bandDND, Next: bandBRB, Publish: DoNotDisturb, Tokens: []string{TokenUrgent}, Open: true, Activities: []string{"busy", "other:" + dndText}},
	{Name: "Do not disturb", Low: bandDND, Next: bandBRB, Publish: DoNotDisturb, Open: true, Activities: []string{"busy", "other:" + dndText}},
	{Name: "Be right back", Low: bandBRB, Next: bandAway, Publish: BeRightBack, Open: true, Activities: []string{"away"}, Note: "Be right back"},
	{Name: "Out to lunch", Low: bandAway, Next: bandOffline, Publish: Away, Tokens: []string{TokenLunch}, Open: true, Activities: []string{"away", "meal"}},
	{Name: "Out of office", Low: bandAway, Next: bandOffline, Publish: Away, Tokens: []string{TokenOutOfOffice}, Open: true, Activities: []string{"away", "vacation"}},
	{Name: "Off work", Low: bandAway, Next: bandOffline, Publish: Away, Tokens: []string{TokenOffWork}, Open: true, Activities: []string{"away"}},
	{Name: "Away", Low: bandAway, Next: bandOffline, Publish: Away, Open: true, Activities: []string{"away"}},
	{Name: "Offline", Low: bandOffline, Next: 1 << 30, Publish: Offline},
}

// rule says what activities of a PIDF document mean on the scale. The first that fits is taken.
type rule struct {
	Name   string
	All    []string // every one of these
	Any    []string // and at least one of these, if there are any
	Closed bool     // fits only without activities and with basic closed
	Open   bool     // fits whatever is left
	Result State
	Custom bool // the activity's own name becomes the text
}

var fromPIDF = []rule{
	{Name: "closed, no activity", Closed: true, Result: State{Availability: Offline}},
	{Name: "do not disturb", Any: []string{"do-not-disturb", "dnd"}, Result: State{Availability: DoNotDisturb, Activity: "do-not-disturb"}},
	{Name: "presentation", Any: []string{"presentation", "performance"}, Result: State{Availability: Presenting, Activity: TokenPresentation}},
	{Name: "phone and meeting", All: []string{"on-the-phone", "meeting"}, Result: State{Availability: Conference, Activity: TokenConference}},
	{Name: "phone", All: []string{"on-the-phone"}, Result: State{Availability: Busy, Activity: TokenPhone}},
	{Name: "meeting", Any: []string{"meeting", "appointment"}, Result: State{Availability: Busy, Activity: TokenMeeting}},
	{Name: "busy", Any: []string{"busy", "working", "steering", "tv", "playing", "worship", "spectator"}, Result: State{Availability: Busy, Activity: "busy"}},
	{Name: "meal", Any: []string{"lunch", "breakfast", "dinner", "meal"}, Result: State{Availability: Away}, Custom: true},
	{Name: "absence", Any: []string{"vacation", "holiday", "permanent-absence", "travel"}, Result: State{Availability: Away, Activity: TokenOutOfOffice}},
	{Name: "away", Any: []string{"away", "in-transit", "sleeping", "shopping", "looking-for-work"}, Result: State{Availability: Away, Activity: "away"}},
	{Name: "unknown", Any: []string{"unknown"}, Result: State{Availability: 0}},
	{Name: "open", Open: true, Result: State{Availability: Available}},
}

// whenIdle is applied after a rule when the user does not handle the device.
var whenIdle = map[int]State{
	Available: {Availability: Idle, Activity: "idle"},
	Busy:      {Availability: BusyIdle, Activity: "busyidle"},
}

func (r row) fits(s State) bool {
	if !s.in(r.Low, r.Next) {
		return false
	}
	if len(r.Tokens) == 0 {
		return true
	}
	for _, t := range r.Tokens {
		if strings.EqualFold(t, s.Activity) {
			return true
		}
	}
	return false
}

func rowOf(s State) row {
	s.Availability = max(s.Availability, 0)
	for _, r := range toPIDF {
		if r.fits(s) {
			return r
		}
	}
	panic("BUG: the table covers every availability")
}

// Name is what people call the state.
func (s State) Name() string { return rowOf(s).Name }
