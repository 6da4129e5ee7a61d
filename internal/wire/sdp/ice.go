package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// RemoteCandidate is one component's chosen candidate of the other side, in a=remote-candidates (RFC 8839 section 5.2).
type RemoteCandidate struct {
	Component int
	Address   netip.AddrPort
}

// ParseRemoteCandidates reads the value of an a=remote-candidates line.
func ParseRemoteCandidates(value string) ([]RemoteCandidate, error) {
	f := strings.Fields(value)
	if len(f) == 0 || len(f)%3 != 0 || len(f) > 3*16 {
		return nil, errors.New("remote-candidates: want component, address and port for each component")
	}
	var out []RemoteCandidate
	for ; len(f) > 0; f = f[3:] {
		component, err := parseUint(f[0], 256)
		if err != nil || component == 0 {
			return nil, errors.New("remote-candidates: component is not a number from 1 to 256")
		}
		addr, err := netip.ParseAddr(f[1])
		if err != nil {
			return nil, errors.New("remote-candidates: not an IP address")
		}
		port, err := parseUint(f[2], 65535)
		if err != nil {
			return nil, fmt.Errorf("remote-candidates: port: %w", err)
		}
		out = append(out, RemoteCandidate{component, netip.AddrPortFrom(addr, uint16(port))})
	}
	return out, nil
}

// RemoteCandidatesLine returns the value of the a=remote-candidates line.
func RemoteCandidatesLine(list []RemoteCandidate) string {
	parts := make([]string, 0, len(list))
	for _, r := range list {
		parts = append(parts, fmt.Sprintf("%d %s %d", r.Component, r.Address.Addr(), r.Address.Port()))
	}
	return strings.Join(parts, " ")
}

// RTCP returns where a stream's RTCP is to be sent (RFC 3605): the a=rtcp port, with its address when it names one.
// ok is false when there is no such line, and the next port above RTP's counts.
func (m *Media) RTCP() (address string, port int, ok bool) {
	v, ok := m.Attribute("rtcp")
	if !ok {
		return "", 0, false
	}
	f := strings.Fields(v)
	if len(f) != 1 && len(f) != 4 {
		return "", 0, false
	}
	port, err := parseUint(f[0], 65535)
	if err != nil {
		return "", 0, false
	}
	if len(f) == 4 {
		address = f[3]
	}
	return address, port, true
}

// Fingerprint is the hash of a DTLS certificate (RFC 8122 section 5).
type Fingerprint struct {
	Hash  string // lower case, such as sha-256
	Value string // upper-case hexadecimal bytes, separated by colons
}

// ParseFingerprint reads the value of an a=fingerprint line.
func ParseFingerprint(value string) (Fingerprint, error) {
	hash, sum, ok := strings.Cut(value, " ")
	sum = strings.ToUpper(strings.TrimSpace(sum))
	if !ok || len(sum) < 2 || len(sum) > 200 || len(sum)%3 != 2 {
		return Fingerprint{}, errors.New("fingerprint: want a hash name and its bytes")
	}
	for i := range len(sum) {
		colon := i%3 == 2
		if hex := strings.IndexByte("0123456789ABCDEF", sum[i]) >= 0; colon == hex || colon && sum[i] != ':' {
			return Fingerprint{}, errors.New("fingerprint: bytes are not hexadecimal pairs with colons between")
		}
	}
	return Fingerprint{strings.ToLower(hash), sum}, nil
}

// String returns the value of the a=fingerprint line.
func (f Fingerprint) String() string { return f.Hash + " " + f.Value }
