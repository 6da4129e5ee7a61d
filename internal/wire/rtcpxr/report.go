// Package rtcpxr reads and writes the voice quality reports of RFC 6035
// (application/vq-rtcpxr, carried by PUBLISH and NOTIFY of the event package
// vq-rtcpxr) and the X-RTP-Stat header field that baresip puts into BYE.
package rtcpxr

import (
	"net/netip"
	"time"
)

// ContentType is the media type of a report's body.
const ContentType = "application/vq-rtcpxr"

// Event is the name of the event package (RFC 6035 section 4.1).
const Event = "vq-rtcpxr"

// Kind is the kind of a report (RFC 6035 section 4.6.1).
type Kind uint8

// The kinds of reports.
const (
	Session  Kind = iota + 1 // the whole session, at its end
	Interval                 // a part of it
	Alert                    // a threshold was crossed
)

// Report is one report.
type Report struct {
	Kind Kind
	// CallTerm tells that the session has ended. An interval report may carry
	// it too.
	CallTerm bool
	// Alert parameters, empty for other kinds.
	AlertType, AlertSeverity, AlertDir string

	CallID string
	// LocalID, RemoteID and OrigID are addresses: of the reporter, of the other
	// end and of who started the session. They are as received.
	LocalID, RemoteID, OrigID string
	LocalGroup, RemoteGroup   string
	LocalMAC, RemoteMAC       string
	LocalAddr, RemoteAddr     Addr
	// Local is the reporter's view of what it received, Remote what the other
	// end told the reporter of what was sent to it. Nil when not given.
	Local, Remote *Metrics
	Dialog        Dialog
	UserAgent     string // LinphoneExt UA=, x-UserAgent
}

// Addr is where a stream is received (RFC 6035 section 4.6.2.3).
type Addr struct {
	Addr netip.Addr
	Port uint16
	// SSRC of the stream, 0 when unknown.
	SSRC uint32
}

// Dialog is the dialog of the session; the tags are empty when not told.
type Dialog struct{ CallID, ToTag, FromTag string }

// Metrics is one LocalMetrics or RemoteMetrics section.
type Metrics struct {
	// Start and Stop are zero when the reporter did not know (START=0).
	Start, Stop time.Time
	Codec       Codec
	values      [fieldCount]float64
	has         uint64
}

// Codec is the SessionDesc line. Numbers are 0 when not told.
type Codec struct {
	PayloadType int // -1 when not told
	Name        string
	SampleRate  int // Hz
	FMTP        string
}

// Get returns a number of the section, ok false when it was not told or told to
// be unavailable.
func (m *Metrics) Get(f Field) (v float64, ok bool) {
	if m == nil || m.has&(1<<f) == 0 {
		return 0, false
	}
	return m.values[f], true
}

// Put sets a number of the section.
func (m *Metrics) Put(f Field, v float64) {
	m.values[f] = v
	m.has |= 1 << f
}

// Remove takes a number out.
func (m *Metrics) Remove(f Field) {
	m.values[f] = 0
	m.has &^= 1 << f
}
