package richtext

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Part is one part of a multipart body, or a first message embedded in a header.
type Part struct {
	ContentType string
	Body        []byte
}

var errBoundary = errors.New("multipart body without a usable boundary")

// preference orders the forms of one message by how much of it they keep.
func preference(mediaType string) int {
	switch mediaType {
	case "text/html":
		return 3
	case "text/rtf", "application/rtf":
		return 2
	case "text/plain":
		return 1
	}
	return 0
}

// readMultipart shows the best alternative of a body; of the parts of a mixed or related body the first that can be
// shown.
func readMultipart(m MediaType, body []byte, depth int) (Document, error) {
	parts, err := splitMultipart(m.Param("boundary"), body)
	if err != nil {
		return Document{}, err
	}
	var best *Part
	for i := range parts {
		p := &parts[i]
		if best == nil && Readable(p.ContentType) {
			best = p
			continue
		}
		better := best != nil && preference(ParseMediaType(p.ContentType).Type) > preference(ParseMediaType(best.ContentType).Type)
		if better && m.Type == "multipart/alternative" {
			best = p
		}
	}
	if best == nil {
		return Document{}, fmt.Errorf("%w: no part of the %s", ErrUnsupported, m.Type)
	}
	return read(best.ContentType, best.Body, depth+1)
}

// splitMultipart splits a body at its boundary (RFC 2046 section 5.1). At most maxParts parts are returned.
func splitMultipart(boundary string, body []byte) ([]Part, error) {
	if boundary == "" || len(boundary) > 200 {
		return nil, errBoundary
	}
	delimiter := []byte("\n--" + boundary)
	body = append([]byte("\n"), body...) // the first delimiter may be the first line
	at := bytes.Index(body, delimiter)
	if at < 0 {
		return nil, errBoundary
	}
	body = body[at+len(delimiter):]
	var parts []Part
	for len(parts) < maxParts && !bytes.HasPrefix(body, []byte("--")) {
		end := bytes.Index(body, delimiter)
		part := body
		if end >= 0 {
			part = body[:end]
		}
		parts = append(parts, parsePart(part))
		if end < 0 {
			break
		}
		body = body[end+len(delimiter):]
	}
	return parts, nil
}

// parsePart separates a part's header fields from its body.
func parsePart(part []byte) Part {
	part = bytes.TrimPrefix(bytes.TrimPrefix(bytes.TrimLeft(part, " \t"), []byte("\r")), []byte("\n"))
	head, body := cutHead(part)
	if len(part) == len(body) { // the part starts with its body
		head = nil
	}
	p := Part{ContentType: "text/plain", Body: bytes.TrimSuffix(bytes.TrimSuffix(body, []byte("\n")), []byte("\r"))}
	for line := range strings.Lines(string(head)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "Content-Type") {
			p.ContentType = strings.TrimSpace(value)
		}
	}
	return p
}

// cutHead cuts at the first empty line; both kinds of line ends are seen in bodies.
func cutHead(b []byte) (head, body []byte) {
	if bytes.HasPrefix(b, []byte("\r\n")) {
		return nil, b[2:]
	}
	if bytes.HasPrefix(b, []byte("\n")) {
		return nil, b[1:]
	}
	crlf, lf := bytes.Index(b, []byte("\r\n\r\n")), bytes.Index(b, []byte("\n\n"))
	switch {
	case crlf >= 0 && (lf < 0 || crlf < lf):
		return b[:crlf], b[crlf+4:]
	case lf >= 0:
		return b[:lf], b[lf+2:]
	}
	return b, nil
}
