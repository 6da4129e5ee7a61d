// Package sdp reads and writes session descriptions (RFC 8866) of both dialects.
//
// A description is kept as its lines, in their order, so that whatever is not understood here survives a round trip;
// typed access reads single lines on demand. Writing always ends lines with CRLF.
package sdp

import (
	"strconv"
	"strings"
)

// Limits of what Parse accepts.
const (
	MaxSize  = 64 << 10 // bytes of a description
	MaxLines = 2048     // lines of a description
	MaxMedia = 32       // media sections of a description
)

// Description is a session description: the session's own lines and one section for each m= line.
type Description struct {
	Session Section
	Media   []*Media
}

// Line is one type=value line without its line end.
type Line struct {
	Type  byte
	Value string
}

// Section is the lines of the session level or of one media description, without the m= line itself.
type Section []Line

// Media is one media description.
type Media struct {
	Kind      string // audio, video, message, applicationsharing, data, ...
	Port      int    // 0 refuses the stream
	PortCount int    // 0 when the m= line has no count
	Proto     string // RTP/AVP, TCP/RTP/SAVP, sip, ...
	Formats   []string
	Section
}

// Refused tells whether the stream is offered or answered as unused (RFC 3264 section 6).
func (m *Media) Refused() bool { return m.Port == 0 }

// Value returns the first line of a type; ok is false when there is none.
func (s Section) Value(kind byte) (value string, ok bool) {
	for _, l := range s {
		if l.Type == kind {
			return l.Value, true
		}
	}
	return "", false
}

// Attribute returns the value of the first a=name or a=name:value line. Names are case-sensitive (RFC 8866 section 9).
func (s Section) Attribute(name string) (value string, ok bool) {
	for _, l := range s {
		if l.Type == 'a' {
			if n, v := splitAttribute(l.Value); n == name {
				return v, true
			}
		}
	}
	return "", false
}

// Attributes returns the values of all a=name:value lines in their order.
func (s Section) Attributes(name string) []string {
	var out []string
	for _, l := range s {
		if l.Type == 'a' {
			if n, v := splitAttribute(l.Value); n == name {
				out = append(out, v)
			}
		}
	}
	return out
}

// Add appends a line.
func (s *Section) Add(kind byte, value string) { *s = append(*s, Line{kind, value}) }

// AddAttribute appends a=name:value, or a=name when value is empty.
func (s *Section) AddAttribute(name, value string) {
	if value != "" {
		name += ":" + value
	}
	s.Add('a', name)
}

func splitAttribute(text string) (name, value string) {
	name, value, _ = strings.Cut(text, ":")
	return name, strings.TrimSpace(value)
}

// Append writes the description to dst: the session's lines, then each m= line with its own.
func (d *Description) Append(dst []byte) []byte {
	dst = d.Session.append(dst)
	for _, m := range d.Media {
		dst = append(dst, "m="...)
		dst = append(dst, m.Kind...)
		dst = append(dst, ' ')
		dst = strconv.AppendInt(dst, int64(m.Port), 10)
		if m.PortCount != 0 {
			dst = append(dst, '/')
			dst = strconv.AppendInt(dst, int64(m.PortCount), 10)
		}
		dst = append(dst, ' ')
		dst = append(dst, m.Proto...)
		for _, f := range m.Formats {
			dst = append(dst, ' ')
			dst = append(dst, f...)
		}
		dst = append(dst, "\r\n"...)
		dst = m.append(dst)
	}
	return dst
}

// Bytes returns the description as it goes on the wire.
func (d *Description) Bytes() []byte { return d.Append(nil) }

func (s Section) append(dst []byte) []byte {
	for _, l := range s {
		dst = append(dst, l.Type, '=')
		dst = append(dst, l.Value...)
		dst = append(dst, "\r\n"...)
	}
	return dst
}
