// Package presence translates presence between Microsoft's availability scale and standard SIP's documents: PIDF
// (RFC 3863), RPID (RFC 4480) and dialog-info (RFC 4235).
//
// The scale from 0 to 18500 with an activity token is the neutral form inside the server, since it says more than the
// other. The tables of this package are the whole translation; docs/interop/presence.md is printed from them.
package presence

import "time"

// State is what somebody's presence amounts to.
type State struct {
	Availability int       // 0 to 18500; below Online it is not known
	Activity     string    // token such as "on-the-phone"; "" for none
	Custom       string    // text of an activity for which there is no token
	IdleSince    time.Time // when the user was last active; zero when active or not known
	Until        time.Time // when the activity is expected to end; zero when not known
	Subject      string    // of the meeting; given only to watchers who may see it
	Notes        []string  // texts for people

	// Observed says that something watched the user (input, a chosen state), and not just that a device is reachable.
	Observed bool
}

// Availability values that are published, and where each band begins.
const (
	Online       = 3000 // below it nothing is known
	Available    = 3500
	Idle         = 5000
	Busy         = 6500
	Conference   = 7000
	BusyIdle     = 8000
	Presenting   = 9000
	DoNotDisturb = 9500
	BeRightBack  = 12500
	Away         = 15500
	Offline      = 18500

	bandIdle     = 4500
	bandBusy     = 6000
	bandBusyIdle = 7500
	bandDND      = 9000
	bandBRB      = 12000
	bandAway     = 15000
	bandOffline  = 18000
)

// Activity tokens.
const (
	TokenPhone        = "on-the-phone"
	TokenConference   = "in-a-conference"
	TokenMeeting      = "in-a-meeting"
	TokenPresentation = "in-presentation"
	TokenPresenting   = "presenting" // another name for TokenPresentation
	TokenUrgent       = "urgent-interruptions-only"
	TokenOffWork      = "off-work"
	TokenLunch        = "out-to-lunch"
	TokenOutOfOffice  = "out-of-office"
)

// Rank orders states of one user's devices by how much they say about whether the user can be disturbed now; the
// highest is shown. Standard documents with several tuples are reduced by it.
func (s State) Rank() int {
	switch {
	case s.OnPhone():
		return 8
	case s.in(bandDND, bandBRB):
		return 7
	case s.Activity == TokenMeeting:
		return 6
	case s.in(bandBusy, bandDND):
		return 5
	case s.in(Online, bandIdle):
		return 4
	case s.in(bandIdle, bandBusy):
		return 3
	case s.in(bandBRB, bandOffline):
		return 2
	case s.Availability < Online:
		return 1
	}
	return 0
}

// OnPhone says whether the user is in a call.
func (s State) OnPhone() bool {
	return s.Activity == TokenPhone || s.Activity == TokenConference
}

func (s State) in(low, next int) bool { return s.Availability >= low && s.Availability < next }

// IsOffline says whether s is in the offline band.
func (s State) IsOffline() bool { return s.Availability >= bandOffline }

// IsAway says whether the user left: be right back, away and their kin.
func (s State) IsAway() bool { return s.in(bandBRB, bandOffline) }

// IsDoNotDisturb says whether the user wants no interruption.
func (s State) IsDoNotDisturb() bool { return s.in(bandDND, bandBRB) }

// IsBusy says whether the user is busy, idle or not.
func (s State) IsBusy() bool { return s.in(bandBusy, bandDND) }

// IsIdle says whether the user did not touch the device for a while.
func (s State) IsIdle() bool { return s.in(bandIdle, bandBusy) || s.in(bandBusyIdle, bandDND) }

// Known says whether anything is known.
func (s State) Known() bool { return s.Availability >= Online }
