package harvest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// lines reads a file line by line and counts.
type lines struct {
	in     *bufio.Reader
	number int
	end    int64
	buf    []byte
}

var errLong = fmt.Errorf("it is longer than %d bytes", MaxRecord)

// line returns the next line without its end; the slice is valid until the next
// call. errLong is returned for one that is too long, which is skipped.
func (l *lines) line() ([]byte, error) {
	l.buf = l.buf[:0]
	long := false
	for {
		part, err := l.in.ReadSlice('\n')
		l.end += int64(len(part))
		if long = long || len(l.buf)+len(part) > MaxRecord; !long {
			l.buf = append(l.buf, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (!errors.Is(err, io.EOF) || len(l.buf) == 0 && !long) {
			return nil, err
		}
		break
	}
	l.number++
	if long {
		return nil, errLong
	}
	return bytes.TrimRight(l.buf, "\r\n"), nil
}

// object is a line of NDJSON: one of its fields is set.
type object struct {
	Report   string          `json:"report"`
	Rating   string          `json:"rating"`
	RFC6035  string          `json:"rfc6035"`
	Call     json.RawMessage `json:"call"`
	CDR      json.RawMessage `json:"cdr"`
	Stream   json.RawMessage `json:"stream"`
	Probe    json.RawMessage `json:"probe"`
	RowOfQoE json.RawMessage `json:"qoe"`
}

// next reads NDJSON.
func (l *lines) next() (Record, error) {
	for {
		b, err := l.line()
		if err != nil {
			if errors.Is(err, errLong) {
				return Record{}, &LineError{l.number, err}
			}
			return Record{}, err
		}
		if len(bytes.TrimSpace(b)) == 0 {
			continue
		}
		var o object
		if err := json.Unmarshal(b, &o); err != nil {
			return Record{}, &LineError{l.number, fmt.Errorf("not JSON: %w", err)}
		}
		for _, f := range []struct {
			format string
			body   []byte
		}{
			{FormatQoE, []byte(o.Report)}, {FormatFeedback, []byte(o.Rating)}, {FormatRFC6035, []byte(o.RFC6035)}, {FormatCall, o.Call}, {FormatCall, o.CDR},
			{FormatStream, o.Stream}, {FormatProbe, o.Probe}, {FormatTable, o.RowOfQoE},
		} {
			if len(f.body) > 0 {
				return Record{f.format, bytes.Clone(f.body), l.number, l.end}, nil
			}
		}
		return Record{}, &LineError{l.number, errors.New(`none of "report", "rating", "rfc6035", "call", "cdr", "stream", "probe", "qoe" is in it`)}
	}
}
