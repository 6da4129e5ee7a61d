// Package webrtc turns samples of WebRTC statistics, which count since the
// beginning of a call, into what was measured between two of them and in all.
package webrtc

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"parley/internal/quality/metric"
	"parley/internal/wire/rtcstats"
)

// Post is what an endpoint sends: samples of one call, in their order.
type Post struct {
	// CallID and the tags name the dialog; LocalTag is the sender's own.
	CallID, LocalTag, RemoteTag string
	// Peer is the address of the other end, empty when the sender does not know.
	Peer string
	// Initiator tells that the sender began the call.
	Initiator bool
	UserAgent string
	// Final tells that the last sample is the last one of the call.
	Final   bool
	Samples [][]byte
}

// Measurement is one direction of one media line, for an interval or, when it
// is Final, for the whole call.
type Measurement struct {
	Sent           bool
	Label          string
	Codec          string
	Clock          int
	SSRC           uint32
	Final          bool
	Started, Ended time.Time
	Local, Remote  rtcstats.Candidate
	Values         metric.Set
}

// Bounds of what is remembered and of what one post may hold.
const (
	maxCalls    = 10_000
	maxSamples  = 120
	forgotten   = 10 * time.Minute // after a call's last sample
	maxInterval = 10 * time.Minute
)

// ErrPost is wrapped by the error of a post that cannot be used.
var ErrPost = errors.New("not usable")

// Calls remembers the samples of calls that go on. The zero value is ready.
type Calls struct {
	mu    sync.Mutex
	calls map[string]*call
}

type call struct {
	first, last *rtcstats.Sample
	worst       map[key]worst
	seen        time.Time
}

// key tells the streams of a connection apart.
type key struct {
	sent bool
	ssrc uint32
	mid  string
}

type worst struct{ jitter, trip, loss float64 }

// Take makes measurements of what a user posted.
func (c *Calls) Take(user string, p *Post, now time.Time) ([]Measurement, error) {
	if p.CallID == "" || len(p.Samples) == 0 || len(p.Samples) > maxSamples {
		return nil, fmt.Errorf("%w: a post has a call and 1 to %d samples, this one %d of %.60q", ErrPost, maxSamples, len(p.Samples), p.CallID)
	}
	samples := make([]*rtcstats.Sample, len(p.Samples))
	for i, raw := range p.Samples {
		s, err := rtcstats.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: sample %d: %w", ErrPost, i, err)
		}
		if d := now.Sub(s.At); d.Abs() > 24*time.Hour {
			s.At = now // the endpoint's clock is of no use
		}
		samples[i] = s
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.open(user+"\x00"+p.CallID+"\x00"+p.LocalTag, now)
	var out []Measurement
	for _, s := range samples {
		out = append(out, k.take(s)...)
	}
	if p.Final {
		out = append(out, k.totals()...)
		delete(c.calls, user+"\x00"+p.CallID+"\x00"+p.LocalTag)
	}
	return out, nil
}

func (c *Calls) open(id string, now time.Time) *call {
	if c.calls == nil {
		c.calls = make(map[string]*call)
	}
	k := c.calls[id]
	if k == nil {
		if len(c.calls) >= maxCalls {
			for old, other := range c.calls {
				if now.Sub(other.seen) > forgotten {
					delete(c.calls, old)
				}
			}
		}
		k = &call{worst: make(map[key]worst)}
		if len(c.calls) < maxCalls { // else the post stands for itself
			c.calls[id] = k
		}
	}
	k.seen = now
	return k
}

// take makes the measurements of the time between a sample and the one before.
func (k *call) take(s *rtcstats.Sample) (out []Measurement) {
	before := k.last
	if k.first == nil {
		k.first = s
	}
	if before != nil && !s.At.After(before.At) {
		return nil // it comes twice, or late
	}
	k.last = s
	for i := range s.Streams {
		st := &s.Streams[i]
		var old *rtcstats.Stream
		if before != nil && s.At.Sub(before.At) <= maxInterval {
			old = find(before, st)
		}
		if old == nil {
			continue
		}
		m := measure(s, st, old, before.At)
		w := k.worst[keyOf(st)]
		jitter, _ := m.Values.Get(metric.Jitter)
		trip, _ := m.Values.Get(metric.RoundTrip)
		loss, _ := m.Values.Get(metric.LossRate)
		k.worst[keyOf(st)] = worst{max(w.jitter, jitter), max(w.trip, trip), max(w.loss, loss)}
		out = append(out, m)
	}
	return out
}

