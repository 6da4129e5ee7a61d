package qoe

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of a document beside its size.
const (
	maxDepth    = 32
	maxElements = 20000
	maxAttrs    = 64
	maxBindings = 128
)

// scanner is a pull scanner for the XML that reports are made of: elements,
// attributes, text, CDATA, comments, namespaces. It has no DTD, hence no
// entities beyond the five of XML and character references, so nothing in a
// document can grow.
type scanner struct {
	b        []byte
	pos      int
	elements int
	open     []element // the elements around the position
	bindings []binding // prefixes in scope, innermost last
	attrs    []attr    // of the start tag just read
	scratch  []byte    // text with references replaced
	closing  bool      // the start tag just read was an empty element
}

type element struct {
	name     []byte // with prefix
	bindings int    // len(bindings) outside of it
}

type binding struct{ prefix, uri string }

type attr struct {
	prefix, local []byte
	value         string
}

type kind uint8

const (
	startElement kind = iota + 1
	endElement
	charData
	endDocument
)

// token is one step. The slices are valid until the next step.
type token struct {
	kind  kind
	space string // namespace URI of a start tag
	local []byte // local name of a start tag
	text  []byte
}

// newScanner checks what can be checked once for the whole document.
func newScanner(body []byte) (*scanner, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if len(body) >= 2 && (body[0] == 0xff && body[1] == 0xfe || body[0] == 0xfe && body[1] == 0xff) {
		return nil, fmt.Errorf("%w: it is in UTF-16; only UTF-8 is understood", ErrSchema)
	}
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("%w: it is not valid UTF-8", ErrSchema)
	}
	for i, c := range body {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return nil, fmt.Errorf("%w: control character %#x at byte %d", ErrSchema, c, i)
		}
	}
	return &scanner{b: body}, nil
}

func (s *scanner) fail(format string, a ...any) error {
	return fmt.Errorf("%w: at byte %d: %s", ErrSchema, s.pos, fmt.Sprintf(format, a...))
}

// next returns the next start tag, end tag or piece of text. Text outside of
// the root element must be blank.
func (s *scanner) next() (token, error) {
	if s.closing {
		s.closing = false
		s.pop()
		return token{kind: endElement}, nil
	}
	for {
		if s.pos >= len(s.b) {
			if len(s.open) > 0 {
				return token{}, s.fail("the document ends inside <%s>", clip(s.open[len(s.open)-1].name))
			}
			if s.elements == 0 {
				return token{}, s.fail("there is no element")
			}
			return token{kind: endDocument}, nil
		}
		if s.b[s.pos] != '<' {
			t, err := s.text()
			if err != nil || len(s.open) > 0 {
				return t, err
			}
			continue
		}
		rest := s.b[s.pos:]
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			if err := s.skipTo("-->"); err != nil {
				return token{}, err
			}
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			return s.cdata()
		case bytes.HasPrefix(rest, []byte("<!")):
			return token{}, s.fail("a document type is not allowed in a report")
		case bytes.HasPrefix(rest, []byte("<?")):
			if err := s.instruction(); err != nil {
				return token{}, err
			}
		case bytes.HasPrefix(rest, []byte("</")):
			return s.endTag()
		default:
			return s.startTag()
		}
	}
}

func (s *scanner) skipTo(end string) error {
	i := bytes.Index(s.b[s.pos:], []byte(end))
	if i < 0 {
		return s.fail("%q is missing", end)
	}
	s.pos += i + len(end)
	return nil
}

// instruction skips <?...?>; the XML declaration must not name another encoding.
func (s *scanner) instruction() error {
	start := s.pos
	if err := s.skipTo("?>"); err != nil {
		return err
	}
	text := strings.ToLower(string(s.b[start:s.pos]))
	if !strings.HasPrefix(text, "<?xml ") {
		return nil
	}
	_, enc, ok := strings.Cut(text, "encoding")
	if !ok {
		return nil
	}
	switch enc = strings.Trim(enc, "=?> \t\r\n'\""); enc {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return nil
	}
	return s.fail("encoding %.20q is not understood; only UTF-8 is", enc)
}

func (s *scanner) cdata() (token, error) {
	if len(s.open) == 0 {
		return token{}, s.fail("text outside of the root element")
	}
	start := s.pos + len("<![CDATA[")
	if err := s.skipTo("]]>"); err != nil {
		return token{}, err
	}
	return token{kind: charData, text: s.b[start : s.pos-len("]]>")]}, nil
}

func (s *scanner) text() (token, error) {
	end := bytes.IndexByte(s.b[s.pos:], '<')
	if end < 0 {
		end = len(s.b) - s.pos
	}
	raw := s.b[s.pos : s.pos+end]
	if len(s.open) == 0 && len(bytes.TrimSpace(raw)) > 0 {
		return token{}, s.fail("text outside of the root element")
	}
	text, err := s.expand(raw)
	s.pos += end
	return token{kind: charData, text: text}, err
}

func clip(b []byte) []byte { return b[:min(len(b), 40)] }
