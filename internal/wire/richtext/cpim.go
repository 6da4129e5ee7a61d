package richtext

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
)

// CPIM is a message in the common profile (RFC 3862), as far as gateways need it.
type CPIM struct {
	From, To    string // "Alice <sip:alice@example.test>"
	Time        time.Time
	MessageID   string // imdn.Message-ID (RFC 5438), empty when absent
	ContentType string
	Body        []byte
}

// ParseCPIM reads a message/cpim body. Unknown header fields are left out.
func ParseCPIM(body []byte) (CPIM, error) {
	if len(body) > MaxBody {
		return CPIM{}, ErrTooLong
	}
	// Some senders put the MIME header of message/cpim itself in front.
	if bytes.HasPrefix(body, []byte("Content-type: Message/CPIM")) {
		_, body = cutHead(body)
	}
	head, inner := cutHead(body)
	if inner == nil {
		return CPIM{}, errors.New("read message/cpim: no empty line after the message header fields")
	}
	var c CPIM
	for name, value := range fields(head) {
		switch strings.ToLower(name) {
		case "from":
			c.From = value
		case "to":
			c.To = value
		case "datetime":
			t, err := time.Parse(time.RFC3339Nano, value)
			if err != nil {
				return CPIM{}, fmt.Errorf("read message/cpim: %w", err)
			}
			c.Time = t
		case "imdn.message-id":
			c.MessageID = value
		}
	}
	head, c.Body = cutHead(inner)
	for name, value := range fields(head) {
		if strings.EqualFold(name, "Content-Type") {
			c.ContentType = value
		}
	}
	if c.ContentType == "" {
		return CPIM{}, errors.New("read message/cpim: the inner part has no Content-Type")
	}
	return c, nil
}

// fields yields the header fields of a head, at most 64.
func fields(head []byte) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		count := 0
		for line := range strings.Lines(string(head)) {
			name, value, ok := strings.Cut(line, ":")
			if count++; count > 64 || ok && !yield(strings.TrimSpace(name), strings.TrimSpace(value)) {
				return
			}
		}
	}
}

// Bytes writes the message.
func (c CPIM) Bytes() []byte {
	out := fmt.Appendf(nil, "From: %s\r\nTo: %s\r\n", oneLine(c.From), oneLine(c.To))
	if !c.Time.IsZero() {
		out = fmt.Appendf(out, "DateTime: %s\r\n", c.Time.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	if c.MessageID != "" {
		out = fmt.Appendf(out, "NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: %s\r\nimdn.Disposition-Notification: positive-delivery\r\n", oneLine(c.MessageID))
	}
	return fmt.Appendf(out, "\r\nContent-Type: %s\r\n\r\n%s", oneLine(c.ContentType), c.Body)
}

func oneLine(s string) string { return strings.NewReplacer("\r", "", "\n", "").Replace(s) }
