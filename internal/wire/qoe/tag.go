package qoe

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// startTag reads <name attributes> or <name attributes/>.
func (s *scanner) startTag() (token, error) {
	if s.elements++; s.elements > maxElements {
		return token{}, s.fail("more than %d elements", maxElements)
	}
	if len(s.open) == 0 && s.elements > 1 {
		return token{}, s.fail("a second root element")
	}
	if len(s.open) >= maxDepth {
		return token{}, s.fail("elements are nested deeper than %d", maxDepth)
	}
	s.pos++
	name := s.name()
	if len(name) == 0 {
		return token{}, s.fail("a tag without a name")
	}
	s.open = append(s.open, element{name: name, bindings: len(s.bindings)})
	s.attrs = s.attrs[:0]
	for {
		s.blanks()
		if s.pos >= len(s.b) {
			return token{}, s.fail("the document ends inside of a tag")
		}
		switch s.b[s.pos] {
		case '>':
			s.pos++
			return s.resolve(name)
		case '/':
			if s.pos+1 >= len(s.b) || s.b[s.pos+1] != '>' {
				return token{}, s.fail("a slash inside of a tag")
			}
			s.pos += 2
			s.closing = true
			return s.resolve(name)
		}
		if err := s.attribute(); err != nil {
			return token{}, err
		}
	}
}

// attribute reads name="value"; namespace declarations go into scope.
func (s *scanner) attribute() error {
	name := s.name()
	if len(name) == 0 {
		return s.fail("%.20q where an attribute should be", s.b[s.pos:])
	}
	s.blanks()
	if s.pos >= len(s.b) || s.b[s.pos] != '=' {
		return s.fail("attribute %s has no value", clip(name))
	}
	s.pos++
	s.blanks()
	if s.pos >= len(s.b) || s.b[s.pos] != '"' && s.b[s.pos] != '\'' {
		return s.fail("attribute %s is not quoted", clip(name))
	}
	quote := s.b[s.pos]
	s.pos++
	end := bytes.IndexByte(s.b[s.pos:], quote)
	if end < 0 {
		return s.fail("attribute %s does not end", clip(name))
	}
	raw := s.b[s.pos : s.pos+end]
	if bytes.IndexByte(raw, '<') >= 0 {
		return s.fail("attribute %s holds <", clip(name))
	}
	value, err := s.expand(raw)
	if err != nil {
		return err
	}
	s.pos += end + 1
	prefix, local := split(name)
	switch {
	case len(s.bindings) == maxBindings:
		return s.fail("more than %d namespace declarations in scope", maxBindings)
	case len(prefix) == 0 && string(local) == "xmlns":
		s.bindings = append(s.bindings, binding{"", string(value)})
	case string(prefix) == "xmlns":
		s.bindings = append(s.bindings, binding{string(local), string(value)})
	case len(s.attrs) == maxAttrs:
		return s.fail("more than %d attributes", maxAttrs)
	default:
		s.attrs = append(s.attrs, attr{prefix, local, string(value)})
	}
	return nil
}

// resolve finishes a start tag when all its declarations are in scope.
func (s *scanner) resolve(name []byte) (token, error) {
	prefix, local := split(name)
	space, ok := s.lookup(prefix)
	if !ok {
		return token{}, s.fail("prefix %s is not declared", clip(prefix))
	}
	return token{kind: startElement, space: space, local: local}, nil
}

func (s *scanner) lookup(prefix []byte) (string, bool) {
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if s.bindings[i].prefix == string(prefix) {
			return s.bindings[i].uri, true
		}
	}
	return "", len(prefix) == 0 || string(prefix) == "xml"
}

func (s *scanner) endTag() (token, error) {
	s.pos += 2
	name := s.name()
	s.blanks()
	if s.pos >= len(s.b) || s.b[s.pos] != '>' {
		return token{}, s.fail("</%s does not end", clip(name))
	}
	s.pos++
	if len(s.open) == 0 || !bytes.Equal(s.open[len(s.open)-1].name, name) {
		return token{}, s.fail("</%s> closes nothing", clip(name))
	}
	s.pop()
	return token{kind: endElement}, nil
}

func (s *scanner) pop() {
	last := len(s.open) - 1
	s.bindings = s.bindings[:s.open[last].bindings]
	s.open = s.open[:last]
}

// name reads an XML name; every byte of a multi-byte character counts as one of
// a name.
func (s *scanner) name() []byte {
	start := s.pos
	for s.pos < len(s.b) {
		c := s.b[s.pos]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':' || c >= utf8.RuneSelf
		inner := c >= '0' && c <= '9' || c == '-' || c == '.'
		if !letter && (!inner || s.pos == start) {
			break
		}
		s.pos++
	}
	return s.b[start:s.pos]
}

func split(name []byte) (prefix, local []byte) {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return nil, name
}

func (s *scanner) blanks() {
	for s.pos < len(s.b) {
		switch s.b[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// expand replaces references. Without any, it returns its argument.
func (s *scanner) expand(raw []byte) ([]byte, error) {
	amp := bytes.IndexByte(raw, '&')
	if amp < 0 {
		return raw, nil
	}
	out := s.scratch[:0]
	for amp >= 0 {
		out = append(out, raw[:amp]...)
		raw = raw[amp+1:]
		semi := bytes.IndexByte(raw, ';')
		if semi < 0 || semi > 12 {
			return nil, s.fail("& without a reference")
		}
		r, ok := reference(string(raw[:semi]))
		if !ok {
			return nil, s.fail("reference &%s; is not known", raw[:semi])
		}
		out = utf8.AppendRune(out, r)
		raw = raw[semi+1:]
		amp = bytes.IndexByte(raw, '&')
	}
	s.scratch = append(out, raw...)
	return s.scratch, nil
}

func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	legal := n == '\t' || n == '\n' || n == '\r' || n >= ' ' && n <= utf8.MaxRune && (n < 0xd800 || n > 0xdfff)
	return rune(n), err == nil && legal
}
