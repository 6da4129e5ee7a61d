package sip

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// Limits of what is read. Lync-dialect messages carry header fields of tens of kilobytes (ms-text-format with a whole
// formatted message), quality reports bodies of 300 KB.
const (
	MaxMessage = 512 << 10 // bytes in a message
	MaxHeaders = 128 << 10 // bytes from the start line to the empty line
	MaxField   = 96 << 10  // bytes in one field with its folded lines
	MaxFields  = 256       // fields in a message
	maxName    = 256       // bytes in a field's name
)

// Errors of Parse, for a caller that counts or answers by kind.
var (
	ErrTooLarge  = errors.New("message exceeds a size limit")
	ErrStartLine = errors.New("malformed start line")
	ErrHeader    = errors.New("malformed header field")
	ErrTruncated = errors.New("message ends before its empty line")
	ErrBody      = errors.New("body is shorter than Content-Length says")
)

// Parse takes a message apart. It keeps raw: the caller must not change it afterwards. Content-Length is honoured
// (bytes beyond it are dropped, as RFC 3261 section 18.3 says for datagrams); without it the body is the rest.
// A start line that is nearly one is accepted when method and target can be told apart; [Check] refuses it.
func Parse(raw []byte) (*Message, error) {
	m := new(Message)
	if err := m.Parse(raw); err != nil {
		return nil, err
	}
	return m, nil
}

// Parse is [Parse] into m, which needs no allocation when the message has few fields.
func (m *Message) Parse(raw []byte) error {
	if len(raw) > MaxMessage {
		return fmt.Errorf("%w: %d bytes, limit %d", ErrTooLarge, len(raw), MaxMessage)
	}
	*m = Message{}
	text := unsafe.String(unsafe.SliceData(raw), len(raw))
	rest := strings.TrimLeft(text, "\r\n")
	m.lead = text[:len(text)-len(rest)]
	nl := strings.IndexByte(rest, '\n')
	if nl < 0 {
		return fmt.Errorf("%w: no line end in %d bytes", ErrStartLine, len(rest))
	}
	m.start, rest = rest[:nl+1], rest[nl+1:]
	if err := m.parseStart(); err != nil {
		return err
	}
	rest, err := m.parseFields(rest)
	if err != nil {
		return err
	}
	return m.takeBody(rest)
}

// parseStart reads "METHOD URI SIP/2.0" or "SIP/2.0 CODE reason".
func (m *Message) parseStart() error {
	line := trimEOL(m.start)
	first, rest, ok := strings.Cut(line, " ")
	if !ok || first == "" {
		return fmt.Errorf("%w: %q", ErrStartLine, clip(line))
	}
	if len(first) > 4 && strings.EqualFold(first[:4], "SIP/") {
		code, reason, _ := strings.Cut(rest, " ")
		status, ok := digits(code, 999999)
		if !ok || status < 100 {
			return fmt.Errorf("%w: status code %q", ErrStartLine, clip(code))
		}
		m.status, m.reason = status, reason
		return nil
	}
	if !isToken(first) {
		return fmt.Errorf("%w: method %q is not a token", ErrStartLine, clip(first))
	}
	at := strings.LastIndexByte(strings.TrimRight(rest, " \t"), ' ')
	if at < 1 {
		return fmt.Errorf("%w: %q has no version", ErrStartLine, clip(line))
	}
	if !strings.HasPrefix(rest[at+1:], "SIP/") {
		return fmt.Errorf("%w: version %q", ErrStartLine, clip(rest[at+1:]))
	}
	m.method, m.uri = first, rest[:at]
	return nil
}

// version is the protocol version of the start line as it was written.
func (m *Message) version() string {
	line := trimEOL(m.start)
	if m.status != 0 {
		version, _, _ := strings.Cut(line, " ")
		return version
	}
	return strings.TrimLeft(line[len(m.method)+1+len(m.uri):], " ")
}

// parseFields splits the header section into fields and returns what follows the empty line.
func (m *Message) parseFields(text string) (rest string, err error) {
	m.fields = m.room[:0]
	for pos := 0; ; {
		line := text[pos:]
		if strings.HasPrefix(line, "\r\n") || strings.HasPrefix(line, "\n") {
			n := strings.IndexByte(line, '\n') + 1
			m.end = line[:n]
			return line[n:], nil
		}
		f, n, err := parseField(line)
		if err != nil {
			return "", err
		}
		if len(m.fields) == MaxFields {
			return "", fmt.Errorf("%w: more than %d header fields", ErrTooLarge, MaxFields)
		}
		m.fields = append(m.fields, f)
		if pos += n; pos > MaxHeaders {
			return "", fmt.Errorf("%w: header section over %d bytes", ErrTooLarge, MaxHeaders)
		}
	}
}

// parseField reads one field with its folded lines and says how many bytes it took.
func parseField(text string) (field, int, error) {
	end := 0
	for {
		nl := strings.IndexByte(text[end:], '\n')
		if nl < 0 {
			return field{}, 0, fmt.Errorf("%w: after %d bytes of %q", ErrTruncated, len(text), clip(text))
		}
		end += nl + 1
		if end > MaxField {
			return field{}, 0, fmt.Errorf("%w: header field over %d bytes", ErrTooLarge, MaxField)
		}
		// RFC 3261 section 7.3.1: a line that begins with white space continues the one before.
		if end == len(text) || (text[end] != ' ' && text[end] != '\t') {
			break
		}
	}
	line := text[:end]
	colon := strings.IndexByte(line, ':')
	if colon < 0 {
		return field{}, 0, fmt.Errorf("%w: no colon in %q", ErrHeader, clip(trimEOL(line)))
	}
	name := line[:colon]
	if colon > 0 && isSpace(line[colon-1]) {
		name = strings.TrimRight(name, " \t")
	}
	if !isToken(name) || len(name) > maxName {
		return field{}, 0, fmt.Errorf("%w: name %q is not a token", ErrHeader, clip(name))
	}
	from, to := colon+1, len(line)
	for from < to && isSpace(line[from]) {
		from++
	}
	for to > from && isSpace(line[to-1]) {
		to--
	}
	return field{line: line, kind: kindOf(name), nameEnd: uint16(len(name)), valStart: uint32(from), valEnd: uint32(to)}, end, nil
}

func (m *Message) takeBody(rest string) error {
	n, ok, err := m.ContentLength()
	switch {
	case err != nil || !ok:
		m.body = rest // Check refuses an unreadable length
	case n > len(rest):
		m.body = rest
		return fmt.Errorf("%w: %d of %d bytes", ErrBody, len(rest), n)
	default:
		m.body = rest[:n]
	}
	return nil
}

// ContentLength is the first Content-Length field's number; ok says whether there is one.
func (m *Message) ContentLength() (n int, ok bool, err error) {
	i := m.findKind(kindContentLength, 0)
	if i < 0 {
		return 0, false, nil
	}
	n, good := digits(m.fields[i].value(), 1<<31-1)
	if !good {
		return 0, true, fmt.Errorf("%w: Content-Length %q", ErrHeader, clip(m.fields[i].value()))
	}
	return n, true, nil
}
