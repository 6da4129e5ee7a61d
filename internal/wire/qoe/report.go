// Package qoe reads and writes the quality reports of Lync-dialect endpoints:
// metric reports (MS-QoE section 2.2.1, application/vq-rtcpxr+xml) in all
// generations of their schema, and user ratings (section 2.2.2,
// application/ms-cqf+xml).
package qoe

import (
	"errors"
	"time"
)

// Media types of the two kinds of bodies.
const (
	ReportType   = "application/vq-rtcpxr+xml"
	FeedbackType = "application/ms-cqf+xml"
)

// MaxBody is the largest body that is read (MS-QoE section 3.2).
const MaxBody = 300 << 10

// Errors that Parse and ParseFeedback wrap; each has its own answer to the
// sender (MS-QoE section 3.2).
var (
	// ErrTooLarge is a body over MaxBody.
	ErrTooLarge = errors.New("body exceeds 300 KB")
	// ErrRoot is a document of another kind.
	ErrRoot = errors.New("document is neither a VQReportEvent nor a CallQualityFeedbackReport")
	// ErrSchema is text that is no XML, or misses what every report has.
	ErrSchema = errors.New("report does not follow its schema")
	// ErrValue is a value that is not of its element's type.
	ErrValue = errors.New("report has an invalid value")
)

// Event is a document: one or more reports.
type Event struct {
	Version, SchemaVersion string
	Reports                []Report
}

// Report is what one endpoint tells of one SIP dialog.
type Report struct {
	// Interval tells a report during the session from the one at its end.
	Interval  bool
	SessionID string
	Endpoint  Endpoint
	Dialog    DialogInfo
	Lines     []MediaLine
}

// Endpoint is the reporter's machine. Numbers are 0 when not told.
type Endpoint struct {
	Name, OS, CPU  string
	Cores, MHz     int
	Virtualization int // bits: 1 Hyper-V, 2 VMware, 4 Virtual PC, 8 Xen
}

// DialogInfo is the dialog of the session (MS-QoE section 2.2.1.4).
type DialogInfo struct {
	CallID, FromTag, ToTag             string
	Start, End                         time.Time // zero when not told
	Category, CorrelationID            string
	FromURI, ToURI                     string
	Caller                             bool // the reporter sent the INVITE
	LocalContactURI, RemoteContactURI  string
	LocalUserAgent, RemoteUserAgent    string
	LocalPAI, RemotePAI, ConferenceURI string
	RegisteredInside                   bool
}

// MediaLine is one line of media (MS-QoE section 2.2.1.5).
type MediaLine struct {
	Label       string
	Description Description
	// Inbound is what the reporter received, Outbound what it sent; nil when
	// not told.
	Inbound, Outbound *Stream
	// Line holds the numbers of the line itself: conversational MOS, applied
	// bandwidth limit, events.
	Line            Numbers
	BandwidthSource string
}

// Description is the context of a media line (MS-QoE section 2.2.1.6).
type Description struct {
	ICE             string // DIRECT, RELAY, HTTP-PROXY, FAILED
	ICEWarning      uint32
	Relay           Address
	Security        string // V1, SRTP, None
	Offerer         bool
	Transport       string // TCP, UDP
	Network         string // wired, wifi
	NetworkDetail   string // Ethernet, WiFi, PPP, Tunnel, MobileBB, Other
	VPN             bool
	LinkSpeed       float64 // bit/s
	BSSID, SSID     string
	WifiDriver      string
	WifiVersion     string
	WifiRadio       string
	WifiRSSI        float64 // dBm
	WifiChannel     int
	WifiHandovers   int
	Local, Remote   Address
	Reflexive       Address
	Capture, Render Device
	MidCall         bool
}

// Address is where an end receives (MS-QoE section 2.2.1.9).
type Address struct {
	IP         string
	Port       int
	Inside     bool
	SubnetMask string
	MAC        string
}

// Device is a microphone, loudspeaker, camera or screen.
type Device struct{ Name, Driver string }

// Stream is one direction of a media line.
type Stream struct {
	PayloadType int // -1 when not told
	Codec       string
	SampleRate  int
	Resolution  string // 640x480
	FEC         bool
	Numbers     Numbers
}

// Feedback is a user's rating of a call (MS-QoE section 2.2.2).
type Feedback struct {
	CallID, FromTag, ToTag string
	Start, End             time.Time
	User                   string // URI
	Rating                 int    // 1 to 5
	Text                   string
	Tokens                 []Token
}

// Token is one of the predefined complaints. Value is 0 when it was offered and
// not chosen.
type Token struct{ ID, Value int }
