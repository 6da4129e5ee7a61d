package archive

import (
	"time"

	"parley/internal/quality/metric"
)

// Call is one call. Times are zero when unknown.
type Call struct {
	Key int64
	// ID is the server's name of the call, or a made-up one for a call that
	// only endpoints told of.
	ID                       string
	Started, Answered, Ended time.Time
	Caller, Callee           string
	Outcome                  string
	SIPCode                  int32
	Reason, HungUpBy         string
	// Known tells that the server itself handled the call; otherwise all of
	// this is from endpoints' reports.
	Known   bool
	Written time.Time
}

// Leg is one dialog of a call.
type Leg struct {
	Key, CallKey       int64
	Role               string // caller, callee
	CallID, TagA, TagB string
	User, Peer         string
	UserAgent, Dialect string
	Endpoint           string
	Initiated          bool
	// Known is Call.Known of the leg's call.
	Known bool
}

// Side is the role of an end in a dialog.
type Side uint8

// The sides of a dialog.
const (
	NoSide    Side = iota
	Initiator      // sent the INVITE
	Responder      // got it
)

// Other is the opposite side.
func (s Side) Other() Side {
	switch s {
	case Initiator:
		return Responder
	case Responder:
		return Initiator
	}
	return NoSide
}

// Clock tells what became of the times in a report.
type Clock uint8

// The states of a stream's clock.
const (
	ClockOK          Clock = iota
	ClockRepaired          // the reporter's clock was wrong; the server's times stand in the row
	ClockQuarantined       // it was wrong and the server had no times: those of the report's arrival do
)

// String is the name that the API uses.
func (c Clock) String() string {
	switch c {
	case ClockRepaired:
		return "repaired"
	case ClockQuarantined:
		return "quarantined"
	default:
		return "ok"
	}
}

// Stream is the fact row of one direction of one media line of a leg, folded
// from all that was measured of it.
type Stream struct {
	Key, LegKey, CallKey int64
	Label                string
	Media                metric.Media
	// Sender is the side that the stream came from.
	Sender Side
	// Server is the side that is this server; NoSide between two endpoints.
	Server                   Side
	Started, Ended, Received time.Time
	Clock                    Clock
	Skew                     int32 // seconds that the reporter's clock was ahead
	Codec                    string
	ClockRate                int32 // Hz
	Transport, Security      string
	FEC                      bool
	BandwidthSource          string
	MOSModel                 string
	ICEFailed                bool
	// Sources has bit 1<<source set for every source that gave a metric.
	Sources uint8
	// Provenance says it for each group of metrics.
	Provenance metric.Provenance
	// Failure is what became of the stream, as the server saw it.
	Failure Failure
	// Remarks is the number of remarks on its measurements.
	Remarks int32
	// Sides describe the two ends by their role in the dialog, index Side-1.
	Sides  [2]End
	Values metric.Set
}

// Failure is what became of a stream's media, as this server saw it.
type Failure uint8

// The outcomes of media.
const (
	FailureUnknown Failure = iota // the server did not see it
	NoFailure
	SetupFailure   // the call was answered and no packet came, either way
	MidCallFailure // packets stopped long before the call ended
	OneWayFailure  // no packet came this way, while they did the other way
)

// String is the name that the API uses.
func (f Failure) String() string {
	switch f {
	case NoFailure:
		return "none"
	case SetupFailure:
		return "setup"
	case MidCallFailure:
		return "midcall"
	case OneWayFailure:
		return "one-way"
	default:
		return "unknown"
	}
}

// FirstIsInitiator tells which end the row's first_ columns describe: the
// server when one takes part, as the original dashboard orders ends, otherwise
// the initiator.
func (s *Stream) FirstIsInitiator() bool { return s.Server != Responder }

func (s *Stream) end(first bool) *End {
	if first == s.FirstIsInitiator() {
		return &s.Sides[0]
	}
	return &s.Sides[1]
}

// Of returns the end at a side.
func (s *Stream) Of(side Side) *End { return &s.Sides[side-1] }

// End is what is known of one end of a stream. Numbers are 0 when unknown.
type End struct {
	User, UserAgent, Endpoint  string
	OS, CPU                    string
	Cores, MHz, Virtual        int32
	IP, Subnet, MAC            string
	Port                       int32
	Reflexive, Relay           string
	Inside, VPN                Tri
	Network                    string
	LinkSpeed                  int64
	BSSID, SSID                string
	WifiDriver, WifiVersion    string
	WifiRadio                  string
	WifiRSSI                   int32
	WifiChannel, WifiHandovers int32
	Capture, CaptureDriver     string
	Render, RenderDriver       string
	ICE                        string
	ICEWarning                 int64
	Told                       bool // the end itself reported
}

// Tri is true, false or unknown.
type Tri uint8

// The values of a Tri.
const (
	Unknown Tri = iota
	No
	Yes
)

// Truth makes a Tri of a known value.
func Truth(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// Measurement is what one source gave of one stream: the final one has part 0,
// those of intervals in the call 1, 2, 3 ...
type Measurement struct {
	StreamKey, LegKey int64
	Source            metric.Source
	Part              int32
	Format            string // rtp, rtcp, ms-qoe, rfc6035, x-rtp-stat, hep, webrtc
	// Correlation says how a measurement that did not name its dialog was
	// brought to it; empty for one that did.
	Correlation    string
	Reporter       string
	Received       time.Time
	Started, Ended time.Time // as told by the source
	// Remarks says, one a line, which values were left out or put right.
	Remarks string
	Values  metric.Set
}

// Rating is a user's opinion of a call.
type Rating struct {
	Key, LegKey, CallKey int64
	User                 string
	Stars                int32
	Text                 string
	Tokens               string // "id=value", comma-separated
	Received             time.Time
}

// Rejected is a record of the journal that could not be brought into the
// archive. It is kept so that nothing accepted is lost.
type Rejected struct {
	Seq              int64
	Received         time.Time
	Format, Reporter string
	Reason           string
	Body             string
}
