package capture

import (
	"time"

	"parley/internal/quality/metric"
	"parley/internal/wire/hep"
)

// streamKey names a stream of a call.
type streamKey struct {
	sender Side
	line   int
	ssrc   uint32
}

// stream is one direction of a media line, from what RTCP told of it.
type stream struct {
	reading Reading // of all of it, but for its values
	clock   float64 // of RTP, Hz

	blocks               int
	first, last          hep.Block
	told                 time.Time // when the last interval was told
	jitterSum, jitterMax float64
	lossMax              float64
	tripSum              float64
	trips                int
	tripMax              float64
	sent                 uint32 // packets, as the sender tells
}

// leastInterval is the least time between two intervals of a stream.
const leastInterval = 4 * time.Second

// rtcp takes an RTCP packet: its author sends with r.SSRC and received what the
// blocks tell of.
func (c *calls) rtcp(r *hep.Report, p *hep.Packet) []Reading {
	ssrcs := []uint32{r.SSRC}
	for _, b := range r.Blocks {
		ssrcs = append(ssrcs, b.Source)
	}
	at, how, out := c.find(p, "", ssrcs...)
	k := at.call
	c.own(r.SSRC, at)
	if r.Sender != nil {
		k.sent(at.side, r.Sender, p.Time)
		if s := k.streams[streamKey{at.side, at.line, r.SSRC}]; s != nil {
			s.sent = r.Sender.Packets
		}
	}
	for _, b := range r.Blocks {
		from := place{k, at.side.other(), at.line}
		c.own(b.Source, from)
		s := k.stream(streamKey{from.side, from.line, b.Source}, how, p)
		if s == nil {
			continue
		}
		if reading, ok := s.block(b, k.trip(at.side, &b, p.Time), p.Time); ok {
			out = append(out, reading)
		}
	}
	return out
}

// sent remembers when a sender report came by.
func (k *call) sent(by Side, s *hep.Sender, at time.Time) {
	const most = 16
	if k.lastSR[by] == nil || len(k.lastSR[by]) >= most {
		k.lastSR[by] = map[uint32]time.Time{}
	}
	k.lastSR[by][s.Seconds<<16|s.Fraction>>16] = at
}

// trip returns the round trip between the ends, 0 when it is not known. The
// agent is between them: the time from a sender report to the block that answers
// it is the way from the agent to the block's author and back, and both such
// ways together are the whole.
func (k *call) trip(author Side, b *hep.Block, at time.Time) time.Duration {
	sr, ok := k.lastSR[author.other()][b.LastSR]
	if b.LastSR == 0 || !ok {
		return 0
	}
	half := at.Sub(sr) - time.Duration(b.Delay)*time.Second/65536
	if half < 0 || half > time.Minute {
		return 0
	}
	k.half[author] = max(half, time.Microsecond)
	if other := k.half[author.other()]; other > 0 && author != Unknown {
		return k.half[author] + other
	}
	return 0
}

// stream finds or makes a stream; p came from its receiver.
func (k *call) stream(key streamKey, how string, p *hep.Packet) *stream {
	if s := k.streams[key]; s != nil {
		return s
	}
	if len(k.streams) >= 2*maxStreams {
		return nil
	}
	s := &stream{reading: k.reading(key, how, p), clock: 8000}
	s.reading.Source, s.reading.Receiver = p.Dst, p.Src
	if s.reading.ClockRate > 0 {
		s.clock = float64(s.reading.ClockRate)
	}
	k.streams[key] = s
	return s
}

// reading is what a call tells of each of its streams.
func (k *call) reading(key streamKey, how string, p *hep.Packet) Reading {
	r := Reading{
		CallID: k.id, TagA: k.tagA, TagB: k.tagB, Correlation: how, Caller: k.caller, Callee: k.callee, Sender: key.sender, Label: "main-audio",
		SSRC: key.ssrc, Agent: agent(p), Started: p.Time, Ended: p.Time,
	}
	if key.line < len(k.lines) {
		l := &k.lines[key.line]
		r.Label, r.Codec, r.ClockRate = l.label, l.codec[key.sender.other()], l.clock[key.sender.other()]
	}
	return r
}

