package ice

import (
	"fmt"
	"net/netip"
	"strings"
)

// Components of a media stream (RFC 8445 section 4).
const (
	RTP  = 1
	RTCP = 2
)

// Candidate types (RFC 8839 section 5.1).
const (
	Host            = "host"
	ServerReflexive = "srflx"
	PeerReflexive   = "prflx"
	Relayed         = "relay"
)

// Candidate is one address that a peer can be reached at.
type Candidate struct {
	Foundation string
	Component  int            // RTP or RTCP
	Transport  string         // as written: UDP, TCP-ACT, TCP-PASS, tcp
	Priority   uint32         // RFC 8445 section 5.1.2
	Addr       netip.AddrPort // where it is reached
	Type       string         // host, srflx, prflx or relay
	Related    netip.AddrPort // raddr and rport; zero when absent
}

// UDP tells whether the candidate runs over UDP, the only transport that the relay's sockets speak.
func (c Candidate) UDP() bool { return strings.EqualFold(c.Transport, "udp") }

// String gives the attribute's value, without "candidate:".
func (c Candidate) String() string {
	s := fmt.Sprintf("%s %d %s %d %s %d typ %s", c.Foundation, c.Component, c.Transport, c.Priority, c.Addr.Addr(), c.Addr.Port(), c.Type)
	if c.Related.IsValid() {
		s += fmt.Sprintf(" raddr %s rport %d", c.Related.Addr(), c.Related.Port())
	}
	return s
}

// HostPriority is the priority of the relay's own candidates: type preference 126 and, as there is one address a family,
// local preference 65535 for IPv6 and 65534 for IPv4 (RFC 8445 section 5.1.2.1, RFC 8421 section 4).
func HostPriority(addr netip.Addr, component int) uint32 {
	local := uint32(65534)
	if addr.Is6() && !addr.Is4In6() {
		local = 65535
	}
	return 126<<24 | local<<8 | uint32(256-component)
}
