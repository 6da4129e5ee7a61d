package ice

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
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

// ErrHostname marks a candidate whose address is a name (RFC 8839 section 5.1 allows to ignore it; browsers send mDNS
// names that mean nothing outside their own network).
var ErrHostname = errors.New("ice: candidate address is a host name")

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

// ParseCandidate reads the value of an a=candidate or a=x-candidate-ipv6 attribute (RFC 8839 section 5.1). Unknown
// extensions are skipped. A host name instead of an address is ErrHostname.
func ParseCandidate(value string) (Candidate, error) {
	f := strings.Fields(strings.TrimPrefix(value, "candidate:"))
	if len(f) < 8 || len(f) > 64 || f[6] != "typ" {
		return Candidate{}, fmt.Errorf("parse candidate %.80q: want foundation component transport priority address port typ type", value)
	}
	if len(f[0]) > 32 {
		return Candidate{}, fmt.Errorf("parse candidate %.80q: foundation is longer than 32 characters", value)
	}
	component, err := strconv.ParseUint(f[1], 10, 8)
	if err != nil || component == 0 {
		return Candidate{}, fmt.Errorf("parse candidate %.80q: component %.20q", value, f[1])
	}
	priority, err := strconv.ParseUint(f[3], 10, 32)
	if err != nil {
		return Candidate{}, fmt.Errorf("parse candidate %.80q: priority %.20q", value, f[3])
	}
	addr, err := address(f[4], f[5])
	if err != nil {
		return Candidate{}, fmt.Errorf("parse candidate %.80q: %w", value, err)
	}
	c := Candidate{Foundation: f[0], Component: int(component), Transport: f[2], Priority: uint32(priority), Addr: addr, Type: f[7]}
	var related [2]string
	for i := 8; i+1 < len(f); i += 2 {
		switch f[i] {
		case "raddr":
			related[0] = f[i+1]
		case "rport":
			related[1] = f[i+1]
		}
	}
	if related[0] != "" && related[1] != "" {
		// A peer that hides its own address writes a name or zeros here; neither is of use.
		c.Related, _ = address(related[0], related[1])
	}
	return c, nil
}

func address(host, port string) (netip.AddrPort, error) {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, ErrHostname
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("port %.20q", port)
	}
	return netip.AddrPortFrom(ip.Unmap().WithZone(""), uint16(n)), nil
}

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