// block takes a report block; ok says that an interval is to be told.
func (s *stream) block(b hep.Block, trip time.Duration, at time.Time) (r Reading, ok bool) {
	jitter := float64(b.Jitter) * 1000 / s.clock
	loss := float64(b.Fraction) / 256
	if s.blocks == 0 {
		s.first, s.told = b, at
	}
	s.blocks++
	s.last = b
	s.reading.Ended = at
	s.jitterSum += jitter
	s.jitterMax, s.lossMax = max(s.jitterMax, jitter), max(s.lossMax, loss)
	r = s.reading
	r.Values.Put(metric.Jitter, jitter)
	r.Values.Put(metric.LossRate, loss)
	if trip > 0 {
		ms := trip.Seconds() * 1000
		s.tripSum += ms
		s.trips++
		s.tripMax = max(s.tripMax, ms)
		r.Values.Put(metric.RoundTrip, ms)
	}
	if s.blocks > 1 && at.Sub(s.told) < leastInterval {
		return r, false
	}
	r.Started, r.Ended = s.told, at
	s.told = at
	return r, true
}

// finals are the streams of a call that is over.
func (k *call) finals() []Reading {
	var out []Reading
	for _, s := range k.streams {
		r := s.reading
		// The dialog may have become known after the stream.
		r.TagA, r.TagB, r.Caller, r.Callee, r.Final = k.tagA, k.tagB, k.caller, k.callee, true
		n := float64(s.blocks)
		r.Values.Put(metric.Jitter, s.jitterSum/n)
		r.Values.Put(metric.JitterMax, s.jitterMax)
		r.Values.Put(metric.LossRateMax, s.lossMax)
		lost, expected := float64(max(s.last.Lost, 0)), float64(s.sent)
		if expected < lost || expected == 0 {
			lost, expected = float64(max(s.last.Lost-s.first.Lost, 0)), float64(s.last.Highest-s.first.Highest)
		}
		switch {
		case expected > 0 && lost <= expected && expected < 1<<31:
			r.Values.Put(metric.Lost, lost)
			r.Values.Put(metric.LossRate, lost/expected)
			r.Values.Put(metric.Packets, expected-lost)
		default: // one report only
			r.Values.Put(metric.LossRate, float64(s.last.Fraction)/256)
		}
		if s.trips > 0 {
			r.Values.Put(metric.RoundTrip, s.tripSum/float64(s.trips))
			r.Values.Put(metric.RoundTripMax, s.tripMax)
		}
		out = append(out, r)
	}
	return out
}

// statistics takes those of an RTP agent.
func (c *calls) statistics(s *hep.Statistics, p *hep.Packet) Reading {
	if s.Src.Addr().IsValid() && s.Dst.Addr().IsValid() {
		p.Src, p.Dst = s.Src, s.Dst // of the stream, not of the agent
	}
	at, how, _ := c.find(p, s.CallID, s.SSRC)
	r := at.call.reading(streamKey{at.side, at.line, s.SSRC}, how, p)
	r.Source, r.Receiver, r.Final = p.Src, p.Dst, s.Final
	if s.Codec != "" {
		r.Codec, r.ClockRate = s.Codec, s.Clock
	}
	if !s.At.IsZero() {
		r.Ended = s.At
	}
	if r.Started = r.Ended.Add(-s.Duration); s.Duration == 0 && s.Final {
		r.Started = at.call.began
	}
	for id, v := range map[metric.ID]float64{
		metric.Packets: s.Packets, metric.Lost: s.Lost, metric.Reordered: s.Reordered, metric.Jitter: s.Jitter, metric.JitterMax: s.JitterMax,
		metric.MOSCQ: s.MOS, metric.MOSLQMin: s.MOSMin, metric.RConversational: s.R,
	} {
		if v >= 0 {
			r.Values.Put(id, v)
		}
	}
	if s.Expected > 0 && s.Lost >= 0 {
		r.Values.Put(metric.LossRate, s.Lost/s.Expected)
	}
	return r
}

// scores takes those in a packet's own chunks.
func (c *calls) scores(p *hep.Packet) Reading {
	at, how, _ := c.find(p, "")
	r := at.call.reading(streamKey{at.side, at.line, 0}, how, p)
	r.Source, r.Receiver = p.Src, p.Dst
	if p.MOS > 0 {
		r.Values.Put(metric.MOSCQ, p.MOS)
	}
	if p.R > 0 {
		r.Values.Put(metric.RConversational, p.R)
	}
	if p.Jitter > 0 {
		r.Values.Put(metric.Jitter, p.Jitter)
	}
	return r
}
