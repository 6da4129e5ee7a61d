package report

import "time"

// Verdicts of a stream or, for a call, of its worst stream. A call is poor when
// one of its streams is poor, good when none is poor and one is good.
const (
	Good         = "good"
	Poor         = "poor"
	Unclassified = "unclassified"
)

// CallFilter selects calls for the list. The zero value lists the newest calls.
type CallFilter struct {
	Range Range
	// User, when not empty, is text that the caller's or the callee's address
	// must contain; case does not matter.
	User string
	// Verdict is Good, Poor, Unclassified or empty for all.
	Verdict string
	// Cursor is CallPage.Next of the page before, empty for the first page.
	Cursor string
	// Limit is the number of calls on a page, 1 to 500; 0 means 50.
	Limit int
}

// CallPage is one page of the list of calls, newest first.
type CallPage struct {
	Classifier string        `json:"classifier"`
	Calls      []CallSummary `json:"calls"`
	// Next is the cursor of the following page, empty on the last one.
	Next string `json:"next,omitempty"`
}

// CallSummary is one line of the list of calls.
type CallSummary struct {
	// ID names the call in CallFilter, Call and links of the portal.
	ID      string    `json:"id"`
	Started time.Time `json:"started"`
	// Seconds is the time from answer to end, 0 for a call never answered.
	Seconds float64 `json:"seconds"`
	Caller  Party   `json:"caller"`
	Callee  Party   `json:"callee"`
	// Outcome is answered, busy, rejected, no-answer, cancelled, failed or
	// unknown (only endpoints told of the call).
	Outcome string       `json:"outcome"`
	SIPCode int          `json:"sipCode,omitempty"`
	Verdict string       `json:"verdict"`
	Streams StreamCounts `json:"streams"`
	// WorstMOS is the lowest mean opinion score of the call's audio streams,
	// 1 to 5, nil when nobody gave one.
	WorstMOS *float64 `json:"worstMos,omitempty"`
	// ReportedBy lists who supplied measurements: relay, caller, callee.
	ReportedBy []string `json:"reportedBy"`
}

// Party is one end of a call.
type Party struct {
	// Address is the address of record, user@domain.
	Address   string `json:"address"`
	UserAgent string `json:"userAgent,omitempty"`
	// Dialect is lync or standard, empty when unknown.
	Dialect string `json:"dialect,omitempty"`
}
