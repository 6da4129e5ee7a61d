package report

import "time"

// Call is one call in full: its summary and, for every leg, every stream with
// what each party measured of it.
type Call struct {
	CallSummary
	Classifier string    `json:"classifier"`
	Answered   time.Time `json:"answered"`
	Ended      time.Time `json:"ended"`
	// Reason says why the call ended or failed, as text, empty when nothing
	// was said.
	Reason string `json:"reason,omitempty"`
	// HungUpBy is caller, callee or server, empty when unknown.
	HungUpBy string   `json:"hungUpBy,omitempty"`
	Legs     []Leg    `json:"legs"`
	Ratings  []Rating `json:"ratings,omitempty"`
}

// Leg is one dialog of a call: between an endpoint and the server, or, where
// the server only proxied, between the two endpoints.
type Leg struct {
	// Role is caller or callee: whose leg this is.
	Role string `json:"role"`
	// CallID is the SIP Call-ID of the leg's dialog.
	CallID string `json:"callId"`
	Party  Party  `json:"party"`
	// Streams are the leg's streams, from the endpoint first, audio first.
	Streams []Stream `json:"streams"`
}

// Stream is one direction of one media line of a leg.
type Stream struct {
	ID string `json:"id"`
	// Label is the media line: main-audio, main-video, applicationsharing ...
	Label string `json:"label"`
	// Media is audio, video, vbss, appshare or data.
	Media string `json:"media"`
	// Direction is from-endpoint or to-endpoint; on a leg between two
	// endpoints, from the leg's own party or to it.
	Direction string    `json:"direction"`
	Codec     string    `json:"codec,omitempty"`
	Started   time.Time `json:"started"`
	Seconds   float64   `json:"seconds"`
	Transport string    `json:"transport,omitempty"`
	Security  string    `json:"security,omitempty"`
	// Verdict is good, poor or unclassified; Why says which metric crossed
	// which limit, or which metrics were missing.
	Verdict string   `json:"verdict"`
	Why     []string `json:"why"`
	// Clock is ok, repaired (the reporter's clock was wrong, server times are
	// shown) or quarantined (wrong, and the server has no times of its own).
	Clock string `json:"clock"`
	// Notes are remarks on values that were out of range and left out.
	Notes []string `json:"notes,omitempty"`
	// Sources are the columns and Metrics the rows of the side-by-side table.
	Sources []Source `json:"sources"`
	Metrics []Metric `json:"metrics"`
	// Failure is none, setup, midcall, one-way or unknown.
	Failure string `json:"failure"`
	// Strip are the intervals of the call, by source and then time.
	Strip []Interval `json:"strip,omitempty"`
}

// Interval is what one source measured in a part of a call; numbers are nil when
// it did not.
type Interval struct {
	By             string
	Started, Ended time.Time
	// Loss is a share, Jitter and RoundTrip are in milliseconds.
	Loss, Jitter, RoundTrip, MOS *float64
}

// Source is one party that measured a stream.
type Source struct {
	// By is relay (the server's own media relay), rtcp (what the other end
	// told the relay in RTCP), receiver or sender (the endpoints themselves).
	By string `json:"by"`
	// Format is how it was told: rtp, rtcp, ms-qoe, rfc6035, x-rtp-stat.
	Format string `json:"format"`
	// Correlation is how a capturing agent's measurement found its dialog.
	Correlation string    `json:"correlation,omitempty"`
	Reporter    string    `json:"reporter,omitempty"`
	Received    time.Time `json:"received"`
	// Intervals is the number of in-call reports beside the final one.
	Intervals int `json:"intervals,omitempty"`
}

// Metric is one row of a stream's side-by-side table.
type Metric struct {
	// Name is the archive's column, for example jitter; Title is for people.
	Name  string `json:"name"`
	Title string `json:"title"`
	// Unit is ms, %, bit/s, dB, fps, count, MOS, R or empty.
	Unit string `json:"unit,omitempty"`
	// Values has one entry per Source of the stream, nil where that source
	// did not give the metric.
	Values []*float64 `json:"values"`
	// Used is the index of the source whose value the stream's row took.
	Used int `json:"used"`
}

// Rating is what a user said of the call's quality.
type Rating struct {
	User string `json:"user"`
	// Stars is 1 (bad) to 5 (excellent).
	Stars    int       `json:"stars"`
	Text     string    `json:"text,omitempty"`
	Tokens   []string  `json:"tokens,omitempty"`
	Received time.Time `json:"received"`
}
