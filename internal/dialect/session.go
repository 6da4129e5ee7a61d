package dialect

import (
	"net/netip"

	"parley/internal/wire/sdp"
)

// Session is what one side offers or answers, understood.
type Session struct {
	Origin  sdp.Origin
	Streams []Stream   // in the order of the m= lines, refused ones included
	Extra   []sdp.Line // session-level lines that no translation needs to understand
}

// Stream is one media stream of a Session.
type Stream struct {
	Kind      string // audio, video, applicationsharing, data, ...
	Proto     string // as it stood in the m= line
	Formats   []string
	Refused   bool
	Label     string // Microsoft's name of the stream, such as main-audio; "" when none
	Direction sdp.Direction
	Codecs    []sdp.Codec // most preferred first
	Ptime     int         // ms, 0 when not asked for
	Transport Transport
	Extra     []sdp.Line // lines that no translation needs to understand
}

// Transport is where and how a stream's packets travel.
type Transport struct {
	RTP, RTCP netip.AddrPort // the default candidate; not valid when a name stood there
	Mux       bool           // a=rtcp-mux

	Ufrag, Pwd string // "" without ICE
	Lite       bool
	Candidates []sdp.Candidate
	Chosen     []sdp.RemoteCandidate // a=remote-candidates

	Crypto      []sdp.Crypto
	Fingerprint string // a=fingerprint, "" without DTLS-SRTP
	Setup       string // a=setup

	SSRC  uint32 // what we send with; 0 when not told
	CNAME string
}

// ICE tells whether connectivity checks are offered or answered.
func (t Transport) ICE() bool { return t.Ufrag != "" && t.Pwd != "" && len(t.Candidates) > 0 }

// Secure tells whether packets are or can be encrypted.
func (t Transport) Secure() bool { return len(t.Crypto) > 0 || t.Fingerprint != "" }

// Active returns the first stream of a kind that is not refused.
func (s *Session) Active(kind string) (index int, ok bool) {
	for i := range s.Streams {
		if s.Streams[i].Kind == kind && !s.Streams[i].Refused {
			return i, true
		}
	}
	return 0, false
}
