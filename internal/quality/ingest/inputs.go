package ingest

import (
	"net/netip"
	"time"

	"parley/internal/quality/metric"
)

// CallRecord is one finished call as the server that routed it saw it. All
// times are of the server's clock.
type CallRecord struct {
	// ID is the server's own name of the call, unique forever.
	ID string `json:"id"`
	// Caller and Callee are addresses of record, user@domain.
	Caller string `json:"caller"`
	Callee string `json:"callee"`
	// Started is the arrival of the INVITE. Answered is zero for a call that
	// nobody took.
	Started  time.Time `json:"started"`
	Answered time.Time `json:"answered,omitzero"`
	Ended    time.Time `json:"ended"`
	// Outcome is answered, busy, rejected, no-answer, cancelled or failed.
	Outcome string `json:"outcome"`
	// SIPCode is the final status of the setup, 200 for an answered call.
	SIPCode int `json:"sipCode"`
	// Reason says in words why the call ended or failed.
	Reason string `json:"reason,omitempty"`
	// HungUpBy is caller, callee or server.
	HungUpBy string `json:"hungUpBy,omitempty"`
	// Legs are the dialogs with media: the caller's, the callee's. A call
	// that was only proxied has one leg between the two endpoints.
	Legs []Leg `json:"legs"`
}

// Leg is one dialog of a call.
type Leg struct {
	// Role is whose leg it is: caller or callee.
	Role string `json:"role"`
	Dialog
	// User is the address of record of the endpoint on the leg.
	User string `json:"user"`
	// Peer is the address of record of the endpoint at the other side of a
	// proxied dialog, empty when the other side is this server.
	Peer      string `json:"peer,omitempty"`
	UserAgent string `json:"userAgent,omitempty"`
	// Dialect is lync or standard.
	Dialect string `json:"dialect,omitempty"`
	// Endpoint is the device: its +sip.instance or epid.
	Endpoint string `json:"endpoint,omitempty"`
	// Initiated tells that the endpoint sent the INVITE of this dialog; false
	// when the server did.
	Initiated bool `json:"initiated"`
}

// Dialog identifies a SIP dialog. The order of the tags does not matter.
type Dialog struct {
	CallID string `json:"callId"`
	TagA   string `json:"tagA,omitempty"`
	TagB   string `json:"tagB,omitempty"`
}

// StreamMeasurement is what this server's own media relay or probe measured of
// one direction of one media line of a leg.
type StreamMeasurement struct {
	// CallID is CallRecord.ID of the call.
	CallID string `json:"callId"`
	Dialog Dialog `json:"dialog"`
	// Label is the media line: main-audio, main-video, applicationsharing ...
	Label string `json:"label"`
	// FromEndpoint is the direction: true for what the leg's endpoint sent.
	FromEndpoint bool `json:"fromEndpoint"`
	// Initiated is Leg.Initiated, so that a measurement that arrives before
	// the call's record can be placed.
	Initiated bool `json:"initiated"`
	// Proxied tells that the dialog is between two endpoints.
	Proxied bool `json:"proxied,omitempty"`
	// User is the address of record of the leg's endpoint.
	User string `json:"user"`
	// Source is who measured: metric.Relay for packets that the relay received,
	// metric.RTCP for what the other end told the relay in RTCP.
	Source metric.Source `json:"source"`
	// Part is 0 for the whole stream, 1, 2, 3 ... for intervals in the call.
	Part int `json:"part,omitempty"`
	// Started and Ended are of the first and last packet, server clock.
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	// Codec is the encoding name, ClockRate its RTP clock in Hz.
	Codec     string         `json:"codec,omitempty"`
	ClockRate int            `json:"clockRate,omitempty"`
	SSRC      uint32         `json:"ssrc,omitempty"`
	Local     netip.AddrPort `json:"local,omitzero"`
	Remote    netip.AddrPort `json:"remote,omitzero"`
	// Transport is UDP or TCP; Security is SRTP, DTLS-SRTP or None.
	Transport string `json:"transport,omitempty"`
	Security  string `json:"security,omitempty"`
	// ICE is DIRECT, RELAY or FAILED, empty without ICE.
	ICE string `json:"ice,omitempty"`
	// Failure is what became of the media, as far as this server can tell:
	// NoFailure, SetupFailed, MidCall, OneWay or empty.
	Failure string `json:"failure,omitempty"`
	// MOSModel names the formula behind the scores in Values.
	MOSModel string     `json:"mosModel,omitempty"`
	Values   metric.Set `json:"values"`
}

// The values of StreamMeasurement.Failure.
const (
	NoFailure   = "none"
	SetupFailed = "setup"
	MidCall     = "midcall"
	OneWay      = "one-way"
)

// EndMeasurement is what an endpoint measured of one direction of one media
// line of its own call and told by HTTP, as WebRTC pages do.
type EndMeasurement struct {
	// Dialog may lack the tags.
	Dialog Dialog `json:"dialog"`
	// User is the account of the endpoint, Peer the other end as it knows it.
	User string `json:"user"`
	Peer string `json:"peer,omitempty"`
	// Initiated tells that the endpoint began the call.
	Initiated bool   `json:"initiated"`
	UserAgent string `json:"userAgent,omitempty"`
	// Sent is the direction: true for what the endpoint sent.
	Sent      bool           `json:"sent"`
	Label     string         `json:"label"`
	Codec     string         `json:"codec,omitempty"`
	ClockRate int            `json:"clockRate,omitempty"`
	SSRC      uint32         `json:"ssrc,omitempty"`
	Local     netip.AddrPort `json:"local,omitzero"`
	Remote    netip.AddrPort `json:"remote,omitzero"`
	// Network is wifi, ethernet, cellular or vpn; Relayed that the connection
	// goes through TURN.
	Network string `json:"network,omitempty"`
	Relayed bool   `json:"relayed,omitempty"`
	// Final is set for the whole stream, otherwise it is an interval of it.
	Final   bool       `json:"final"`
	Started time.Time  `json:"started"`
	Ended   time.Time  `json:"ended"`
	Values  metric.Set `json:"values"`
}

// ProbeMeasurement is what an agent outside of a call saw of one of its streams.
type ProbeMeasurement struct {
	// Dialog has the tag of its initiator as TagA; the tags are empty when the
	// agent did not see the dialog.
	Dialog Dialog `json:"dialog"`
	// Correlation says how the dialog was found: call-id, address, ssrc,
	// correlation-id or none.
	Correlation string `json:"correlation"`
	// Caller and Callee are the addresses of record of the dialog's initiator
	// and of the other end, empty when unknown.
	Caller string `json:"caller,omitempty"`
	Callee string `json:"callee,omitempty"`
	// FromInitiator is the direction of the stream.
	FromInitiator bool           `json:"fromInitiator"`
	Sender        netip.AddrPort `json:"sender,omitzero"`
	Receiver      netip.AddrPort `json:"receiver,omitzero"`
	Label         string         `json:"label"`
	Codec         string         `json:"codec,omitempty"`
	ClockRate     int            `json:"clockRate,omitempty"`
	SSRC          uint32         `json:"ssrc,omitempty"`
	// Agent names who told.
	Agent string `json:"agent"`
	// Final is set for the whole stream, otherwise it is an interval of it.
	Final   bool       `json:"final"`
	Started time.Time  `json:"started"`
	Ended   time.Time  `json:"ended"`
	Values  metric.Set `json:"values"`
}
