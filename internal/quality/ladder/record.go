package ladder

import "time"

// Record is the ladder of one call. Its lists are in order of time.
type Record struct {
	ID      string    `json:"id"` // the server's own id of the call
	Started time.Time `json:"started"`
	Steps   []Step    `json:"steps,omitempty"`
	Changes []Change  `json:"changes,omitempty"`
	// Runs by leg, "caller" or "callee": how often so many packets of its audio were lost in a row. Index 0 is one packet, the
	// last index that length and longer.
	Runs map[string][8]uint32 `json:"runs,omitempty"`
	// Left counts steps and changes that found no room.
	Left int `json:"left,omitempty"`
}

// Kind says what sort of step it is.
type Kind string

// The kinds of steps.
const (
	Signalling  Kind = "signalling"
	Media       Kind = "media"
	Translation Kind = "translation"
	Failure     Kind = "failure"
)

// Step is one thing that happened.
type Step struct {
	At     time.Time `json:"at"`
	Kind   Kind      `json:"kind"`
	What   string    `json:"what"`
	Detail string    `json:"detail,omitempty"`
}

// Change is one thing that translation changed, dropped or added.
type Change struct {
	At     time.Time `json:"at"`
	Leg    string    `json:"leg"`            // the leg that it was sent to: caller or callee
	What   string    `json:"what"`           // header field, attribute or codec
	From   string    `json:"from,omitempty"` // empty for what was added
	To     string    `json:"to,omitempty"`   // empty for what was dropped
	Reason string    `json:"reason"`
}

// maxEntries bounds the steps and, apart from them, the changes of one call: a call that is held and resumed all day stays
// small.
const maxEntries = 200

func (r *Record) step(s Step) {
	if len(r.Steps) >= maxEntries {
		r.Left++
		return
	}
	r.Steps = append(r.Steps, s)
}

// change notes a change once: a session is translated anew with each offer, most of the time with the same result.
func (r *Record) change(c Change) (isNew bool) {
	for _, old := range r.Changes {
		old.At = c.At
		if old == c {
			return false
		}
	}
	if len(r.Changes) >= maxEntries {
		r.Left++
		return false
	}
	r.Changes = append(r.Changes, c)
	return true
}
