package locate

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strings"

	"parley/internal/stack/transport"
)

// service is one SRV record.
type service struct {
	priority, weight, port uint16
	target                 string // "" for ".", which means none
}

// order sorts SRV records: by priority, and within one by chance with their weights (RFC 2782).
func (r *Resolver) order(records []service) []service {
	left := slices.Clone(records)
	// Those of weight 0 first, so that they have a small chance.
	slices.SortStableFunc(left, func(a, b service) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(min(a.weight, 1), min(b.weight, 1)))
	})
	ordered := make([]service, 0, len(left))
	for len(left) > 0 {
		n := slices.IndexFunc(left, func(s service) bool { return s.priority != left[0].priority })
		if n < 0 {
			n = len(left)
		}
		total := 0
		for _, s := range left[:n] {
			total += int(s.weight)
		}
		draw, sum, at := r.chance(total+1), 0, n-1
		for i, s := range left[:n] {
			if sum += int(s.weight); sum >= draw {
				at = i
				break
			}
		}
		ordered = append(ordered, left[at])
		left = slices.Delete(left, at, at+1)
	}
	return ordered
}

// pointer is one NAPTR record.
type pointer struct {
	order, preference uint16
	flag              byte // 's' or 'a', lower case
	service           string
	target            string
}

// proto is the transport that a NAPTR record is for (RFC 3263 section 4.1, RFC 7118 section 5.3).
func (p pointer) proto() (transport.Proto, bool) {
	switch strings.ToUpper(p.service) {
	case "SIP+D2U":
		return transport.UDP, true
	case "SIP+D2T":
		return transport.TCP, true
	case "SIPS+D2T":
		return transport.TLS, true
	}
	return 0, false
}

// usable puts addresses that this machine has no route to behind the others (RFC 6724 section 6, rule 1), which keep
// their order: IPv6 first.
func (r *Resolver) usable(addrs []netip.Addr) []netip.Addr {
	if len(addrs) < 2 {
		return addrs
	}
	out := slices.Clone(addrs)
	slices.SortStableFunc(out, func(a, b netip.Addr) int { return cmp.Compare(r.rank(a), r.rank(b)) })
	return out
}

func (r *Resolver) rank(a netip.Addr) int {
	if r.config.Reachable(a) {
		return 0
	}
	return 1
}

// routed asks the system whether it has a route; nothing is sent.
func routed(a netip.Addr) bool {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 9)))
	if err != nil {
		return false
	}
	c.Close()
	return true
}
