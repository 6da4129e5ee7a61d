package richtext

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
)

// Inflate undoes a body's Content-Encoding: deflate (which is zlib, RFC 9110 section 8.4.1.2; linphone writes its notices
// so), gzip or none. The result is at most MaxBody long.
func Inflate(contentEncoding string, body []byte) ([]byte, error) {
	var r io.Reader
	var err error
	switch strings.ToLower(strings.TrimSpace(contentEncoding)) {
	case "", "identity":
		return body, nil
	case "deflate":
		r, err = zlib.NewReader(bytes.NewReader(body))
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(body))
	default:
		return nil, fmt.Errorf("%w: content encoding %q", ErrUnsupported, contentEncoding)
	}
	if err != nil {
		return nil, fmt.Errorf("inflate message body: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("inflate message body: %w", err)
	}
	if len(plain) > MaxBody {
		return nil, ErrTooLong
	}
	return plain, nil
}
