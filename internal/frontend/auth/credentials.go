package auth

import (
	"strings"

	"parley/internal/wire/sip"
)

// credentials are the parts of one Authorization field (RFC 7616 section 3.4, [MS-SIPAE] section 2.2.2). They alias the message.
type credentials struct {
	scheme string

	// Digest
	username, nonce, uri, response, algorithm, cnonce, qop, nc string
	// NTLM and Kerberos
	gssapi, targetname, version, crand, cnum string
	hasGSSAPI                                bool
	// all
	realm, opaque string
}

func (c *credentials) is(scheme string) bool { return strings.EqualFold(c.scheme, scheme) }

// parse reads a field value; false when it is malformed, which includes a parameter that comes twice.
func (c *credentials) parse(value string) bool {
	*c = credentials{}
	var rest string
	c.scheme = strings.TrimSpace(value)
	if end := strings.IndexAny(c.scheme, " \t\r\n"); end >= 0 {
		c.scheme, rest = c.scheme[:end], c.scheme[end:]
	}
	seen := uint32(0)
	for rest = skip(rest); rest != ""; {
		eq := strings.IndexByte(rest, '=')
		if eq <= 0 {
			return false
		}
		name := strings.TrimRight(rest[:eq], " \t")
		val, after, ok := cutValue(skip(rest[eq+1:]))
		if !ok {
			return false
		}
		if bit, to := c.slot(name); to != nil {
			if seen&(1<<bit) != 0 {
				return false
			}
			seen |= 1 << bit
			*to = val
		}
		rest = skip(after)
	}
	c.hasGSSAPI = seen&(1<<8) != 0
	return c.scheme != ""
}

// slot returns where a parameter goes and its number; nil for one that nobody reads.
func (c *credentials) slot(name string) (int, *string) {
	for i, known := range [...]struct {
		name string
		to   *string
	}{
		{"username", &c.username}, {"nonce", &c.nonce}, {"uri", &c.uri}, {"response", &c.response},
		{"algorithm", &c.algorithm}, {"cnonce", &c.cnonce}, {"qop", &c.qop}, {"nc", &c.nc},
		{"gssapi-data", &c.gssapi}, {"targetname", &c.targetname}, {"version", &c.version}, {"crand", &c.crand},
		{"cnum", &c.cnum}, {"realm", &c.realm}, {"opaque", &c.opaque},
	} {
		if len(known.name) == len(name) && strings.EqualFold(known.name, name) {
			return i, known.to
		}
	}
	return 0, nil
}

// skip drops white space, folded line ends and commas.
func skip(s string) string { return strings.TrimLeft(s, " \t\r\n,") }

// cutValue takes a quoted string or a token from the front of s.
func cutValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ", \t\r\n")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], true
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return sip.Unquote(s[:i+1]), s[i+1:], true
		}
	}
	return "", "", false
}
