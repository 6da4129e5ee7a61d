// Package harvest finds quality data in files: reports as XML, client logs with
// reports inside, NDJSON, and CSV exports of the original's metrics database.
// It reads a file once, front to back, and holds one record at a time.
package harvest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf8"
)

// The formats of records: those of the journal of package ingest.
const (
	FormatQoE      = "ms-qoe"
	FormatFeedback = "ms-cqf"
	FormatRFC6035  = "rfc6035"
	FormatCall     = "call"
	FormatStream   = "stream"
	FormatProbe    = "hep"
	FormatTable    = "qoe-table"
)

// MaxRecord bounds one record.
const MaxRecord = 512 << 10

// Record is one piece of quality data.
type Record struct {
	Format string
	Body   []byte
	// Line is where it begins in the file, from 1.
	Line int
	// End is how much of the file, as UTF-8, is behind it when it is done.
	End int64
}

// LineError is a record that cannot be read; reading goes on behind it.
type LineError struct {
	Line int
	Err  error
}

// Error tells the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap is the error itself.
func (e *LineError) Unwrap() error { return e.Err }

// Reader reads the records of a file.
type Reader struct {
	next func() (Record, error)
	kind string
}

// Next returns the next record. The error is io.EOF at the end, a *LineError
// for a record that is skipped, anything else when the file cannot be read on.
func (r *Reader) Next() (Record, error) { return r.next() }

// Kind says what the file is taken for.
func (r *Reader) Kind() string { return r.kind }

// sniff is how much of a file is looked at to tell what it is.
const sniff = 64 << 10

// New looks at the beginning of a file and makes a reader of it.
func New(file io.Reader) (*Reader, error) {
	in, err := decoded(bufio.NewReaderSize(file, sniff))
	if err != nil {
		return nil, err
	}
	head, err := in.Peek(sniff)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("read file: %w", err)
	}
	first := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(first) == 0:
		return &Reader{func() (Record, error) { return Record{}, io.EOF }, "an empty file"}, nil
	case first[0] == '{':
		l := &lines{in: in}
		return &Reader{l.next, "NDJSON"}, nil
	case isTable(first):
		t, err := newTable(in)
		if err != nil {
			return nil, err
		}
		return &Reader{t.next, "a CSV export of " + t.view}, nil
	case bytes.Contains(head, []byte("QoE media: <MediaLine")) || bytes.Contains(head, []byte("QoE endpoint: <Endpoint")):
		m := &macLog{lines: lines{in: in}}
		return &Reader{m.next, "a Mac client's log"}, nil
	}
	x := &text{lines: lines{in: in}}
	return &Reader{x.next, "text with reports as XML"}, nil
}

// decoded brings a file into UTF-8: its byte order mark tells UTF-16; what is
// not UTF-8 is taken for windows-1252, in which old clients' logs are.
func decoded(raw *bufio.Reader) (*bufio.Reader, error) {
	head, err := raw.Peek(sniff)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("read file: %w", err)
	}
	r := &recoder{in: raw}
	bom := 0
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		bom, r.next = 2, fromUTF16(binary.LittleEndian)
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		bom, r.next = 2, fromUTF16(binary.BigEndian)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		bom = 3
	case len(head) > 3 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		r.next = fromUTF16(binary.LittleEndian)
	case !utf8.Valid(whole(head)):
		r.next = fromWindows1252
	}
	if _, err := raw.Discard(bom); err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if r.next == nil {
		return raw, nil
	}
	return bufio.NewReaderSize(r, sniff), nil
}

// whole leaves out a character that the end of the buffer has cut.
func whole(b []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}
