// Package hep reads and writes HEP version 3, the encapsulation in which
// capturing agents (heplify, Kamailio's siptrace, captagent) send what they see
// to a collector: SIP messages, RTCP as JSON, quality reports.
//
// The form is that of the protocol's document "HEP/EEP", revision 37, by
// sipcapture.org: the word "HEP3", the length of everything in 16 bits, then
// chunks of vendor, type, length and value.
package hep

import (
	"errors"
	"net/netip"
	"time"
)

// The types of what a packet carries, chunk 0x000b.
const (
	SIP        = 1
	RTCP       = 5  // as JSON
	AgentStats = 34 // statistics of captagent's RTP agent, as JSON
	VQReport   = 35 // application/vq-rtcpxr (RFC 6035)
)

// Transport protocols, chunk 0x0002, as numbered by IANA.
const (
	TCP = 6
	UDP = 17
)

// MaxPacket is the largest packet: its length has 16 bits.
const MaxPacket = 1<<16 - 1

// MaxPayload bounds a payload, a decompressed one too.
const MaxPayload = 1 << 18

// Packet is one packet.
type Packet struct {
	// Src and Dst are the ends of what was captured.
	Src, Dst netip.AddrPort
	// Proto is TCP or UDP, 0 when not told.
	Proto uint8
	// Time is that of the capture, in microseconds.
	Time time.Time
	// Type is SIP, RTCP, AgentStats, VQReport or another number.
	Type uint8
	// Agent is the number of the capturing agent, Node its name.
	Agent uint32
	Node  string
	// Key is the agent's password.
	Key string
	// Correlation ties packets of one call, most often by its SIP Call-ID.
	Correlation string
	Payload     []byte
	// MOS (1 to 5), R and Jitter (ms) are of chunks 0x0020, 0x0021 and 0x0023;
	// zero when not told.
	MOS, R, Jitter float64
	// Place is the geographic place of chunk 0x0022.
	Place string
}

// Errors of Parse; the text says more.
var (
	// ErrVersion: it is not HEP version 3.
	ErrVersion = errors.New("it does not begin with HEP3")
	// ErrDamaged: lengths or values do not fit.
	ErrDamaged = errors.New("damaged HEP packet")
)

// Types of chunks of the generic vendor, 0.
const (
	chunkFamily      = 0x01
	chunkProto       = 0x02
	chunkSrc4        = 0x03
	chunkDst4        = 0x04
	chunkSrc6        = 0x05
	chunkDst6        = 0x06
	chunkSrcPort     = 0x07
	chunkDstPort     = 0x08
	chunkSeconds     = 0x09
	chunkMicros      = 0x0a
	chunkType        = 0x0b
	chunkAgent       = 0x0c
	chunkKey         = 0x0e
	chunkPayload     = 0x0f
	chunkCompressed  = 0x10
	chunkCorrelation = 0x11
	chunkNode        = 0x13
	chunkMOS         = 0x20
	chunkR           = 0x21
	chunkPlace       = 0x22
	chunkJitter      = 0x23
)
