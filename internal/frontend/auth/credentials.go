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
	for i := range len(c.scheme) {
		if isBlank(c.scheme[i]) {
			c.scheme, rest = c.scheme[:i], c.scheme[i:]
			break
		}
	}
	seen := uint32(0)
	for rest = skip(rest); rest != ""; {
		eq := strings.IndexByte(rest, '=')
		if eq <= 0 {
			return false
		}
		name := rest[:eq]
		for name != "" && isBlank(name[len(name)-1]) {
			name = name[:len(name)-1]
		}
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

// slot returns where a parameter goes and its number; nil for one that nobody reads. Clients write the names in lower case.
func (c *credentials) slot(name string) (int, *string) {
	switch name {
	case "username":
		return 0, &c.username
	case "nonce":
		return 1, &c.nonce
	case "uri":
		return 2, &c.uri
	case "response":
		return 3, &c.response
	case "algorithm":
		return 4, &c.algorithm
	case "cnonce":
		return 5, &c.cnonce
	case "qop":
		return 6, &c.qop
	case "nc":
		return 7, &c.nc
	case "gssapi-data":
		return 8, &c.gssapi
	case "targetname":
		return 9, &c.targetname
	case "version":
		return 10, &c.version
	case "crand":
		return 11, &c.crand
	case "cnum":
		return 12, &c.cnum
	case "realm":
		return 13, &c.realm
	case "opaque":
		return 14, &c.opaque
	}
	if small := strings.ToLower(name); small != name {
		return c.slot(small)
	}
	return 0, nil
}

// skip drops white space, folded line ends and commas.
func skip(s string) string {
	for s != "" && (isBlank(s[0]) || s[0] == ',') {
		s = s[1:]
	}
	return s
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// tokenEnd is where the token at the front of s ends.
func tokenEnd(s string) int {
	for i := range len(s) {
		if isBlank(s[i]) || s[i] == ',' {
			return i
		}
	}
	return len(s)
}

// cutValue takes a quoted string or a token from the front of s.
func cutValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := tokenEnd(s)
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
