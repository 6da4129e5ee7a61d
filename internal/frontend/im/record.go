package im

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// recordVersion is the first byte of a stored message.
const recordVersion = 1

var errRecord = errors.New("stored message is damaged")

// append writes the record: version, id, number, time in microseconds, then each text with its length in front.
func (r *Record) append(dst []byte) []byte {
	dst = append(dst, recordVersion)
	dst = append(dst, r.ID[:]...)
	dst = binary.AppendUvarint(dst, r.Seq)
	dst = binary.AppendVarint(dst, r.At.UnixMicro())
	for _, text := range [...]string{r.Conversation, r.From, r.To, r.ContentType} {
		dst = binary.AppendUvarint(dst, uint64(len(text)))
		dst = append(dst, text...)
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.Body)))
	return append(dst, r.Body...)
}

// ParseRecord reads a stored message. Body shares the payload's bytes.
func ParseRecord(payload []byte) (Record, error) {
	if len(payload) < 17 || payload[0] != recordVersion {
		return Record{}, fmt.Errorf("%w: no version %d", errRecord, recordVersion)
	}
	var r Record
	r.ID = uuid.UUID(payload[1:17])
	rest := payload[17:]
	seq, n := binary.Uvarint(rest)
	if n <= 0 {
		return Record{}, errRecord
	}
	rest = rest[n:]
	at, n := binary.Varint(rest)
	if n <= 0 {
		return Record{}, errRecord
	}
	rest = rest[n:]
	r.Seq, r.At = seq, time.UnixMicro(at)
	for _, text := range [...]*string{&r.Conversation, &r.From, &r.To, &r.ContentType} {
		var value []byte
		var ok bool
		if value, rest, ok = cutText(rest); !ok {
			return Record{}, errRecord
		}
		*text = string(value)
	}
	var ok bool
	if r.Body, rest, ok = cutText(rest); !ok || len(rest) != 0 {
		return Record{}, errRecord
	}
	return r, nil
}

func cutText(b []byte) (text, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	return b[n : n+int(size)], b[n+int(size):], true
}
