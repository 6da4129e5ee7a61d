package ingest

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Journal is the durable stream in which records wait for the archive.
type Journal interface {
	// AppendAsync stores a record and calls done when it is on disk or cannot
	// be, in the order of the appends.
	AppendAsync(payload []byte, done func(seq uint64, err error))
	// Follow calls yield for every record from a sequence number on, in order
	// and without an end, until ctx ends or yield returns an error.
	Follow(ctx context.Context, from uint64, yield func(seq uint64, payload []byte) error) error
}

// The formats of records.
const (
	formatQoE      = "ms-qoe"
	formatFeedback = "ms-cqf"
	formatRFC6035  = "rfc6035"
	formatStat     = "x-rtp-stat"
	formatCall     = "call"
	formatStream   = "stream"
	formatProbe    = "hep"
	formatTable    = "qoe-table"
	formatWebRTC   = "webrtc"
)

// The formats of what the server measured itself, in the archive.
const (
	formatRTP  = "rtp"
	formatRTCP = "rtcp"
)

// entry is a record of the journal: what came in, as it came in, so that a
// mistake in translating it can be put right later.
type entry struct {
	Format   string    `json:"format"`
	Received time.Time `json:"received"`
	// Reporter is the address of record that the sender proved to have.
	Reporter string `json:"reporter,omitempty"`
	// UserAgent of the sender, where the body does not tell it.
	UserAgent string `json:"userAgent,omitempty"`
	// Leg is the leg that an X-RTP-Stat header field came in.
	Leg  *Leg   `json:"leg,omitempty"`
	Body []byte `json:"-"`
	// parsed is the body as it was read when it was accepted, nil for an entry
	// from the journal.
	parsed any
}

// encode makes the payload: the length of the header, the header as JSON, the
// body as it is.
func (e *entry) encode() ([]byte, error) {
	head, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode journal record: %w", err)
	}
	b := binary.AppendUvarint(make([]byte, 0, len(head)+len(e.Body)+3), uint64(len(head)))
	b = append(b, head...)
	return append(b, e.Body...), nil
}

// decodeEntry reads a payload; the entry does not alias it.
func decodeEntry(payload []byte) (*entry, error) {
	n, size := binary.Uvarint(payload)
	if size <= 0 || n > uint64(len(payload)-size) {
		return nil, errors.New("decode journal record: it is cut off")
	}
	e := &entry{}
	rest := payload[size:]
	if err := json.Unmarshal(rest[:n], e); err != nil {
		return nil, fmt.Errorf("decode journal record: %w", err)
	}
	e.Body = append([]byte(nil), rest[n:]...)
	return e, nil
}
