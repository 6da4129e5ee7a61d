package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Candidate is one a=candidate line in the grammar of RFC 8445 (RFC 8839 section 5.1), which MS-ICE2 shares but for its
// transports TCP-ACT and TCP-PASS, or in the older one of MS-ICE (draft-ietf-mmusic-ice-06).
type Candidate struct {
	Foundation string
	Component  int    // 1 RTP, 2 RTCP
	Transport  string // UDP, TCP, TCP-ACT, TCP-PASS as written
	Priority   uint32
	Address    string // an IP address, or a name such as an mDNS one
	Port       int
	Type       string // host, srflx, prflx, relay; "" in the older grammar
	Related    netip.AddrPort
	Extensions string // what follows, such as tcptype active; "" when nothing

	// Username and Password are the older grammar's credentials, which stand in each candidate; both are "" in the newer.
	Username, Password string
}

// Legacy tells whether the candidate is of the older grammar.
func (c Candidate) Legacy() bool { return c.Username != "" }

// UDP tells whether media goes over UDP.
func (c Candidate) UDP() bool { return strings.EqualFold(c.Transport, "UDP") }

// AddrPort returns the transport address, without a zone, which means nothing on another machine; ok is false when the address
// is a name.
func (c Candidate) AddrPort() (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(c.Address)
	return netip.AddrPortFrom(a.Unmap().WithZone(""), uint16(c.Port)), err == nil
}

// ParseCandidate reads the value of an a=candidate line of either grammar. Both have the transport fourth or third:
//
//	1 1 UDP 2028994815 10.77.0.1 40011 typ host                   foundation component transport priority
//	<user> 1 <password> UDP 0.830 10.77.0.1 40070                 user component password transport preference
func ParseCandidate(value string) (Candidate, error) {
	f := strings.Fields(value)
	if len(f) < 7 {
		return Candidate{}, errors.New("candidate: fewer than 7 fields")
	}
	if isTransport(f[3]) && !(isTransport(f[2]) && len(f) > 7 && f[6] == "typ") {
		return parseLegacyCandidate(f)
	}
	if len(f) < 8 || f[6] != "typ" {
		return Candidate{}, errors.New("candidate: no typ field")
	}
	c := Candidate{Foundation: f[0], Transport: f[2], Address: f[4], Type: f[7]}
	if !isTransport(c.Transport) {
		return Candidate{}, fmt.Errorf("candidate: unknown transport %.20q", c.Transport)
	}
	priority, err := strconv.ParseUint(f[3], 10, 32)
	if err != nil {
		return Candidate{}, errors.New("candidate: priority is not a number below 2^32")
	}
	c.Priority = uint32(priority)
	if err := c.setPlace(f[1], f[5]); err != nil {
		return Candidate{}, err
	}
	rest := f[8:]
	if len(rest) >= 4 && rest[0] == "raddr" && rest[2] == "rport" {
		port, err := parseUint(rest[3], 65535)
		if err != nil {
			return Candidate{}, fmt.Errorf("candidate: rport: %w", err)
		}
		if a, err := netip.ParseAddr(rest[1]); err == nil {
			c.Related = netip.AddrPortFrom(a, uint16(port))
		}
		rest = rest[4:]
	}
	c.Extensions = strings.Join(rest, " ")
	return c, nil
}

func parseLegacyCandidate(f []string) (Candidate, error) {
	c := Candidate{Username: f[0], Password: f[2], Transport: f[3], Address: f[5]}
	q, err := strconv.ParseFloat(f[4], 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return Candidate{}, errors.New("candidate: preference is not a number from 0 to 1")
	}
	c.Priority = uint32(q * 1000)
	return c, c.setPlace(f[1], f[6])
}

func (c *Candidate) setPlace(component, port string) (err error) {
	if c.Component, err = parseUint(component, 256); err != nil || c.Component == 0 {
		return errors.New("candidate: component is not a number from 1 to 256")
	}
	if c.Port, err = parseUint(port, 65535); err != nil {
		return fmt.Errorf("candidate: port: %w", err)
	}
	return nil
}

func isTransport(text string) bool {
	switch strings.ToUpper(text) {
	case "UDP", "TCP", "TCP-ACT", "TCP-PASS", "TCP-SO":
		return true
	}
	return false
}

// String returns the value of the a=candidate line.
func (c Candidate) String() string {
	if c.Legacy() {
		return fmt.Sprintf("%s %d %s %s %.3f %s %d", c.Username, c.Component, c.Password, c.Transport,
			float64(c.Priority)/1000, c.Address, c.Port)
	}
	s := fmt.Sprintf("%s %d %s %d %s %d typ %s", c.Foundation, c.Component, c.Transport, c.Priority, c.Address, c.Port, c.Type)
	if c.Related.IsValid() {
		s += fmt.Sprintf(" raddr %s rport %d", c.Related.Addr(), c.Related.Port())
	}
	if c.Extensions != "" {
		s += " " + c.Extensions
	}
	return s
}
