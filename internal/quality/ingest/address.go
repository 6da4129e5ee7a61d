package ingest

import (
	"net/netip"
	"strconv"
	"strings"
)

// aor reduces an address in any of the forms that reports have to user@domain
// in lower case: a name and angle brackets, a scheme, parameters and a port are
// left out. It is empty for text without a domain.
func aor(s string) string {
	if _, rest, ok := strings.Cut(s, "<"); ok {
		s, _, _ = strings.Cut(rest, ">")
	}
	s = strings.ToLower(strings.TrimSpace(s))
	for _, scheme := range []string{"sip:", "sips:", "tel:"} {
		s = strings.TrimPrefix(s, scheme)
	}
	if i := strings.IndexAny(s, ";?"); i >= 0 {
		s = s[:i]
	}
	user, host, ok := strings.Cut(s, "@")
	if !ok || user == "" || host == "" {
		return ""
	}
	if user, _, ok := strings.Cut(user, ":"); ok { // a password
		return user + "@" + withoutPort(host)
	}
	return user + "@" + withoutPort(host)
}

func withoutPort(host string) string {
	if strings.HasPrefix(host, "[") {
		if i := strings.IndexByte(host, ']'); i >= 0 {
			return host[:i+1]
		}
		return host
	}
	host, _, _ = strings.Cut(host, ":")
	return host
}

// sameParty tells whether a reported address is an account's. A phone that
// knows itself by the address of its registrar has the same user part.
func sameParty(reported, account string) bool {
	a := aor(reported)
	if a == account {
		return true
	}
	user, host, _ := strings.Cut(a, "@")
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	name, _, _ := strings.Cut(account, "@")
	return err == nil && user == name
}

// subnet is the network of an address with a mask: dotted for IPv4, a prefix
// length for IPv6 (MS-QoE section 2.2.1.9.1). It is empty when either is wrong.
func subnet(ip, mask string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil || mask == "" {
		return ""
	}
	bits, err := strconv.Atoi(mask)
	if err != nil {
		m, err := netip.ParseAddr(mask)
		if err != nil || !m.Is4() {
			return ""
		}
		bits = 0
		b := m.As4()
		for i := 0; i < 32 && b[i/8]&(0x80>>(i%8)) != 0; i++ {
			bits++
		}
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}
