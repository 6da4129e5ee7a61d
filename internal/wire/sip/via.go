package sip

import (
	"errors"
	"fmt"
	"strings"
)

// ErrVia is the kind of every Via error.
var ErrVia = errors.New("malformed Via")

// MagicCookie begins the branch of every request of an RFC 3261 element (section 8.1.1.7).
const MagicCookie = "z9hG4bK"

// Via is one Via value (RFC 3261 section 20.42).
type Via struct {
	Transport string // upper case
	Host      string // IPv6 without brackets
	Port      int    // 0 when absent
	Params    Params
}

// ParseVia reads one Via value; white space around the slashes is allowed, as RFC 3261 section 25.1 allows it.
func ParseVia(s string) (Via, error) {
	var v Via
	name, rest, ok1 := strings.Cut(s, "/")
	version, rest, ok2 := strings.Cut(rest, "/")
	if !ok1 || !ok2 || !strings.EqualFold(trim(name), "SIP") || trim(version) != "2.0" {
		return v, fmt.Errorf("%w: %q is not SIP/2.0", ErrVia, clip(s))
	}
	rest = trim(rest)
	at := indexAny(rest, &blankByte)
	if at < 0 || !isToken(rest[:at]) {
		return v, fmt.Errorf("%w: no sent-by in %q", ErrVia, clip(s))
	}
	v.Transport = upper(rest[:at])
	rest = trim(rest[at:])
	if semi := strings.IndexByte(rest, ';'); semi >= 0 {
		rest, v.Params = trim(rest[:semi]), Params(rest[semi:])
	}
	if hasAny(rest, &blankByte) {
		rest = strings.Join(strings.Fields(rest), "") // "host : port"
	}
	var u URI
	if err := u.parseHostPort(rest); err != nil {
		return v, fmt.Errorf("%w: sent-by %q", ErrVia, clip(rest))
	}
	v.Host, v.Port = u.Host, u.Port
	return v, nil
}

// Branch is the branch parameter, or "" as the Lync dialect's INVITE has it.
func (v Via) Branch() string {
	branch, _ := v.Params.Get("branch")
	return branch
}

// String writes the Via value.
func (v Via) String() string {
	return "SIP/2.0/" + v.Transport + " " + URI{Host: v.Host, Port: v.Port}.HostPort() + string(v.Params)
}

// TopVia is the first Via value of the message.
func (m *Message) TopVia() (Via, error) {
	if m.known.hasVia {
		return m.known.via, nil
	}
	i := m.find("Via", 0)
	if i < 0 {
		return Via{}, fmt.Errorf("%w: none", ErrVia)
	}
	first, _ := cutItem(m.fields[i].value(), ',')
	return ParseVia(first)
}

func upper(s string) string {
	for _, known := range [...]string{"UDP", "TCP", "TLS", "WS", "WSS"} {
		if len(s) == len(known) && strings.EqualFold(s, known) {
			return known
		}
	}
	return strings.ToUpper(s)
}
