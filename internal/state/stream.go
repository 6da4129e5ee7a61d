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
	// Gather is the least time between two writes while records keep coming, so that they share one sync; the first record after a pause is
	// written at once, and so are gatherFull waiting ones. 0 does not wait.
	Gather time.Duration
	// Around runs the calls of done that follow one write, and may do something before and after them; nil just runs them.
	Around func(run func())
}

// gatherFull is how many waiting records are written without further waiting.
const gatherFull = 32

// Stream is an ordered log of records. All records that wait while one write is under way go to disk together with the next one, so that
// many appends share one sync. Methods may be called concurrently.
type Stream struct {
	store   *Store
	name    string
	opts    StreamOptions
	subject string
	js      jetstream.Stream
	done    chan struct{} // closed when the writer has ended

	wake chan struct{} // to the writer; holds one

	mu      sync.Mutex
	waiting []*batch
	records int // in waiting
	bytes   int // in waiting
	closed  bool

	last time.Time // when the writer began its last write
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
	st := &Stream{store: s, name: name, opts: opts, subject: subject, js: js, done: make(chan struct{}), wake: make(chan struct{}, 1)}
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
	s.records++
	// The writer sleeps without anything to write, or gathers; in between it looks by itself.
	if s.records == 1 || s.records == gatherFull || s.opts.Gather == 0 {
		s.signal()
	}
	return nil
}

func (s *Stream) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
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
		if s.opts.Around != nil {
			s.opts.Around(func() { b.finish(seq, err) })
		} else {
			b.finish(seq, err)
		}
	}
}

// next waits for a batch and takes it; nil when the stream is closed and empty.
func (s *Stream) next() *batch {
	for {
		b, wait, closed := s.take()
		switch {
		case b != nil:
			return b
		case closed:
			return nil
		case wait == 0:
			<-s.wake
		default:
			gathered := time.NewTimer(wait)
			select {
			case <-s.wake:
			case <-gathered.C:
			}
			gathered.Stop()
		}
	}
}

// take takes the first batch when it is time to write it; wait says how long to gather otherwise, 0 until something comes.
func (s *Stream) take() (b *batch, wait time.Duration, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		return nil, 0, s.closed
	}
	if s.opts.Gather > 0 && s.records < gatherFull && !s.closed {
		if wait = s.opts.Gather - time.Since(s.last); wait > 0 {
			return nil, wait, false
		}
	}
	b = s.waiting[0]
	s.waiting[0] = nil
	s.waiting = s.waiting[1:]
	s.bytes -= b.payload
	s.records -= len(b.done)
	s.last = time.Now()
	return b, 0, false
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
	s.mu.Unlock()
	s.signal()
	<-s.done
	return nil
}
