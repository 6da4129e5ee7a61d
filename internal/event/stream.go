package event

import (
	"net/netip"
	"time"
)

// StreamMeasured is published at the end of a media stream, with what was measured on it in one direction.
type StreamMeasured struct {
	CallID     string
	Leg        string // "caller" or "callee": whose packets these are
	Source     string // who measured: "relay", "endpoint" (reported by the receiver) or "probe"
	From, To   string // AOR of sender and receiver
	Media      string // "audio", "video", ...
	Codec      string // name as in a=rtpmap, such as "PCMU"
	ClockRate  int    // Hz
	SSRC       uint32
	Local      netip.AddrPort // the measuring side's address
	Remote     netip.AddrPort // the sender's address
	Start, End time.Time

	Packets    uint64 // received
	Bytes      uint64 // RTP payload received
	Lost       uint64 // expected and never received
	Late       uint64 // received too late for a jitter buffer
	Duplicates uint64
	Reordered  uint64

	JitterMean, JitterMax       float64 // ms, RFC 3550 section 6.4.1
	RoundTripMean, RoundTripMax float64 // ms, from RTCP; 0 when unknown
	// BurstLosses counts runs of lost packets by length: index 0 is one packet, the last index that length and longer.
	BurstLosses [8]uint32
	// BurstDensity and GapDensity are in percent of packets lost, durations in ms (RFC 3611 section 4.7.2).
	BurstDensity, GapDensity   float64
	BurstDuration, GapDuration float64
	MOS                        float64 // listening quality by the E-model, 1 to 4.5; 0 when not computed
	MOSMin                     float64 // of the worst interval
}

// Kind implements Event.
func (StreamMeasured) Kind() Kind { return KindStreamMeasured }
