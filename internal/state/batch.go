package state

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	// indexBits of a record's sequence number count within its batch; the bits above are the number of the JetStream message.
	indexBits = 12
	maxBatch  = 1 << indexBits
	// batchBytes bounds a batch; with the largest record it still fits into a NATS message with its headers.
	batchBytes = MaxRecord + 64<<10
	// batchFormat is a batch's first byte.
	batchFormat = 1
)

// batch is the records that are stored as one JetStream message: the format byte, then each record as its length (unsigned varint) and its bytes.
type batch struct {
	data    []byte
	payload int // bytes of the records alone
	done    []func(seq uint64, err error)
}

func newBatch() *batch { return &batch{data: []byte{batchFormat}} }

// fits reports whether a record may be added; an empty batch takes any.
func (b *batch) fits(payload []byte) bool {
	return len(b.done) < maxBatch && len(b.data)+binary.MaxVarintLen32+len(payload) <= batchBytes
}

func (b *batch) add(payload []byte, done func(uint64, error)) {
	b.data = binary.AppendUvarint(b.data, uint64(len(payload)))
	b.data = append(b.data, payload...)
	b.payload += len(payload)
	b.done = append(b.done, done)
}

// finish tells every appender, in order, what became of its record.
func (b *batch) finish(message uint64, err error) {
	for i, done := range b.done {
		if err != nil {
			done(0, err)
		} else {
			done(message<<indexBits|uint64(i), nil)
		}
	}
}

var errBatch = errors.New("damaged batch")

// splitBatch calls yield for each record of a stored batch. The payload is a part of data.
func splitBatch(message uint64, data []byte, yield func(seq uint64, payload []byte) error) error {
	if len(data) == 0 || data[0] != batchFormat {
		return fmt.Errorf("%w: unknown format", errBatch)
	}
	data = data[1:]
	for i := uint64(0); len(data) > 0; i++ {
		n, used := binary.Uvarint(data)
		if used <= 0 || n > uint64(len(data)-used) || i >= maxBatch {
			return fmt.Errorf("%w: record %d", errBatch, i)
		}
		data = data[used:]
		if err := yield(message<<indexBits|i, data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}
