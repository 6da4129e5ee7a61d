package report

import "time"

// Range is a half-open span of time: From is included, To is not. A zero From
// means the beginning of the archive, a zero To means now.
type Range struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// StreamCounts counts media streams by verdict. A stream is one direction of
// one media line of one leg.
type StreamCounts struct {
	Good         int64 `json:"good"`
	Poor         int64 `json:"poor"`
	Unclassified int64 `json:"unclassified"`
}

// Total is the number of streams of all verdicts.
func (c StreamCounts) Total() int64 { return c.Good + c.Poor + c.Unclassified }

// PoorPercent is poor / (poor + good) * 100: unclassified streams are outside
// of the ratio. ok is false when nothing could be classified.
func (c StreamCounts) PoorPercent() (percent float64, ok bool) {
	n := c.Good + c.Poor
	if n == 0 {
		return 0, false
	}
	return 100 * float64(c.Poor) / float64(n), true
}

// Hour is one bar of the calls-per-hour chart.
type Hour struct {
	// Start is the beginning of the hour, in UTC.
	Start   time.Time    `json:"start"`
	Calls   int64        `json:"calls"`
	Streams StreamCounts `json:"streams"`
}

// Overview is the answer to "calls per hour": one Hour for every hour of the
// range, empty ones included, oldest first.
type Overview struct {
	Range      Range        `json:"range"`
	Classifier string       `json:"classifier"`
	Hours      []Hour       `json:"hours"`
	Calls      int64        `json:"calls"`
	Streams    StreamCounts `json:"streams"`
	Freshness  Freshness    `json:"freshness"`
}

// Freshness tells how much of what has happened is already in the answers.
type Freshness struct {
	// AsOf is when the question was answered.
	AsOf time.Time `json:"asOf"`
	// LastRow is when the newest row was written to the archive, zero while
	// the archive is empty.
	LastRow time.Time `json:"lastRow"`
	// LastCall is the start of the newest call, zero while there is none.
	LastCall time.Time `json:"lastCall"`
	// Pending is the number of accepted reports that are on disk but not in
	// the archive yet.
	Pending uint64 `json:"pending"`
	// LagSeconds is the age of the oldest pending report, 0 when none waits.
	LagSeconds float64 `json:"lagSeconds"`
	// Quarantined and Repaired count streams whose reported clock was wrong:
	// repaired ones carry the server's time, quarantined ones had none.
	Quarantined int64 `json:"quarantined"`
	Repaired    int64 `json:"repaired"`
}
