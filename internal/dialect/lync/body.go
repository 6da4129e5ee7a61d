package lync

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"strings"

	"parley/internal/dialect"
	"parley/internal/wire/sdp"
	"parley/internal/wire/sip"
)

const maxParts = 8 // of a multipart body; the dialect's clients write two

// ErrUnsupportedBody is returned for a body that is no session description: the answer is 415.
var ErrUnsupportedBody = errors.New("body is not a session description")

// Description returns the session description of a message. Of a multipart/alternative body (Lync 2010 and 2013) it is the
// part that is not marked ms-proxy-2007fallback: that one has candidates of the older ICE draft. No body gives nil.
func Description(m *sip.Message) (*sdp.Description, []dialect.Change, error) {
	if len(m.Body()) == 0 {
		return nil, nil, nil
	}
	switch kind := m.MediaType(); {
	case kind == "application/sdp":
		d, err := sdp.Parse(m.Body())
		return d, nil, err
	case strings.HasPrefix(kind, "multipart/"):
		return fromMultipart(m)
	default:
		return nil, nil, fmt.Errorf("%w: it is %.60q", ErrUnsupportedBody, kind)
	}
}

func fromMultipart(m *sip.Message) (*sdp.Description, []dialect.Change, error) {
	_, params, err := mime.ParseMediaType(m.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, nil, fmt.Errorf("%w: multipart without boundary", ErrUnsupportedBody)
	}
	r := multipart.NewReader(bytes.NewReader(m.Body()), params["boundary"])
	var chosen []byte
	var changes []dialect.Change
	for n := 0; ; n++ {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read multipart body: %w", err)
		}
		if n == maxParts {
			return nil, nil, fmt.Errorf("%w: more than %d parts", ErrUnsupportedBody, maxParts)
		}
		body, err := io.ReadAll(p)
		if err != nil {
			return nil, nil, fmt.Errorf("read multipart body: %w", err)
		}
		if kind, _, _ := strings.Cut(p.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(kind), "application/sdp") {
			continue
		}
		if isFallback(p.Header) {
			changes = append(changes, dialect.Change{What: "part ms-proxy-2007fallback",
				Reason: "the other part has the ICE version that every peer understands"})
			continue
		}
		if chosen == nil {
			chosen = body
		}
	}
	if chosen == nil {
		return nil, nil, fmt.Errorf("%w: no part of the multipart body has one that is current", ErrUnsupportedBody)
	}
	d, err := sdp.Parse(chosen)
	return d, changes, err
}

func isFallback(h textproto.MIMEHeader) bool {
	return strings.Contains(h.Get("Content-Disposition"), "ms-proxy-2007fallback")
}
