package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ErrURI is the kind of every URI error.
var ErrURI = errors.New("malformed URI")

// URI is a SIP, SIPS or tel URI (RFC 3261 section 19.1, RFC 3966). For any other scheme only Scheme and Opaque are set.
// Parts are as they were written; escapes are decoded where text is compared, by AOR and UserText.
type URI struct {
	Scheme   string // lower case
	User     string // with its parameters, as the Lync dialect's phone numbers have them; "" when absent
	Password string
	Host     string // IPv6 addresses without brackets
	Port     int    // 0 when absent
	Params   Params // ";transport=tcp;lr"
	Headers  string // without the question mark
	Opaque   string // what follows the scheme of a scheme that is not SIP's
}

// ParseURI reads a URI. Of a sip or sips URI, host and port must be well-formed.
func ParseURI(s string) (URI, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !isToken(scheme) {
		return URI{}, fmt.Errorf("%w: no scheme in %q", ErrURI, clip(s))
	}
	if hasAny(rest, &brokenByte) {
		return URI{}, fmt.Errorf("%w: blank, quote or angle bracket in %q", ErrURI, clip(s))
	}
	u := URI{Scheme: lower(scheme)}
	switch u.Scheme {
	case "sip", "sips":
		return u, u.parseSIP(rest)
	case "tel":
		number, params, _ := strings.Cut(rest, ";")
		if number == "" {
			return URI{}, fmt.Errorf("%w: no number in %q", ErrURI, clip(s))
		}
		u.User = number
		if params != "" {
			u.Params = Params(";" + params)
		}
		return u, nil
	}
	u.Opaque = rest
	return u, nil
}

func (u *URI) parseSIP(rest string) error {
	// A question mark may stand in the user part; the headers begin after the host.
	host := rest
	if at := strings.LastIndexByte(userEnd(rest), '@'); at >= 0 {
		u.User, host = rest[:at], rest[at+1:]
		u.User, u.Password, _ = strings.Cut(u.User, ":")
		if u.User == "" {
			return fmt.Errorf("%w: empty user in %q", ErrURI, clip(rest))
		}
	}
	host, u.Headers, _ = strings.Cut(host, "?")
	if semi := strings.IndexByte(host, ';'); semi >= 0 {
		host, u.Params = host[:semi], Params(host[semi:])
	}
	return u.parseHostPort(host)
}

// userEnd bounds where the @ of the userinfo may stand: an @ inside the URI's own headers does not count.
func userEnd(s string) string {
	if q := strings.IndexByte(s, '?'); q >= 0 && strings.IndexByte(s[:q], '@') >= 0 {
		return s[:q]
	}
	return s
}

func (u *URI) parseHostPort(s string) error {
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return fmt.Errorf("%w: unclosed IPv6 address in %q", ErrURI, clip(s))
		}
		addr, err := netip.ParseAddr(s[1:end])
		if err != nil || !addr.Is6() {
			return fmt.Errorf("%w: IPv6 address %q", ErrURI, clip(s[:end+1]))
		}
		host, port = s[1:end], s[end+1:]
		if port != "" && port[0] != ':' {
			return fmt.Errorf("%w: %q after an IPv6 address", ErrURI, clip(port))
		}
	} else {
		if colon := strings.IndexByte(s, ':'); colon >= 0 {
			host, port = s[:colon], s[colon:]
		}
		if !isHost(host) {
			return fmt.Errorf("%w: host %q", ErrURI, clip(host))
		}
	}
	u.Host = host
	if port != "" {
		n, ok := digits(port[1:], 65535)
		if !ok {
			return fmt.Errorf("%w: port %q", ErrURI, clip(port[1:]))
		}
		u.Port = n
	}
	return nil
}

// isHost accepts host names and IPv4 addresses; underscores too, which real deployments have.
func isHost(s string) bool {
	if s == "" || len(s) > 255 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// String writes the URI.
func (u URI) String() string {
	if u.Scheme != "sip" && u.Scheme != "sips" {
		if u.Scheme == "tel" {
			return "tel:" + u.User + string(u.Params)
		}
		return u.Scheme + ":" + u.Opaque
	}
	var b strings.Builder
	b.Grow(len(u.User) + len(u.Password) + len(u.Host) + len(u.Params) + 18)
	b.WriteString(u.Scheme)
	b.WriteByte(':')
	if u.User != "" {
		b.WriteString(u.User)
		if u.Password != "" {
			b.WriteString(":" + u.Password)
		}
		b.WriteByte('@')
	}
	if strings.IndexByte(u.Host, ':') >= 0 {
		b.WriteString("[" + u.Host + "]")
	} else {
		b.WriteString(u.Host)
	}
	if u.Port != 0 {
		var port [8]byte
		b.Write(strconv.AppendInt(append(port[:0], ':'), int64(u.Port), 10))
	}
	b.WriteString(string(u.Params))
	if u.Headers != "" {
		b.WriteString("?" + u.Headers)
	}
	return b.String()
}

// HostPort is host or host:port as it stands in the URI, IPv6 in brackets.
func (u URI) HostPort() string {
	host := u.Host
	if strings.IndexByte(host, ':') >= 0 {
		host = "[" + host + "]"
	}
	if u.Port != 0 {
		host += ":" + strconv.Itoa(u.Port)
	}
	return host
}

// AOR is "sip:user@host": lower case, escapes decoded, without password, port, parameters and headers. A sips URI names
// the same user. It is "" for a URI that names no user at a domain.
func (u URI) AOR() string {
	if user := u.Account(); user != "" {
		return "sip:" + user
	}
	return ""
}

// Account is "user@host" in the form that keys every table: [URI.AOR] without its scheme.
func (u URI) Account() string {
	if u.Scheme != "sip" && u.Scheme != "sips" || u.User == "" {
		return ""
	}
	user, _, _ := strings.Cut(u.User, ";")
	return lower(unescape(user)) + "@" + lower(u.Host)
}

// UserText is the user part with its escapes decoded.
func (u URI) UserText() string { return unescape(u.User) }

// lower avoids the allocation of strings.ToLower for text that is lower already, as nearly all is.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 'A' && c <= 'Z' || c >= 0x80 {
			return strings.ToLower(s)
		}
	}
	return s
}

// unescape decodes %XX; what is no escape stays (RFC 4475 section 3.1.1.5).
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(n))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}
