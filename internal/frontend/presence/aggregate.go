package presence

import (
	"time"

	dp "parley/internal/dialect/presence"
)

// inputs are everything that bears upon one user's state.
type inputs struct {
	machines []dp.State // of Lync-dialect endpoints, and of standard ones that observe their user
	plain    []dp.State // of standard endpoints that only say whether they can be reached
	lost     bool       // some device's connection is lost and nothing is known of it now
	chosen   []dp.State // by the user, by hand
	calendar []dp.State
	calls    []dp.State

	availableSince time.Time // when the user chose "Available" by hand; zero when not
	meetingSince   time.Time // when the calendar's state was published
}

// add sorts what a standard device says into the inputs.
func (in *inputs) add(s dp.State) {
	switch {
	case !s.Observed:
		in.plain = append(in.plain, s)
		return
	case s.OnPhone():
		in.calls = append(in.calls, s)
	case s.IsDoNotDisturb(), s.IsBusy():
		in.chosen = append(in.chosen, s)
	default:
		in.machines = append(in.machines, s)
		return
	}
	base := dp.State{Availability: dp.Available}
	if s.IsIdle() {
		base = dp.State{Availability: dp.Idle, Activity: "idle", IdleSince: s.IdleSince}
	}
	in.machines = append(in.machines, base)
}

// aggregate makes one state of them.
func aggregate(in inputs) dp.State {
	base, reachable := in.machine()
	call, inCall := best(in.calls)
	chosen, hasChosen := best(in.chosen)
	for _, s := range in.chosen {
		if s.IsOffline() {
			return dp.State{Availability: dp.Offline}
		}
	}
	if !reachable && !inCall {
		if in.lost {
			return dp.State{}
		}
		return base
	}
	if hasChosen && chosen.IsDoNotDisturb() {
		return chosen
	}
	if inCall {
		return call
	}
	if hasChosen && chosen.IsAway() {
		return chosen
	}
	meeting, inMeeting := best(in.calendar)
	if inMeeting && (base.IsAway() || !in.availableSince.IsZero() && in.availableSince.After(in.meetingSince)) {
		inMeeting = meeting.IsAway() && !base.IsAway() && in.availableSince.IsZero()
	}
	switch {
	case inMeeting && (!hasChosen || meeting.Rank() > chosen.Rank()):
		return meeting
	case hasChosen:
		if base.IsIdle() && chosen.IsBusy() {
			return dp.State{Availability: dp.BusyIdle, Activity: "busyidle", IdleSince: base.IdleSince, Notes: chosen.Notes}
		}
		if base.IsAway() && !chosen.IsBusy() {
			return base
		}
		return chosen
	}
	return base
}

// machine is the state of the most active device, and whether there is one at all.
func (in *inputs) machine() (dp.State, bool) {
	var base dp.State
	found := false
	for _, s := range in.machines {
		if s.Known() && (!found || s.Availability < base.Availability) {
			base, found = s, true
		}
	}
	if found && !base.IsOffline() {
		return base, true
	}
	for _, s := range in.plain {
		if s.Known() && !s.IsOffline() {
			return s, true
		}
	}
	if found {
		return base, false
	}
	return dp.State{Availability: dp.Offline}, false
}

func best(list []dp.State) (dp.State, bool) {
	var top dp.State
	for i, s := range list {
		if i == 0 || s.Rank() > top.Rank() {
			top = s
		}
	}
	return top, len(list) > 0
}
