package app

import (
	"time"

	"parley/internal/quality/emodel"
	"parley/internal/quality/ingest"
	"parley/internal/quality/metric"
	"parley/internal/stack/relay"
)

// maxIntervals is how many intervals of a stream are kept; in a longer call two neighbours become one, so that a strip of any call has room on
// a page and little to store.
const maxIntervals = 60

// strip is a stream's intervals while the call goes on.
type strip struct {
	begin     time.Time
	intervals []stripe
	// each is how many of the relay's intervals make one here, gathered how many the last one has.
	each, gathered int
}

// stripe is what was measured in one interval.
type stripe struct {
	end           time.Time
	packets, lost uint32
	jitter        float32 // ms
	jitterMax     float32 // ms, 0 when the stream's was reached earlier
	trip          float32 // ms, 0 when unknown
}

// add takes a report of a stream that goes on, or that has just ended.
func (s *strip) add(r *relay.Report) {
	if s.each == 0 {
		s.each, s.begin = 1, r.Begin
	}
	t := &r.Interval.Totals
	next := stripe{end: r.End, packets: uint32(t.Packets), lost: uint32(t.Lost()), jitter: float32(milliseconds(t.JitterAvg())), jitterMax: float32(milliseconds(t.JitterMax))}
	next.trip = float32(milliseconds(r.Interval.RoundTrip.Avg()))
	if s.gathered%s.each != 0 {
		last := &s.intervals[len(s.intervals)-1]
		*last = last.with(&next)
		s.gathered++
		return
	}
	if len(s.intervals) == maxIntervals {
		for i := range maxIntervals / 2 {
			s.intervals[i] = s.intervals[2*i].with(&s.intervals[2*i+1])
		}
		s.intervals = s.intervals[:maxIntervals/2]
		s.each *= 2
	}
	s.intervals, s.gathered = append(s.intervals, next), 1
}

// with is an interval and the one behind it as one.
func (a *stripe) with(b *stripe) stripe {
	out := stripe{end: b.end, packets: a.packets + b.packets, lost: a.lost + b.lost, jitterMax: max(a.jitterMax, b.jitterMax), trip: max(a.trip, b.trip)}
	if n := float32(out.packets); n > 0 {
		out.jitter = (a.jitter*float32(a.packets) + b.jitter*float32(b.packets)) / n
	}
	return out
}

// measurements are the intervals as parts 1, 2, 3 ... of a stream, none when the whole stream is one interval.
func (s *strip) measurements(whole ingest.StreamMeasurement, out func(ingest.StreamMeasurement)) {
	if len(s.intervals) < 2 {
		return
	}
	begin := s.begin
	for i, v := range s.intervals {
		m := whole
		m.Part, m.Started, m.Ended, m.Failure, m.Values = i+1, begin, v.end, "", metric.Set{}
		begin = v.end
		m.Values.Put(metric.Packets, float64(v.packets))
		m.Values.Put(metric.Lost, float64(v.lost))
		if total := float64(v.packets) + float64(v.lost); total > 0 {
			loss := float64(v.lost) / total
			m.Values.Put(metric.LossRate, loss)
			m.Values.Put(metric.Jitter, float64(v.jitter))
			if v.jitterMax > 0 {
				m.Values.Put(metric.JitterMax, float64(v.jitterMax))
			}
			delay := float64(v.trip)/2 + 2*float64(v.jitter)
			if rating, ok := emodel.Rate(emodel.Input{Codec: m.Codec, ClockRate: m.ClockRate, Loss: loss, BurstRatio: 1, Delay: delay}); ok {
				m.MOSModel = rating.Model
				m.Values.Put(metric.MOSLQ, rating.Listening)
			}
		}
		if v.trip > 0 {
			m.Values.Put(metric.RoundTrip, float64(v.trip))
		}
		out(m)
	}
}
