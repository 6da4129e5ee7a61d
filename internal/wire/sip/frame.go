package sip

import (
	"bytes"
	"fmt"
)

// Framer finds the messages in a stream (RFC 3261 section 18.3). It remembers how far it looked, so that a message that
// arrives a byte at a time is scanned once. The zero value is ready.
type Framer struct {
	looked int // bytes of the pending message that hold no empty line
	length int // of the pending message, once its header section is complete; else 0
}

// Next looks at buf, what the stream holds from the end of the last message on. A message is complete when n > 0: it is
// buf[skip:skip+n], and the caller removes skip+n bytes before the next call. Otherwise the caller removes nothing and
// calls again with more bytes. skip counts line ends before the message, which are keep-alives (RFC 5626 section 3.5.1).
// An error means that the stream cannot be read any further.
func (f *Framer) Next(buf []byte) (skip, n int, err error) {
	for skip < len(buf) && (buf[skip] == '\r' || buf[skip] == '\n') {
		skip++
	}
	msg := buf[skip:]
	if f.length == 0 {
		from := max(f.looked-3, 0)
		end := bytes.Index(msg[min(from, len(msg)):], []byte("\r\n\r\n"))
		if end < 0 {
			if len(msg) > MaxHeaders {
				return skip, 0, fmt.Errorf("%w: header section over %d bytes", ErrTooLarge, MaxHeaders)
			}
			f.looked = len(msg)
			return skip, 0, nil
		}
		head := from + end + 4
		body, err := bodyLength(msg[:head])
		if err != nil {
			return skip, 0, err
		}
		if head+body > MaxMessage {
			return skip, 0, fmt.Errorf("%w: %d bytes, limit %d", ErrTooLarge, head+body, MaxMessage)
		}
		f.length = head + body
	}
	if len(msg) < f.length {
		return skip, 0, nil
	}
	n = f.length
	f.looked, f.length = 0, 0
	return skip, n, nil
}

// bodyLength reads Content-Length from a header section. Without the field there is no body: a stream has no other end.
func bodyLength(head []byte) (int, error) {
	for rest := head; ; {
		nl := bytes.IndexByte(rest, '\n')
		if nl < 0 || nl+1 == len(rest) {
			return 0, nil
		}
		rest = rest[nl+1:]
		colon := bytes.IndexByte(rest, ':')
		if colon < 0 {
			return 0, nil
		}
		name := bytes.TrimRight(rest[:colon], " \t")
		if !(len(name) == 1 && name[0]|0x20 == 'l') && !bytes.EqualFold(name, []byte("Content-Length")) {
			continue
		}
		value, _, _ := bytes.Cut(rest[colon+1:], []byte("\n"))
		n, ok := digits(string(bytes.TrimSpace(value)), MaxMessage)
		if !ok {
			return 0, fmt.Errorf("%w: Content-Length %q", ErrHeader, clip(string(bytes.TrimSpace(value))))
		}
		return n, nil
	}
}
