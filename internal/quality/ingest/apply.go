package ingest

import (
	"fmt"
	"strconv"
	"strings"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// call applies the server's record of a call. What endpoints told of its
// dialogs before joins it.
func (w *work) call(rec *CallRecord) {
	key := callKey(rec.ID)
	w.calls[key] = &archive.Call{
		Key: key, ID: rec.ID, Started: rec.Started.UTC(), Answered: rec.Answered.UTC(), Ended: rec.Ended.UTC(), Caller: aor(rec.Caller), Callee: aor(rec.Callee),
		Outcome: rec.Outcome, SIPCode: int32(rec.SIPCode), Reason: rec.Reason, HungUpBy: rec.HungUpBy, Known: true,
	}
	w.changedCalls[key] = true
	for i := range rec.Legs {
		l := &rec.Legs[i]
		leg := &archive.Leg{
			Key: legKey(l.Dialog), CallKey: key, Role: l.Role, CallID: l.CallID, TagA: l.TagA, TagB: l.TagB, User: aor(l.User), Peer: aor(l.Peer),
			UserAgent: l.UserAgent, Dialect: l.Dialect, Endpoint: l.Endpoint, Initiated: l.Initiated, Known: true,
		}
		if old := w.legs[leg.Key]; old != nil && old.CallKey != key {
			w.forget(old.CallKey)
		}
		w.legs[leg.Key] = leg
		w.changedLegs[leg.Key] = true
		w.adopt(leg)
		w.dismiss(leg)
		for _, s := range w.byLeg[leg.Key] {
			s.CallKey = key
			w.changedStreams[s.Key] = true
		}
		for _, r := range w.ratings {
			if r.LegKey == leg.Key && r.CallKey != key {
				r.CallKey = key
				w.changedRatings[r.Key] = true
			}
		}
	}
}

// forget removes a call that was made up for endpoints' reports.
func (w *work) forget(key int64) {
	if c := w.calls[key]; c != nil && !c.Known {
		w.drop.Calls = append(w.drop.Calls, *c)
		delete(w.calls, key)
		delete(w.changedCalls, key)
	}
}

// adopt moves to a leg what was reported with its Call-ID alone, by the leg's
// own endpoint, before the leg was known.
func (w *work) adopt(leg *archive.Leg) {
	orphan := legKey(Dialog{CallID: leg.CallID})
	if orphan == leg.Key {
		return
	}
	left := false
	for _, s := range w.byLeg[orphan] {
		if w.streams[s.Key] == nil {
			continue
		}
		if !w.reportedBy(s.Key, leg.User) {
			left = true
			continue
		}
		w.move(s, leg)
	}
	if old := w.legs[orphan]; old != nil && !left {
		w.forget(old.CallKey)
		w.drop.Legs = append(w.drop.Legs, *old)
		delete(w.legs, orphan)
		delete(w.changedLegs, orphan)
	}
}

func (w *work) reportedBy(stream int64, user string) bool {
	for _, m := range w.measurements[stream] {
		if m.Reporter != user {
			return false
		}
	}
	return true
}

// move gives the measurements of an orphaned stream to the stream that they
// are of. The reporter's side was a guess; now it is the endpoint's.
func (w *work) move(s *archive.Stream, leg *archive.Leg) {
	endpoint := endpointSide(leg)
	for _, m := range w.measurements[s.Key] {
		w.drop.Measurements = append(w.drop.Measurements, *m)
		sender := endpoint
		if m.Source == metric.ReceivingEnd {
			sender = endpoint.Other()
		}
		to := w.stream(leg, s.Label, sender)
		if s.Sender == sender {
			to.Sides[0].Merge(&s.Sides[0], false)
			to.Sides[1].Merge(&s.Sides[1], false)
		} else {
			to.Sides[0].Merge(&s.Sides[1], false)
			to.Sides[1].Merge(&s.Sides[0], false)
		}
		if to.Codec == "" {
			to.Codec, to.ClockRate = s.Codec, s.ClockRate
		}
		moved := *m
		moved.StreamKey, moved.LegKey = to.Key, leg.Key
		w.putMeasurement(&moved)
	}
	w.drop.Streams = append(w.drop.Streams, *s)
	delete(w.streams, s.Key)
	delete(w.measurements, s.Key)
	delete(w.changedStreams, s.Key)
}

// stream finds or makes the row of a stream and marks it as changed.
func (w *work) stream(leg *archive.Leg, label string, sender archive.Side) *archive.Stream {
	key := streamKey(leg.Key, label, sender)
	s := w.streams[key]
	if s == nil {
		s = &archive.Stream{Key: key, LegKey: leg.Key, Label: label, Media: metric.MediaOfLabel(label), Sender: sender}
		w.putStream(s)
	}
	s.CallKey = leg.CallKey
	w.changedStreams[key] = true
	return s
}

// observe applies what one party tells of one stream; seq is the record's.
func (w *work) observe(o *observation, seq uint64) {
	leg, side := w.place(o)
	if stranger(leg, o) {
		w.setAside(archive.Rejected{Seq: int64(seq), Received: o.received, Format: o.format, Reporter: o.reporter, Reason: strangers(o.reporter), Body: o.remark()})
		return
	}
	sender := side
	if !o.outbound {
		sender = side.Other()
	}
	s := w.stream(leg, o.label, sender)
	if o.server != archive.NoSide {
		s.Server = o.server
	}
	if s.Codec == "" {
		s.Codec, s.ClockRate = o.codec, int32(o.clockRate)
	}
	fill(&s.Transport, o.transport)
	fill(&s.Security, o.security)
	fill(&s.BandwidthSource, o.bandwidthSource)
	fill(&s.MOSModel, o.mosModel)
	s.FEC = s.FEC || o.fec
	s.ICEFailed = s.ICEFailed || o.iceFailed
	if o.failure != archive.FailureUnknown {
		s.Failure = o.failure
	}
	// An end knows itself better than anybody else does.
	s.Of(side).Merge(&o.near, o.near.Told)
	s.Of(side.Other()).Merge(&o.far, false)

	m := &archive.Measurement{
		StreamKey: s.Key, LegKey: leg.Key, Source: o.source, Part: o.part, Format: o.format, Correlation: o.correlation, Reporter: o.reporter, Received: o.received,
		Started: o.started.UTC(), Ended: o.ended.UTC(), Remarks: o.remark(), Values: o.values,
	}
	if o.teller != "" {
		m.Reporter = o.teller
	}
	if old := w.measurements[s.Key][part{m.Source, m.Part}]; old != nil && sameReport(old, m) {
		return // a duplicate keeps the time of the first
	}
	if w.measuredByOther(s.Key, m.Source) {
		w.tally.of(m.Format).Merged++
	}
	w.putMeasurement(m)
}

func (w *work) measuredByOther(stream int64, source metric.Source) bool {
	for p := range w.measurements[stream] {
		if p.source != source {
			return true
		}
	}
	return false
}

func fill(dst *string, v string) {
	if *dst == "" {
		*dst = v
	}
}

// sameReport tells whether two measurements say the same, as the archive keeps
// it.
func sameReport(a, b *archive.Measurement) bool {
	if a.Format != b.Format || a.Reporter != b.Reporter || a.Remarks != b.Remarks ||
		a.Started.UnixMilli() != b.Started.UnixMilli() || a.Ended.UnixMilli() != b.Ended.UnixMilli() {
		return false
	}
	for id := range metric.Count {
		x, has := a.Values.Get(id)
		y, also := b.Values.Get(id)
		if has != also || id.Stored(x) != id.Stored(y) {
			return false
		}
	}
	return true
}

// rate applies a user's rating.
func (w *work) rate(it *item) {
	f := it.rating
	o := &observation{dialog: Dialog{f.CallID, f.FromTag, f.ToTag}, reporter: aor(f.User), received: it.entry.Received, started: f.Start, ended: f.End}
	leg, _ := w.place(o)
	if leg.Known && !among(o.reporter, leg.User, leg.Peer) {
		w.setAside(archive.Rejected{Seq: int64(it.seq), Received: o.received, Format: formatFeedback, Reporter: o.reporter, Reason: strangers(o.reporter), Body: f.Text})
		return
	}
	r := &archive.Rating{
		Key: key("rating", strconv.FormatInt(leg.Key, 10), o.reporter), LegKey: leg.Key, CallKey: leg.CallKey, User: o.reporter, Stars: int32(f.Rating),
		Text: f.Text, Received: it.entry.Received,
	}
	var tokens []string
	for _, t := range f.Tokens {
		tokens = append(tokens, fmt.Sprintf("%d=%d", t.ID, t.Value))
	}
	r.Tokens = strings.Join(tokens, ",")
	w.ratings[r.Key] = r
	w.changedRatings[r.Key] = true
	if c := w.calls[leg.CallKey]; c != nil && c.Started.IsZero() {
		times, _, _ := settle(span{f.Start, f.End}, span{}, o.received)
		c.Started, c.Answered, c.Ended = times.start, times.start, times.end
		w.changedCalls[c.Key] = true
	}
}
