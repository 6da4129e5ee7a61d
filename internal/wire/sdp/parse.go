package sdp

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrTooLarge is returned for a description beyond MaxSize, MaxLines or MaxMedia.
var ErrTooLarge = errors.New("session description too large")

// Parse reads a description. It accepts LF for CRLF, a missing last line end and unknown line types; it refuses a
// description that does not start with v=0, lacks o=, or whose m= lines cannot be read.
func Parse(raw []byte) (*Description, error) {
	if len(raw) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, %d are allowed", ErrTooLarge, len(raw), MaxSize)
	}
	if bytes.IndexByte(raw, 0) >= 0 || !utf8.Valid(raw) {
		return nil, errors.New("session description is not UTF-8 text")
	}
	d := &Description{}
	section := &d.Session
	for number, rest := 1, string(raw); rest != ""; number++ {
		var text string
		text, rest, _ = strings.Cut(rest, "\n")
		text = strings.TrimSuffix(text, "\r")
		if number > MaxLines {
			return nil, fmt.Errorf("%w: more than %d lines", ErrTooLarge, MaxLines)
		}
		if text == "" {
			if strings.Trim(rest, "\r\n") == "" {
				break
			}
			return nil, fmt.Errorf("line %d: empty line inside a session description", number)
		}
		if len(text) < 2 || text[1] != '=' || text[0] < 'a' || text[0] > 'z' {
			return nil, fmt.Errorf("line %d: %.40q is not of the form x=value", number, text)
		}
		if strings.IndexByte(text, '\r') >= 0 {
			return nil, fmt.Errorf("line %d: carriage return inside a line", number)
		}
		if number == 1 && text != "v=0" {
			return nil, fmt.Errorf("line 1: %.40q, a session description starts with v=0", text)
		}
		if text[0] != 'm' {
			section.Add(text[0], text[2:])
			continue
		}
		m, err := parseMediaLine(text[2:])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if len(d.Media) == MaxMedia {
			return nil, fmt.Errorf("%w: more than %d media sections", ErrTooLarge, MaxMedia)
		}
		d.Media = append(d.Media, m)
		section = &m.Section
	}
	if len(d.Session) == 0 {
		return nil, errors.New("session description is empty")
	}
	if _, ok := d.Session.Value('o'); !ok {
		return nil, errors.New("session description has no o= line")
	}
	return d, nil
}

// parseMediaLine reads the value of an m= line (RFC 8866 section 5.14).
func parseMediaLine(text string) (*Media, error) {
	f := strings.Fields(text)
	if len(f) < 3 {
		return nil, fmt.Errorf("m=%.60s: want kind, port, protocol and formats", text)
	}
	m := &Media{Kind: f[0], Proto: f[2], Formats: f[3:]}
	port, count, counted := strings.Cut(f[1], "/")
	var err error
	if m.Port, err = parseUint(port, 65535); err != nil {
		return nil, fmt.Errorf("m=%s: port %.20q is not a number from 0 to 65535", m.Kind, port)
	}
	if counted {
		if m.PortCount, err = parseUint(count, 255); err != nil || m.PortCount == 0 {
			return nil, fmt.Errorf("m=%s: port count %.20q is not a number from 1 to 255", m.Kind, count)
		}
	}
	return m, nil
}

func parseUint(text string, limit int) (int, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > uint64(limit) || text[0] == '+' {
		return 0, fmt.Errorf("%.20q is not a number from 0 to %d", text, limit)
	}
	return int(n), nil
}
