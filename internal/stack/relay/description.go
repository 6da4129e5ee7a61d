package relay

import (
	"net/netip"
	"time"

	"parley/internal/stack/ice"
	"parley/internal/stack/srtp"
)

// Kind is a stream's media type.
type Kind string

// Kinds of stream. Audio is bridged: SSRC, payload types, packet size and, between G.711 and G.722, the codec are adapted.
// Video and Data keep SSRCs and payloads as they are and need both legs to have the same formats.
const (
	Audio Kind = "audio"
	Video Kind = "video"
	Data  Kind = "data"
)

// Codec is one payload format of a leg, as its SDP names it.
type Codec struct {
	PT       uint8
	Name     string // encoding name of the rtpmap, any case: PCMU, G722, opus, telephone-event
	Rate     int    // RTP clock rate in Hz
	Channels int    // 0 and 1 mean the same
}

// Local is what a leg tells its endpoint. It does not change for the life of the leg, except by RestartICE, and for the
// crypto line's tag and suite: SetRemote makes these the peer's, so take Local after SetRemote for an answer.
type Local struct {
	Addr        netip.Addr // for c= and o= towards who can do any family; see Towards
	RTP, RTCP   uint16     // ports; with Remote.Mux RTCP goes to RTP's
	Ufrag, Pwd  string
	Candidates  []ice.Candidate // host candidates of both components, for each family
	Crypto      srtp.Crypto     // our key
	Fingerprint string          // a=fingerprint value of our certificate: "sha-256 AB:CD:…"
	SSRC        uint32          // what audio towards this endpoint is sent with; for a=ssrc and a=x-ssrc-range
	CNAME       string          // RTCP's name of us, for a=ssrc cname
	Lite        bool            // write a=ice-lite
}

// ICE is how a leg checks connectivity.
type ICE uint8

// The forms of ICE. With NoICE the signalled addresses are used as they are.
const (
	NoICE ICE = iota
	// StandardICE is RFC 8445.
	StandardICE
	// MicrosoftICE is [MS-ICE2] version 19 as Lync-dialect clients run it.
	MicrosoftICE
)

// Remote is what an endpoint's SDP says about one stream.
type Remote struct {
	RTP  netip.AddrPort // c= and m= (default candidate)
	RTCP netip.AddrPort // a=rtcp; zero means RTP's port + 1
	Mux  bool           // a=rtcp-mux on both sides

	// SignalledFrom is the address that the authenticated signalling comes from. Plain RTP from it is latched to when
	// the SDP's own address is behind a NAT. Zero: only the SDP's address counts.
	SignalledFrom netip.Addr

	ICE         ICE
	Controlling bool // we offered, or the peer is lite: we nominate
	Lite        bool // a=ice-lite of the peer
	Ufrag, Pwd  string
	Candidates  []ice.Candidate

	Crypto *srtp.Crypto // the peer's key; nil without SDES
	DTLS   *DTLS        // nil without DTLS-SRTP

	// Codecs are the formats in common, most preferred first. Payload types are those that the endpoint expects to
	// receive; it may send with the same ones.
	Codecs []Codec
	// Ptime is the packet duration that the endpoint asks for; audio towards it is re-packetised to this when the
	// other side's packets are longer. Zero: 20 ms.
	Ptime time.Duration
}

// DTLS is a peer's side of DTLS-SRTP (RFC 5763).
type DTLS struct {
	Fingerprint string // a=fingerprint value
	// Active tells that the peer opens the handshake (its a=setup is active, or actpass answered by our passive).
	Active bool
}

// Selected tells where a leg's media goes once it is connected.
type Selected struct {
	// RTP and RTCP are the chosen pairs; with Mux the second repeats the first. Without ICE they are the signalled addresses.
	RTP, RTCP Pair
	// Form is the STUN form that the peer turned out to speak; empty without ICE.
	Form string
}

// Pair is a local and a remote candidate.
type Pair struct {
	Local, Remote ice.Candidate
}