// totals are the streams of the last sample from their beginning on.
func (k *call) totals() (out []Measurement) {
	if k.last == nil {
		return nil
	}
	for i := range k.last.Streams {
		st := &k.last.Streams[i]
		m := measure(k.last, st, nil, k.first.At)
		m.Final = true
		w := k.worst[keyOf(st)]
		for id, v := range map[metric.ID]float64{metric.JitterMax: w.jitter, metric.RoundTripMax: w.trip, metric.LossRateMax: w.loss} {
			if v > 0 {
				m.Values.Put(id, v)
			}
		}
		out = append(out, m)
	}
	return out
}

func keyOf(s *rtcstats.Stream) key { return key{s.Sent, s.SSRC, s.Mid} }

func find(s *rtcstats.Sample, like *rtcstats.Stream) *rtcstats.Stream {
	for i := range s.Streams {
		if keyOf(&s.Streams[i]) == keyOf(like) {
			return &s.Streams[i]
		}
	}
	return nil
}

// measure compares a stream with an earlier sample of it, nil for the whole.
func measure(s *rtcstats.Sample, now, old *rtcstats.Stream, since time.Time) Measurement {
	m := Measurement{Sent: now.Sent, Label: "main-" + now.Kind, Codec: now.Codec, Clock: now.Clock, SSRC: now.SSRC, Started: since, Ended: s.At, Local: s.Local, Remote: s.Remote}
	if now.Kind != "video" {
		m.Label = "main-audio"
	}
	// grown is how much a counter has, -1 when it is not known or was reset.
	grown := func(counter func(*rtcstats.Stream) float64) float64 {
		v := counter(now)
		if old == nil || v < 0 {
			return v
		}
		if before := counter(old); before > 0 {
			v -= before
		}
		return v
	}
	put := func(id metric.ID, v float64) {
		if v >= 0 {
			m.Values.Put(id, v)
		}
	}
	ratio := func(id metric.ID, part, whole float64) {
		if part >= 0 && whole > 0 {
			m.Values.Put(id, math.Min(part/whole, 1))
		}
	}
	packets := grown(func(s *rtcstats.Stream) float64 { return s.Packets })
	put(metric.Packets, packets)
	if seconds := s.At.Sub(since).Seconds(); seconds > 0 {
		if b := grown(func(s *rtcstats.Stream) float64 { return s.Bytes }); b >= 0 && now.Kind == "video" {
			put(metric.VideoBitRate, 8*b/seconds)
		}
		if f := grown(func(s *rtcstats.Stream) float64 { return s.Frames }); f >= 0 && now.Kind == "video" {
			id := metric.FrameRate
			if now.Sent {
				id = metric.FrameRateSent
			}
			put(id, f/seconds)
		}
	}
	if now.Sent {
		put(metric.Bandwidth, s.Bandwidth)
		trip := now.RemoteRoundTrip
		if trip < 0 {
			trip = s.RoundTrip
		}
		if trip >= 0 {
			put(metric.RoundTrip, 1000*trip)
		}
		if !math.IsNaN(now.EchoReturnLoss) {
			m.Values.Put(metric.EchoReturnLoss, now.EchoReturnLoss)
		}
		lost := grown(func(s *rtcstats.Stream) float64 { return s.RemoteLost })
		ratio(metric.LossRate, lost, packets)
		if now.RemoteJitter >= 0 {
			put(metric.Jitter, 1000*now.RemoteJitter)
		}
		return m
	}
	lost := grown(func(s *rtcstats.Stream) float64 { return s.Lost })
	discarded := grown(func(s *rtcstats.Stream) float64 { return s.Discarded })
	samples := grown(func(s *rtcstats.Stream) float64 { return s.Samples })
	put(metric.Lost, lost)
	ratio(metric.LossRate, lost, packets+max(lost, 0))
	ratio(metric.DiscardRate, discarded, packets+max(lost, 0))
	if now.Jitter >= 0 {
		put(metric.Jitter, 1000*now.Jitter)
	}
	if n := grown(func(s *rtcstats.Stream) float64 { return s.BufferEmitted }); n > 0 {
		put(metric.BufferNominal, 1000*grown(func(s *rtcstats.Stream) float64 { return s.BufferDelay })/n)
	}
	ratio(metric.Concealed, grown(func(s *rtcstats.Stream) float64 { return s.Concealed }), samples)
	ratio(metric.Stretched, grown(func(s *rtcstats.Stream) float64 { return s.Inserted }), samples)
	ratio(metric.Compressed, grown(func(s *rtcstats.Stream) float64 { return s.Removed }), samples)
	if frames, dropped := grown(func(s *rtcstats.Stream) float64 { return s.Frames }), grown(func(s *rtcstats.Stream) float64 { return s.FramesDropped }); frames >= 0 && dropped >= 0 && frames+dropped > 0 {
		put(metric.FrameLossLocal, 100*dropped/(frames+dropped))
	}
	return m
}
