package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/internal/quality/archive"
)

// RepairFilter says what to repair; zero fields do not matter.
type RepairFilter struct {
	// Since and Until bound when reports came.
	Since, Until time.Time
}

// RepairResult counts what a repair did.
type RepairResult struct {
	// Repaired streams have believable times now; Left are still quarantined.
	Repaired, Left int
	// Replayed records were set aside before and could be read this time.
	Replayed int
}

// repairRequest is a repair that waits for the consumer, which alone writes.
type repairRequest struct {
	ctx    context.Context
	filter RepairFilter
	answer chan repairAnswer
}

type repairAnswer struct {
	result RepairResult
	err    error
}

// Repair settles the times of quarantined streams again, from what is known of
// their calls now, and reads records that were set aside once more. New reports
// wait meanwhile; they are still acknowledged. Run must be running.
func (s *Service) Repair(ctx context.Context, f RepairFilter) (RepairResult, error) {
	r := &repairRequest{ctx, f, make(chan repairAnswer, 1)}
	select {
	case s.repairs <- r:
	case <-ctx.Done():
		return RepairResult{}, ctx.Err()
	}
	select {
	case a := <-r.answer:
		return a.result, a.err
	case <-ctx.Done():
		return RepairResult{}, ctx.Err()
	}
}

// repairChunk is how many legs are worked on at a time.
const repairChunk = 500

func (s *Service) repair(ctx context.Context, f RepairFilter) (RepairResult, error) {
	var result RepairResult
	calls, err := s.quarantined(ctx, f)
	if err != nil {
		return result, err
	}
	for len(calls) > 0 {
		n := min(len(calls), repairChunk)
		repaired, left, err := s.settleAgain(ctx, calls[:n])
		result.Repaired, result.Left = result.Repaired+repaired, result.Left+left
		if err != nil {
			return result, err
		}
		calls = calls[n:]
	}
	result.Replayed, err = s.replay(ctx, f)
	return result, err
}

// condition is a filter in SQL.
func (f RepairFilter) condition() string {
	sql := ""
	if !f.Since.IsZero() {
		sql += fmt.Sprintf(" AND received >= %d", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		sql += fmt.Sprintf(" AND received < %d", f.Until.UnixMilli())
	}
	return sql
}

// quarantined lists the calls with quarantined streams.
func (s *Service) quarantined(ctx context.Context, f RepairFilter) ([]int64, error) {
	var keys []int64
	sql := fmt.Sprintf("SELECT DISTINCT call_key FROM %s WHERE clock = %d%s", s.archive.From("streams"), archive.ClockQuarantined, f.condition())
	err := s.archive.Query(ctx, sql, func(row []any) error {
		if k, ok := row[0].(int64); ok {
			keys = append(keys, k)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find quarantined streams: %w", err)
	}
	return keys, nil
}

// settleAgain folds the quarantined streams of calls once more.
func (s *Service) settleAgain(ctx context.Context, calls []int64) (repaired, left int, err error) {
	rows, err := s.archive.OfCalls(ctx, calls)
	if err != nil {
		return 0, 0, err
	}
	if rows.Calls, err = s.archive.Calls(ctx, "call_key IN "+archive.In(calls)); err != nil {
		return 0, 0, err
	}
	w := newWork(s.now().UTC())
	w.take(&rows)
	for k, st := range w.streams {
		if st.Clock == archive.ClockQuarantined {
			w.changedStreams[k] = true
		}
	}
	b := w.batch(0)
	for i := range b.Put.Streams {
		if b.Put.Streams[i].Clock == archive.ClockQuarantined {
			left++
		} else {
			repaired++
		}
	}
	if repaired == 0 {
		return 0, left, nil
	}
	return repaired, left, s.archive.Write(ctx, b)
}

// replay puts records that were set aside, and can be read now, back into the
// journal.
func (s *Service) replay(ctx context.Context, f RepairFilter) (replayed int, err error) {
	type aside struct {
		row archive.Rejected
		e   *entry
	}
	var found []aside
	rows, err := s.archive.RejectedRows(ctx, "seq > 0"+f.condition())
	if err != nil {
		return 0, err
	}
	for i := range rows {
		r := rows[i]
		e := &entry{Format: r.Format, Received: r.Received, Reporter: r.Reporter, Body: []byte(r.Body)}
		if e.parsed, err = parseBody(e); err == nil && e.Format != formatStat {
			found = append(found, aside{r, e})
		}
	}
	for _, a := range found {
		stored := make(chan error, 1)
		s.put(a.e, func(err error) { stored <- err })
		if err := <-stored; err != nil {
			return replayed, err
		}
		if err := s.archive.Write(ctx, &archive.Batch{Drop: archive.Rows{Rejected: []archive.Rejected{a.row}}}); err != nil {
			return replayed, err
		}
		replayed++
	}
	return replayed, nil
}

// repairOne answers a request; the consumer calls it.
func (s *Service) repairOne(r *repairRequest) {
	result, err := s.repair(r.ctx, r.filter)
	if err != nil && !errors.Is(err, context.Canceled) {
		s.log.Error("could not repair quarantined streams", "err", err)
	} else {
		s.log.Info("repaired quarantined streams", "repaired", result.Repaired, "left", result.Left, "replayed", result.Replayed)
	}
	r.answer <- repairAnswer{result, err}
}
