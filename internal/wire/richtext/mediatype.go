package richtext

import "strings"

// MediaType is a Content-Type value. Microsoft's parameters hold unquoted base64 with "=" in it, which the standard
// library's reader refuses.
type MediaType struct {
	Type   string // lower case: text/plain
	params []mediaParam
}

type mediaParam struct{ name, value string }

// ParseMediaType reads a Content-Type value; it never fails, an empty value is text/plain (RFC 2045 section 5.2).
func ParseMediaType(value string) MediaType {
	head, rest := cutUnquoted(value, ';')
	m := MediaType{Type: strings.ToLower(strings.TrimSpace(head))}
	if m.Type == "" {
		m.Type = "text/plain"
	}
	for rest != "" && len(m.params) < 32 {
		var field string
		field, rest = cutUnquoted(rest, ';')
		name, value, found := strings.Cut(field, "=")
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" && found {
			m.params = append(m.params, mediaParam{name, unquote(strings.TrimSpace(value))})
		}
	}
	return m
}

// Param returns a parameter's value without its quotes, or "".
func (m MediaType) Param(name string) string {
	for _, p := range m.params {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// cutUnquoted cuts s around the first separator that is not within double quotes.
func cutUnquoted(s string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String()
}
