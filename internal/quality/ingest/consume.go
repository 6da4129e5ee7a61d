package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Waits between attempts while the archive or the journal fails.
const (
	firstWait = 250 * time.Millisecond
	longWait  = 30 * time.Second
)

// Run brings records from the journal into the archive until ctx ends. A failing
// archive holds it up and is tried again: nothing is skipped.
func (s *Service) Run(ctx context.Context) error {
	from := s.cursor.Load() + 1
	wait := firstWait
	for {
		err := s.follow(ctx, from)
		var again *rewound
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &again):
			s.log.Warn("the quality journal begins again: it was emptied or replaced", "archive_had", s.cursor.Load(), "journal_at", again.seq)
			from, wait = again.seq, firstWait
			continue
		}
		s.log.Error("cannot read the quality journal; trying again", "err", err, "wait", wait.String())
		if !sleep(ctx, wait) {
			return nil
		}
		wait = min(2*wait, longWait)
		from = s.cursor.Load() + 1
	}
}

// rewound ends a follow when the journal has begun again at a number.
type rewound struct{ seq uint64 }

func (r *rewound) Error() string { return fmt.Sprintf("journal begins again at %d", r.seq) }

// follow reads the journal from a record on and writes what it reads, in
// batches of what has come meanwhile.
func (s *Service) follow(ctx context.Context, from uint64) error {
	ctx, cancel := context.WithCancel(ctx)
	records := make(chan item, s.batch)
	ended := make(chan error, 1)
	go func() {
		ended <- s.journal.Follow(ctx, from, func(seq uint64, payload []byte) error {
			select {
			case records <- s.item(seq, payload):
				return nil
			case <-ctx.Done():
				return errStopped
			}
		})
	}()
	stop := func() error {
		cancel()
		return <-ended
	}
	for {
		select {
		case r := <-records:
			if err := s.consume(ctx, s.collect(r, records)); err != nil {
				return errors.Join(err, stop())
			}
		case r := <-s.repairs:
			s.repairOne(r)
		case seq := <-s.rewind:
			_ = stop() // ended because it was told to
			return &rewound{seq}
		case err := <-ended:
			cancel()
			if err == nil {
				err = errors.New("journal ended")
			}
			return err
		}
	}
}

// collect takes what waits behind a record, up to a batch.
func (s *Service) collect(first item, records <-chan item) []item {
	batch := []item{first}
	for len(batch) < s.batch {
		select {
		case r := <-records:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// consume writes a batch, as often as it takes.
func (s *Service) consume(ctx context.Context, batch []item) error {
	wait := firstWait
	for {
		err := s.store(ctx, batch)
		if err == nil {
			s.done(batch[len(batch)-1].seq)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.log.Error("cannot write the quality archive; reports wait on disk and nothing is lost", "records", len(batch), "err", err, "wait", wait.String())
		if !sleep(ctx, wait) {
			return ctx.Err()
		}
		wait = min(2*wait, longWait)
	}
}

func (s *Service) store(ctx context.Context, items []item) error {
	w := newWork(s.now().UTC())
	if err := w.load(ctx, s.archive, items); err != nil {
		return err
	}
	for i := range items {
		if r := items[i].rejected; r != nil {
			s.log.Warn("set a quality record aside", "seq", r.Seq, "format", r.Format, "reason", r.Reason)
		}
		w.apply(&items[i])
	}
	if err := s.archive.Write(ctx, w.batch(items[len(items)-1].seq)); err != nil {
		return err
	}
	s.add(w.tally)
	return nil
}

// item brings a record into neutral form: as it was read when it was accepted,
// or from the journal's bytes.
func (s *Service) item(seq uint64, payload []byte) item {
	if e := s.taken(seq); e != nil {
		return translateEntry(seq, e)
	}
	return translate(seq, payload)
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
