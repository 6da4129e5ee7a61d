package ingest

import (
	"context"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// part names a measurement of a stream.
type part struct {
	source metric.Source
	number int32
}

// work is the set of rows that a batch touches: as the archive has them, then
// as they will be.
type work struct {
	now          time.Time
	calls        map[int64]*archive.Call
	legs         map[int64]*archive.Leg
	streams      map[int64]*archive.Stream
	byLeg        map[int64][]*archive.Stream             // the streams of a leg; may hold removed ones
	measurements map[int64]map[part]*archive.Measurement // by stream
	ratings      map[int64]*archive.Rating
	rejected     []archive.Rejected
	tally        tally

	// changed are the keys of rows to write; removed rows are in drop.
	changedCalls, changedLegs, changedStreams, changedRatings map[int64]bool
	drop                                                      archive.Rows

	witnesses map[int64]span // by call; nil until it is asked for
}

func newWork(now time.Time) *work {
	return &work{
		now: now, tally: tally{}, calls: map[int64]*archive.Call{}, legs: map[int64]*archive.Leg{}, streams: map[int64]*archive.Stream{}, byLeg: map[int64][]*archive.Stream{},
		measurements: map[int64]map[part]*archive.Measurement{}, ratings: map[int64]*archive.Rating{},
		changedCalls: map[int64]bool{}, changedLegs: map[int64]bool{}, changedStreams: map[int64]bool{}, changedRatings: map[int64]bool{},
	}
}

// load reads what the archive has of all that the items are about.
func (w *work) load(ctx context.Context, a *archive.Archive, items []item) error {
	legs, calls, loose := map[int64]bool{}, map[int64]bool{}, map[string]bool{}
	about := func(d Dialog) {
		legs[legKey(d)] = true
		if d.TagA == "" || d.TagB == "" {
			loose[d.CallID] = true
		}
	}
	for i := range items {
		it := &items[i]
		for o := range it.observations {
			about(it.observations[o].dialog)
			if id := it.observations[o].callID; id != "" {
				calls[callKey(id)] = true
			}
		}
		if it.rating != nil {
			about(Dialog{it.rating.CallID, it.rating.FromTag, it.rating.ToTag})
		}
		if it.call == nil {
			continue
		}
		calls[callKey(it.call.ID)] = true
		for _, l := range it.call.Legs {
			legs[legKey(l.Dialog)] = true
			legs[legKey(Dialog{CallID: l.CallID})] = true // reports that came before without tags
		}
	}
	found, err := a.LegsOfCallIDs(ctx, keysOf(loose))
	if err != nil {
		return err
	}
	for i := range found {
		legs[found[i].Key] = true
	}
	rows, err := a.Legs(ctx, keysOf(legs))
	if err != nil {
		return err
	}
	for i := range rows.Calls {
		delete(calls, rows.Calls[i].Key)
	}
	if len(calls) > 0 {
		more, err := a.Calls(ctx, "call_key IN "+archive.In(keysOf(calls)))
		if err != nil {
			return err
		}
		rows.Calls = append(rows.Calls, more...)
	}
	w.take(&rows)
	return nil
}

func keysOf[K comparable](set map[K]bool) []K {
	out := make([]K, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	return out
}

func (w *work) take(rows *archive.Rows) {
	for i := range rows.Calls {
		w.calls[rows.Calls[i].Key] = &rows.Calls[i]
	}
	for i := range rows.Legs {
		w.legs[rows.Legs[i].Key] = &rows.Legs[i]
	}
	for i := range rows.Streams {
		w.putStream(&rows.Streams[i])
	}
	for i := range rows.Measurements {
		w.putMeasurement(&rows.Measurements[i])
	}
	for i := range rows.Ratings {
		w.ratings[rows.Ratings[i].Key] = &rows.Ratings[i]
	}
}

func (w *work) putStream(s *archive.Stream) {
	w.streams[s.Key] = s
	w.byLeg[s.LegKey] = append(w.byLeg[s.LegKey], s)
}

func (w *work) putMeasurement(m *archive.Measurement) {
	of := w.measurements[m.StreamKey]
	if of == nil {
		of = map[part]*archive.Measurement{}
		w.measurements[m.StreamKey] = of
	}
	of[part{m.Source, m.Part}] = m
}

// apply brings an item into the set.
func (w *work) apply(it *item) {
	switch {
	case it.rejected != nil:
		w.rejected = append(w.rejected, *it.rejected)
		w.tally.of(it.rejected.Format).SetAside++
	case it.call != nil:
		w.call(it.call)
	case it.rating != nil:
		w.rate(it)
	default:
		for i := range it.observations {
			w.observe(&it.observations[i], it.seq)
		}
	}
}

// batch folds what has changed and makes the write of it.
func (w *work) batch(cursor uint64) *archive.Batch {
	b := &archive.Batch{Cursor: cursor, Drop: w.drop}
	measured := 0
	for k := range w.changedStreams {
		measured += len(w.measurements[k])
	}
	b.Put.Streams = make([]archive.Stream, 0, len(w.changedStreams)) // rows are large: growing would copy them
	b.Put.Measurements = make([]archive.Measurement, 0, measured)
	for k := range w.changedStreams {
		s := w.streams[k]
		if s == nil {
			continue
		}
		w.describe(s)
		before := s.Clock
		fold(s, w.measurements[k], w.truth(s.LegKey), func() span { return w.witness(s.CallKey) })
		if s.Clock == archive.ClockQuarantined && before != s.Clock {
			for _, m := range w.measurements[k] {
				w.tally.of(m.Format).Quarantined++
			}
		}
		w.stretch(s)
		b.Put.Streams = append(b.Put.Streams, *s)
		for _, m := range w.measurements[k] {
			b.Put.Measurements = append(b.Put.Measurements, *m)
		}
	}
	for k := range w.changedCalls {
		if c := w.calls[k]; c != nil {
			c.Written = w.now
			b.Put.Calls = append(b.Put.Calls, *c)
		}
	}
	for k := range w.changedLegs {
		if l := w.legs[k]; l != nil {
			b.Put.Legs = append(b.Put.Legs, *l)
		}
	}
	for k := range w.changedRatings {
		b.Put.Ratings = append(b.Put.Ratings, *w.ratings[k])
	}
	b.Put.Rejected = w.rejected
	return b
}

// truth is when the server saw the call of a leg, zero when it did not.
func (w *work) truth(leg int64) span {
	l := w.legs[leg]
	if l == nil {
		return span{}
	}
	c := w.calls[l.CallKey]
	if c == nil || !c.Known {
		return span{}
	}
	start := c.Answered
	if start.IsZero() {
		start = c.Started
	}
	return span{start, c.Ended}
}

// witness is the longest time for which an end whose clock can be believed saw
// a call that the server does not know.
func (w *work) witness(call int64) span {
	if w.witnesses == nil {
		w.witnesses = make(map[int64]span)
		for _, s := range w.streams {
			for p, m := range w.measurements[s.Key] {
				told, best := span{m.Started, m.Ended}, w.witnesses[s.CallKey]
				if p.number != 0 || !told.known() || !told.plausible(m.Received) {
					continue
				}
				if longer := told.end.Sub(told.start) - best.end.Sub(best.start); !best.known() || longer > 0 || longer == 0 && told.start.Before(best.start) {
					w.witnesses[s.CallKey] = told
				}
			}
		}
	}
	return w.witnesses[call]
}

// stretch lets a call that only endpoints told of span its streams.
func (w *work) stretch(s *archive.Stream) {
	c := w.calls[s.CallKey]
	if c == nil || c.Known {
		return
	}
	if c.Started.IsZero() || s.Started.Before(c.Started) {
		c.Started, c.Answered = s.Started, s.Started
		w.changedCalls[c.Key] = true
	}
	if s.Ended.After(c.Ended) {
		c.Ended = s.Ended
		w.changedCalls[c.Key] = true
	}
}

// describe fills in what the server knows of a stream's ends.
func (w *work) describe(s *archive.Stream) {
	l := w.legs[s.LegKey]
	if l == nil || !l.Known {
		return
	}
	s.CallKey = l.CallKey
	endpoint := endpointSide(l)
	s.Server = archive.NoSide
	if l.Peer == "" {
		s.Server = endpoint.Other()
	} else {
		s.Of(endpoint.Other()).Merge(&archive.End{User: l.Peer}, false)
	}
	s.Of(endpoint).Merge(&archive.End{User: l.User, UserAgent: l.UserAgent}, false)
}

func endpointSide(l *archive.Leg) archive.Side {
	if l.Initiated {
		return archive.Initiator
	}
	return archive.Responder
}
