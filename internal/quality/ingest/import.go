package ingest

import (
	"errors"
	"fmt"
	"time"

	"parley/internal/wire/qoe"
	"parley/internal/wire/rtcpxr"
)

// ErrUnusable is wrapped by the error of a record that cannot be read, unlike
// one that could not be stored.
var ErrUnusable = errors.New("not usable")

// Import takes in a record of a file, of one of the formats ms-qoe, ms-cqf,
// rfc6035, call, stream, hep and qoe-table. It counts as received when it says
// that it ended, so that what is old is not taken for a wrong clock. done is as
// for Call; the error says what is wrong with the record.
func (s *Service) Import(format string, body []byte, done func(error)) {
	e := &entry{Format: format, Body: body}
	var err error
	if e.parsed, err = parseBody(e); err != nil {
		finish(done, fmt.Errorf("%w: %w", ErrUnusable, err))
		return
	}
	now := s.now().UTC()
	e.Received = now
	if end := endOf(e.parsed); end.Year() >= firstYear && end.Before(now) {
		e.Received = end.UTC()
	}
	s.put(e, done)
}

// endOf is when a record says that what it tells of ended, zero when it does
// not say.
func endOf(parsed any) time.Time {
	var last time.Time
	latest := func(t time.Time) {
		if t.After(last) {
			last = t
		}
	}
	switch body := parsed.(type) {
	case *qoe.Event:
		for i := range body.Reports {
			latest(body.Reports[i].Dialog.End)
		}
	case *qoe.Feedback:
		latest(body.End)
	case *rtcpxr.Report:
		for _, m := range []*rtcpxr.Metrics{body.Local, body.Remote} {
			if m != nil {
				latest(m.Stop)
			}
		}
	case *CallRecord:
		latest(body.Ended)
	case *StreamMeasurement:
		latest(body.Ended)
	case *ProbeMeasurement:
		latest(body.Ended)
	case *tableRow:
		latest(body.ended())
	}
	return last
}
