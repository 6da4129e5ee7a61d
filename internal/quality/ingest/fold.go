package ingest

import (
	"strings"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// fold computes a stream's row from everything that was measured of it: for
// each metric the value of the source that knows it best, and the times that
// can be believed. Folding does not depend on the order in which reports came.
// witness is when somebody with a believable clock saw the call, for when nobody
// who told of this stream has one.
func fold(s *archive.Stream, measured map[part]*archive.Measurement, truth span, witness func() span) {
	var whole [metric.Sources]*archive.Measurement
	s.Remarks, s.Received = 0, s.Received.UTC()
	for p, m := range measured {
		if m.Received.After(s.Received) {
			s.Received = m.Received
		}
		if m.Remarks != "" {
			s.Remarks += int32(1 + strings.Count(m.Remarks, "\n"))
		}
		// A source whose final report never came speaks by its last interval.
		best := whole[p.source]
		if best == nil || p.number == 0 || best.Part != 0 && p.number > best.Part {
			whole[p.source] = m
		}
	}
	s.Values, s.Sources, s.Provenance = metric.Set{}, 0, 0
	for id := range metric.Count {
		for _, source := range id.Precedence() {
			m := whole[source]
			if m == nil {
				continue
			}
			if v, ok := m.Values.Get(id); ok {
				s.Values.Put(id, v)
				s.Sources |= 1 << source
				s.Provenance.Add(id, source)
				break
			}
		}
	}
	foldTimes(s, &whole, truth)
	if s.Clock != archive.ClockQuarantined {
		return
	}
	if seen := witness(); seen.known() {
		told := s.Skew
		foldTimes(s, &whole, seen)
		if s.Clock == archive.ClockOK { // it was wrong by itself, whatever the witness makes of it
			s.Clock, s.Skew = archive.ClockRepaired, told
		}
	}
}

// foldTimes settles the times: those of the server's own relay if it saw the
// stream, else those of the end that received it, else of the one that sent it.
func foldTimes(s *archive.Stream, whole *[metric.Sources]*archive.Measurement, truth span) {
	for _, source := range []metric.Source{metric.Relay, metric.RTCP} {
		if m := whole[source]; m != nil && !m.Started.IsZero() && !m.Ended.IsZero() {
			truth = span{m.Started, m.Ended}
			break
		}
	}
	s.Started, s.Ended, s.Clock, s.Skew = truth.start, truth.end, archive.ClockOK, 0
	for _, source := range []metric.Source{metric.ReceivingEnd, metric.SendingEnd} {
		m := whole[source]
		if m == nil {
			continue
		}
		times, state, skew := settle(span{m.Started, m.Ended}, truth, m.Received)
		if truth.known() {
			times = truth
		}
		s.Started, s.Ended, s.Clock, s.Skew = times.start, times.end, state, skew
		break
	}
	if s.Started.IsZero() {
		s.Started, s.Ended = s.Received, s.Received
	}
}
