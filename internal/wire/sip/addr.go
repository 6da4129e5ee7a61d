package sip

import (
	"errors"
	"fmt"
	"strings"
)

// ErrAddr is the kind of every address error.
var ErrAddr = errors.New("malformed address")

// Addr is the value of From, To, Contact, Route and their like: name-addr or addr-spec with header parameters (RFC 3261
// section 20.10). Without angle brackets the parameters belong to the header.
type Addr struct {
	Display string // unquoted
	URI     URI
	Params  Params
	Star    bool // the "*" of a Contact that removes all bindings
}

// ParseAddr reads one address.
func ParseAddr(s string) (Addr, error) {
	s = trim(s)
	if s == "*" {
		return Addr{Star: true}, nil
	}
	var a Addr
	uri, params := "", ""
	display := ""
	if strings.HasPrefix(s, `"`) {
		end := quoteEnd(s)
		if end < 0 {
			return Addr{}, fmt.Errorf("%w: unterminated quote in %q", ErrAddr, clip(s))
		}
		display, s = s[:end], trim(s[end:])
		if !strings.HasPrefix(s, "<") {
			return Addr{}, fmt.Errorf("%w: no <URI> after the display name", ErrAddr)
		}
	}
	if open := strings.IndexByte(s, '<'); open >= 0 {
		closing := strings.IndexByte(s[open:], '>')
		if closing < 0 {
			return Addr{}, fmt.Errorf("%w: unclosed < in %q", ErrAddr, clip(s))
		}
		if display == "" {
			display = trim(s[:open])
		}
		uri, params = s[open+1:open+closing], trim(s[open+closing+1:])
	} else {
		uri = s
		if semi := strings.IndexByte(s, ';'); semi >= 0 {
			uri, params = trim(s[:semi]), s[semi:]
		}
		// RFC 3261 section 20: a URI with comma, question mark or semicolon must stand in angle brackets.
		if strings.ContainsAny(uri, "?,") {
			return Addr{}, fmt.Errorf("%w: %q needs angle brackets", ErrAddr, clip(uri))
		}
	}
	if params != "" && params[0] != ';' {
		return Addr{}, fmt.Errorf("%w: %q after the URI", ErrAddr, clip(params))
	}
	parsed, err := ParseURI(uri)
	if err != nil {
		return Addr{}, err
	}
	a.Display, a.URI, a.Params = Unquote(display), parsed, Params(params)
	return a, nil
}

// String writes the address with angle brackets.
func (a Addr) String() string {
	if a.Star {
		return "*"
	}
	s := "<" + a.URI.String() + ">" + string(a.Params)
	if a.Display == "" {
		return s
	}
	return Quote(a.Display) + " " + s
}

// Tag is the tag parameter, or "".
func (a Addr) Tag() string {
	tag, _ := a.Params.Get("tag")
	return tag
}
