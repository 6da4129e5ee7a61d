package state

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// readAhead bounds in bytes what a reader fetches before it is handled.
const readAhead = 4 << 20

// Read calls yield for every record from sequence number from on, in order, up to the last one stored when Read was called. An error of
// yield ends it and is returned. The payload is only valid during the call.
func (s *Stream) Read(ctx context.Context, from uint64, yield func(seq uint64, payload []byte) error) error {
	info, err := s.js.Info(ctx)
	if err != nil {
		return fmt.Errorf("read stream %s: %w", s.name, err)
	}
	if info.State.Msgs == 0 || from>>indexBits > info.State.LastSeq {
		return nil
	}
	return s.read(ctx, from, info.State.LastSeq, yield)
}

// Follow is Read without an end: it goes on with records as they are stored, until ctx ends or yield returns an error.
func (s *Stream) Follow(ctx context.Context, from uint64, yield func(seq uint64, payload []byte) error) error {
	return s.read(ctx, from, 0, yield)
}

// read stops after the message number last; 0 means never.
func (s *Stream) read(ctx context.Context, from, last uint64, yield func(uint64, []byte) error) error {
	consumer, err := s.js.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:   max(from>>indexBits, 1),
	})
	if err != nil {
		return fmt.Errorf("read stream %s: %w", s.name, err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxBytes(readAhead))
	if err != nil {
		return fmt.Errorf("read stream %s: %w", s.name, err)
	}
	defer messages.Stop()
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read stream %s: %w", s.name, err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("read stream %s: %w", s.name, err)
		}
		number := meta.Sequence.Stream
		err = splitBatch(number, msg.Data(), func(seq uint64, payload []byte) error {
			if seq < from {
				return nil
			}
			return yield(seq, payload)
		})
		if err != nil {
			return fmt.Errorf("read stream %s: %w", s.name, err)
		}
		if number == last || meta.NumPending == 0 && last != 0 {
			return nil
		}
	}
}
