package notifier

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDecoded bounds a body after its encoding was undone.
const maxDecoded = 512 << 10

var errEncoding = errors.New("the body's encoding is not understood")

// Decode undoes the Content-Encoding of a request's body: linphone deflates the lists that it sends. It returns false
// when the request was refused.
func (n *Notifier) Decode(req Request) (Request, bool) {
	encoding := req.Get("Content-Encoding")
	if encoding == "" || strings.EqualFold(encoding, "identity") {
		return req, true
	}
	if !strings.EqualFold(encoding, "deflate") {
		n.Refuse(req, 415, errEncoding.Error(), "Accept-Encoding", "deflate, identity") // RFC 3261 section 8.2.3
		return req, false
	}
	plain, err := inflate(req.Body())
	if err != nil {
		n.Refuse(req, 400, err.Error())
		return req, false
	}
	m := req.Message.Clone()
	m.Remove("Content-Encoding")
	m.SetBody(m.Get("Content-Type"), plain)
	req.Message = m
	return req, true
}

// inflate reads what RFC 1950 calls zlib and HTTP and SIP call deflate.
func inflate(b []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("inflate body: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxDecoded+1))
	if err != nil {
		return nil, fmt.Errorf("inflate body: %w", err)
	}
	if len(plain) > maxDecoded {
		return nil, fmt.Errorf("inflate body: more than %d bytes", maxDecoded)
	}
	return plain, nil
}
