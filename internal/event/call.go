package event

import "time"

// CallStarted is published when an invitation to a call was accepted for routing.
type CallStarted struct {
	CallID   string // the server's id of the whole call, common to its legs
	From, To string // AOR
	// FromDialect and ToDialect are "lync" or "standard"; ToDialect is empty until a device answers.
	FromDialect, ToDialect string
	Media                  []string // "audio", "video", "application-sharing", ...
}

// CallAnswered is published when a device has taken a call.
type CallAnswered struct {
	CallID    string
	By        string // AOR of who answered, after forwarding maybe not the one called
	ToDialect string
	Setup     time.Duration // invitation to answer
}

// CallEnded is published once for each CallStarted.
type CallEnded struct {
	CallID   string
	From, To string
	Status   int    // final SIP status of the setup: 200 for a call that took place
	Reason   string // who or what ended it: "caller", "callee", "timeout", "no media", "server stop", or the status' text
	Talk     time.Duration
}

// TranslationChanged is published for each thing that a translation between dialects changed or dropped.
type TranslationChanged struct {
	CallID   string
	Leg      string // the leg that it was sent to: "caller" or "callee"
	What     string // header field, attribute or codec, such as "a=crypto" or "codec SILK"
	From, To string // the values; To is empty for what was dropped. Keys and passwords are never in them.
	Reason   string // why, for an administrator
}

// Kind implements Event.
func (CallStarted) Kind() Kind { return KindCallStarted }

// Kind implements Event.
func (CallAnswered) Kind() Kind { return KindCallAnswered }

// Kind implements Event.
func (CallEnded) Kind() Kind { return KindCallEnded }

// Kind implements Event.
func (TranslationChanged) Kind() Kind { return KindTranslationChanged }
