package dialect

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"parley/internal/wire/sdp"
)

// maxCandidates bounds the candidates that are read of one stream: a client has a few for each of its interfaces.
const maxCandidates = 64

// Read understands what both dialects write alike. Lines of a stream that are malformed are left out with a Change, as an
// offerer's other lines may still serve; a session without any usable m= line is an error.
func Read(d *sdp.Description) (Session, []Change, error) {
	var s Session
	var err error
	if s.Origin, err = d.Origin(); err != nil {
		return Session{}, nil, err
	}
	if len(d.Media) == 0 {
		return Session{}, nil, fmt.Errorf("session description has no m= line")
	}
	var changes []Change
	for _, l := range d.Session {
		if l.Type == 'b' || l.Type == 'a' && !understood(l.Value) {
			s.Extra = append(s.Extra, l)
		}
	}
	for _, m := range d.Media {
		stream, dropped := readStream(d, m)
		s.Streams = append(s.Streams, stream)
		changes = append(changes, dropped...)
	}
	return s, changes, nil
}

// understood tells whether an attribute is read into a typed field, or concerns a hop only.
func understood(attribute string) bool {
	name, _, _ := strings.Cut(attribute, ":")
	switch name {
	case "rtpmap", "fmtp", "rtcp", "rtcp-mux", "rtcp-mux-only", "ice-ufrag", "ice-pwd", "ice-lite", "ice-options", "ice-mismatch", "ice-pacing",
		"candidate", "x-candidate-ipv6", "remote-candidates", "end-of-candidates", "crypto", "cryptoscale", "encryption", "fingerprint", "setup",
		"connection", "tls-id", "sendrecv", "sendonly", "recvonly", "inactive", "ptime", "label", "group", "mid", "tool",
		"msid-semantic", "bundle-only":
		return true
	}
	return false
}

// namesSource tells whether an attribute names SSRCs, which the relay replaces in audio and keeps in video.
func namesSource(attribute string) bool {
	return strings.HasPrefix(attribute, "ssrc") || strings.HasPrefix(attribute, "x-ssrc-range")
}

func readStream(d *sdp.Description, m *sdp.Media) (Stream, []Change) {
	s := Stream{Kind: m.Kind, Proto: m.Proto, Formats: m.Formats, Refused: m.Refused(), Codecs: m.Codecs(), Direction: d.Direction(m)}
	s.Label, _ = m.Attribute("label")
	if v, ok := m.Attribute("ptime"); ok {
		if n, err := strconv.Atoi(v); err == nil && n > 0 && n <= 200 {
			s.Ptime = n
		}
	}
	for _, l := range m.Section {
		if l.Type == 'b' || l.Type == 'a' && !understood(l.Value) && !(m.Kind == "audio" && namesSource(l.Value)) {
			s.Extra = append(s.Extra, l)
		}
	}
	var changes []Change
	s.Transport, changes = readTransport(d, m)
	if holdsByAddress(&s) {
		s.Direction = sdp.DirectionOf(s.Direction.Sends(), false)
	}
	return s, changes
}

// holdsByAddress tells whether a stream is held the way of RFC 2543: it is to be sent to no address. With ICE the address in
// c= can be empty because the candidates are yet to come.
func holdsByAddress(s *Stream) bool {
	return !s.Refused && s.Transport.RTP.IsValid() && s.Transport.RTP.Addr().IsUnspecified() && !s.Transport.ICE()
}

func readTransport(d *sdp.Description, m *sdp.Media) (Transport, []Change) {
	var t Transport
	var changes []Change
	malformed := func(what string, err error) {
		changes = append(changes, Change{What: "a=" + what, Reason: "cannot be read: " + err.Error()})
	}
	address, _ := d.Address(m)
	if ip, err := netip.ParseAddr(address); err == nil {
		t.RTP = netip.AddrPortFrom(ip, uint16(m.Port))
		rtcpAddress, port, ok := m.RTCP()
		if !ok && m.Port < 65535 {
			port = m.Port + 1
		}
		if other, err := netip.ParseAddr(rtcpAddress); err == nil {
			ip = other
		}
		t.RTCP = netip.AddrPortFrom(ip, uint16(port))
	}
	_, t.Mux = m.Attribute("rtcp-mux")
	t.Ufrag, _ = d.Inherited(m, "ice-ufrag")
	t.Pwd, _ = d.Inherited(m, "ice-pwd")
	_, t.Lite = d.Inherited(m, "ice-lite")
	lines := append(m.Attributes("candidate"), m.Attributes("x-candidate-ipv6")...)
	for i, v := range lines {
		if i == maxCandidates {
			changes = append(changes, Change{What: "a=candidate", Reason: fmt.Sprintf("only the first %d candidates are used", maxCandidates)})
			break
		}
		c, err := sdp.ParseCandidate(v)
		if err != nil {
			malformed("candidate", err)
			continue
		}
		t.Candidates = append(t.Candidates, c)
	}
	if v, ok := m.Attribute("remote-candidates"); ok {
		var err error
		if t.Chosen, err = sdp.ParseRemoteCandidates(v); err != nil {
			malformed("remote-candidates", err)
		}
	}
	for _, v := range m.Attributes("crypto") {
		c, err := sdp.ParseCrypto(v)
		if err != nil {
			malformed("crypto", err)
			continue
		}
		t.Crypto = append(t.Crypto, c)
	}
	if v, ok := d.Inherited(m, "fingerprint"); ok {
		f, err := sdp.ParseFingerprint(v)
		if err != nil {
			malformed("fingerprint", err)
		} else {
			t.Fingerprint = f.String()
			t.Setup, _ = d.Inherited(m, "setup")
		}
	}
	return t, changes
}
