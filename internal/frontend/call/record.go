package call

import (
	"time"

	"parley/internal/dialect"
	"parley/internal/stack/dialog"
)

// Record is one finished call.
type Record struct {
	ID             string // the server's name of the call, unique
	Caller, Callee string // addresses of record, as called
	Started        time.Time
	Answered       time.Time // zero when nobody took it
	Ended          time.Time
	Outcome        Outcome
	Code           int    // final SIP status of the setup, 200 for an answered call
	Reason         string // in words why the call ended or failed
	EndedBy        string // caller, callee or server
	Legs           []Leg
}

// Outcome is how a call's setup ended.
type Outcome string

// The outcomes, by the names that quality's records use.
const (
	Answered  Outcome = "answered"
	Busy      Outcome = "busy"
	Rejected  Outcome = "rejected"
	NoAnswer  Outcome = "no-answer"
	Cancelled Outcome = "cancelled"
	Failed    Outcome = "failed"
)

// Leg is one dialog of a finished call.
type Leg struct {
	Name      string // of the relay's legs, unique in the call: caller, callee, callee-2, ...
	Role      string // caller or callee
	User      string
	Endpoint  string // +sip.instance or epid
	Dialect   dialect.Kind
	UserAgent string
	Initiated bool // the endpoint sent the INVITE
	Dialog    dialog.ID
	Changes   []dialect.Change // what translation altered or dropped in what this endpoint was sent
	RTPStat   string           // X-RTP-Stat of the endpoint's BYE or of its answer to ours, "" when it sent none
}

func outcomeOf(f dialect.Failure) Outcome {
	switch f.Code {
	case 486, 600:
		return Busy
	case 603, 403:
		return Rejected
	case 408:
		return NoAnswer
	case 480:
		if f.DoNotDisturb {
			return Busy
		}
		return NoAnswer
	case 487:
		return Cancelled
	}
	return Failed
}
