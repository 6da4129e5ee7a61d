package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/wire/rtcpxr"
)

// Config is what a Service is made from.
type Config struct {
	Journal Journal
	Archive *archive.Archive
	Log     *slog.Logger
	// Now is the clock, time.Now when nil.
	Now func() time.Time
	// Batch bounds the records of one write to the archive; 0 means 4000.
	Batch int
}

// Service accepts quality data and brings it into the archive.
type Service struct {
	journal Journal
	archive *archive.Archive
	log     *slog.Logger
	now     func() time.Time
	batch   int

	start  uint64        // the archive's cursor when the service was made
	cursor atomic.Uint64 // the last record that is in the archive
	rewind chan uint64   // a journal that begins again, see stored

	repairs chan *repairRequest

	parties parties

	mu      sync.Mutex
	waiting []waiting         // accepted by this process and not yet in the archive
	fresh   map[uint64]*entry // of those, the first ones, as they were read
	counts  map[string]*Counts
}

type waiting struct {
	seq uint64
	at  time.Time
}

// New makes a service that goes on where the archive's last write ended.
func New(ctx context.Context, cfg Config) (*Service, error) {
	s := &Service{
		journal: cfg.Journal, archive: cfg.Archive, log: cfg.Log, now: cfg.Now, batch: cfg.Batch,
		rewind: make(chan uint64, 1), repairs: make(chan *repairRequest), counts: make(map[string]*Counts),
		fresh: make(map[uint64]*entry),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.log = s.log.With("comp", "quality")
	if s.now == nil {
		s.now = time.Now
	}
	if s.batch <= 0 {
		s.batch = 4000
	}
	cursor, err := s.archive.Cursor(ctx)
	if err != nil {
		return nil, fmt.Errorf("start quality ingest: %w", err)
	}
	s.start = cursor
	s.cursor.Store(cursor)
	return s, nil
}

// Call takes in the record of a finished call. done is called when it is on
// disk or cannot be; it may be nil and must be short.
func (s *Service) Call(rec CallRecord, done func(error)) {
	s.parties.add(&rec)
	s.record(formatCall, &rec, done)
}

// Stream takes in a measurement of the server's own. done is as for Call.
func (s *Service) Stream(m StreamMeasurement, done func(error)) {
	s.record(formatStream, &m, done)
}

// Probe takes in what an agent outside of a call saw. done is as for Call.
func (s *Service) Probe(m ProbeMeasurement, done func(error)) {
	s.record(formatProbe, &m, done)
}

// Forwarded takes in a report of RFC 6035 that an agent saw on its way to
// somebody. done is as for Call.
func (s *Service) Forwarded(body []byte, agent string, done func(error)) {
	report, err := rtcpxr.Parse(body)
	if err != nil {
		finish(done, fmt.Errorf("report that %s forwarded: %w", agent, err))
		return
	}
	s.append(&entry{Format: formatRFC6035, Body: body, parsed: report}, done)
}

// Stat takes in the value of an X-RTP-Stat header field of a BYE, or of the 200
// to it, that came from the endpoint of a leg. done is as for Call.
func (s *Service) Stat(leg Leg, value string, done func(error)) {
	if _, err := rtcpxr.ParseStat(value); err != nil {
		finish(done, fmt.Errorf("quality of %s: %w", leg.User, err))
		return
	}
	s.append(&entry{Format: formatStat, Reporter: aor(leg.User), Leg: &leg, Body: []byte(value)}, done)
}

func (s *Service) record(format string, v any, done func(error)) {
	body, err := json.Marshal(v)
	if err != nil {
		finish(done, fmt.Errorf("encode quality %s: %w", format, err))
		return
	}
	s.append(&entry{Format: format, Body: body, parsed: v}, done)
}

// append stores an entry in the journal.
func (s *Service) append(e *entry, done func(error)) {
	e.Received = s.now().UTC()
	s.put(e, done)
}

func (s *Service) put(e *entry, done func(error)) {
	payload, err := e.encode()
	if err != nil {
		finish(done, err)
		return
	}
	s.journal.AppendAsync(payload, func(seq uint64, err error) {
		if err != nil {
			s.log.Error("a quality record could not be stored; its sender was told so", "format", e.Format, "user", e.Reporter, "err", err)
		} else {
			s.stored(seq, e)
		}
		finish(done, err)
	})
}

func finish(done func(error), err error) {
	if done != nil {
		done(err)
	}
}

// stored notes a record that is on disk. A number that the archive already had
// when this process started means that the journal was emptied under it: the
// consumer then begins at that number.
func (s *Service) stored(seq uint64, e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.of(e.Format)
	c.Accepted++
	now := s.now().UTC() // an imported record was received long ago
	c.Last = now
	if seq <= s.start {
		s.start = 0
		s.cursor.Store(seq - 1)
		s.rewind <- seq // has room: start is 0 from now on
	}
	if seq <= s.cursor.Load() {
		return // the consumer was faster than this call
	}
	s.waiting = append(s.waiting, waiting{seq, now})
	if e.parsed != nil && len(s.fresh) < maxFresh {
		s.fresh[seq] = e
	}
}

// maxFresh bounds the accepted records that the consumer need not read again.
const maxFresh = 4096

// taken returns a record as it was read when it was accepted, nil when it has
// to be read from the journal's bytes.
func (s *Service) taken(seq uint64) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.fresh[seq]
	delete(s.fresh, seq)
	return e
}

// done notes that everything up to seq is in the archive.
func (s *Service) done(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cursor.Store(seq)
	n := 0
	for n < len(s.waiting) && s.waiting[n].seq <= seq {
		delete(s.fresh, s.waiting[n].seq) // one that the archive had already
		n++
	}
	s.waiting = append(s.waiting[:0], s.waiting[n:]...)
}

// errStopped ends following the journal.
var errStopped = errors.New("quality ingest stops")
