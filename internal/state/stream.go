package state

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// MaxRecord bounds one record of a stream in bytes.
const MaxRecord = 768 << 10

// writeTime bounds the wait for the answer to one write.
const writeTime = 5 * time.Second

// StreamOptions of OpenStream.
type StreamOptions struct {
	// Memory keeps the stream in memory only.
	Memory bool
	// MaxAge drops older records; 0 keeps them.
	MaxAge time.Duration
	// MaxBytes refuses records when the stream has grown to it; 0 means no bound of its own.
	MaxBytes int64
	// MaxWaiting bounds the bytes that wait to be written; 0 means 64 MiB. Beyond it records are refused with ErrOverloaded.
	MaxWaiting int
}

// Stream is an ordered log of records. All records that wait while one write is under way go to disk together with the next one, so that
// many appends share one sync. Methods may be called concurrently.
type Stream struct {
	store   *Store
	name    string
	opts    StreamOptions
	subject string
	js      jetstream.Stream
	done    chan struct{} // closed when the writer has ended

	mu      sync.Mutex
	wake    sync.Cond // something waits, or the stream closes
	waiting []*batch
	bytes   int // in waiting
	closed  bool
}

// OpenStream creates the stream when it is missing. A name has letters, digits, "-" and "_" only. The store closes it.
func OpenStream(ctx context.Context, s *Store, name string, opts StreamOptions) (*Stream, error) {
	if opts.MaxWaiting == 0 {
		opts.MaxWaiting = 64 << 20
	}
	storage := jetstream.FileStorage
	if opts.Memory {
		storage = jetstream.MemoryStorage
	}
	maxBytes := opts.MaxBytes
	if maxBytes == 0 {
		maxBytes = -1
	}
	subject := "parley.stream." + name
	js, err := s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: "PARLEY_" + name, Subjects: []string{subject}, Storage: storage, Replicas: s.cfg.Replicas,
		MaxAge: opts.MaxAge, MaxBytes: maxBytes, Discard: jetstream.DiscardNew,
		Duplicates: 100 * time.Millisecond, // unused; the shortest allowed, which costs nothing to keep
	})
	if err != nil {
		return nil, fmt.Errorf("open stream %s: %w", name, err)
	}
	st := &Stream{store: s, name: name, opts: opts, subject: subject, js: js, done: make(chan struct{})}
	st.wake.L = &st.mu
	go st.write()
	if err := s.owns(st); err != nil {
		return nil, errors.Join(fmt.Errorf("open stream %s: %w", name, err), st.Close())
	}
	return st, nil
}

// Append stores a record and returns its sequence number when it is on disk. Numbers increase but have gaps.
func (s *Stream) Append(ctx context.Context, payload []byte) (seq uint64, err error) {
	type result struct {
		seq uint64
		err error
	}
	answer := make(chan result, 1)
	s.AppendAsync(payload, func(seq uint64, err error) { answer <- result{seq, err} })
	select {
	case r := <-answer:
		return r.seq, r.err
	case <-ctx.Done():
		return 0, fmt.Errorf("append to stream %s: %w; the record may still be stored", s.name, ctx.Err())
	}
}

// AppendAsync stores a record and calls done when it is on disk or cannot be. Calls of done come in the order of the appends, from one
// goroutine, and hold up the next write: they must be short. A record that is refused at once has its done called before AppendAsync
// returns. payload may be reused then.
func (s *Stream) AppendAsync(payload []byte, done func(seq uint64, err error)) {
	if err := s.enqueue(payload, done); err != nil {
		done(0, fmt.Errorf("append to stream %s: %w", s.name, err))
	}
}

func (s *Stream) enqueue(payload []byte, done func(uint64, error)) error {
	if len(payload) > MaxRecord {
		return fmt.Errorf("record of %d bytes: must have %d at the most", len(payload), MaxRecord)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case s.bytes+len(payload) > s.opts.MaxWaiting:
		return ErrOverloaded
	}
	last := len(s.waiting) - 1
	if last < 0 || !s.waiting[last].fits(payload) {
		s.waiting = append(s.waiting, newBatch())
		last++
	}
	s.waiting[last].add(payload, done)
	s.bytes += len(payload)
	s.wake.Signal()
	return nil
}

// write is the stream's writer: one batch at a time, until the stream is closed and nothing waits.
func (s *Stream) write() {
	defer close(s.done)
	for {
		b := s.next()
		if b == nil {
			return
		}
		seq, err := s.commit(b)
		if err != nil {
			err = fmt.Errorf("append to stream %s: %w", s.name, err)
		}
		b.finish(seq, err)
	}
}

// next waits for a batch and takes it; nil when the stream is closed and empty.
func (s *Stream) next() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.waiting) == 0 {
		if s.closed {
			return nil
		}
		s.wake.Wait()
	}
	b := s.waiting[0]
	s.waiting[0] = nil
	s.waiting = s.waiting[1:]
	s.bytes -= b.payload
	return b
}

// commit writes one batch and returns the sequence number of its JetStream message.
func (s *Stream) commit(b *batch) (uint64, error) {
	if !s.opts.Memory {
		if err := s.store.writable(); err != nil {
			return 0, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeTime)
	defer cancel()
	ack, err := s.store.js.Publish(ctx, s.subject, b.data, jetstream.WithExpectStream("PARLEY_"+s.name))
	if err != nil {
		return 0, s.store.explain(err)
	}
	return ack.Sequence, nil
}

// Trim removes the records before seq, as far as whole batches can go.
func (s *Stream) Trim(ctx context.Context, seq uint64) error {
	if err := s.js.Purge(ctx, jetstream.WithPurgeSequence(seq>>indexBits)); err != nil {
		return fmt.Errorf("trim stream %s: %w", s.name, err)
	}
	return nil
}

// Close writes what waits and ends the writer. Store.Close calls it.
func (s *Stream) Close() error {
	s.mu.Lock()
	s.closed = true
	s.wake.Signal()
	s.mu.Unlock()
	<-s.done
	return nil
}
