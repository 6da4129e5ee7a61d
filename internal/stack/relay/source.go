package relay

import (
	"time"

	"parley/internal/stack/measure"
	"parley/internal/wire/rtp"
)

// maxSources bounds the SSRCs of one leg that are measured; Lync-dialect video announces up to a hundred, few at a time.
const maxSources = 32

// An endpoint that keeps changing its SSRC makes sources without end. Those that give way are reported only when enough
// came of them, and not more than maxForgotten of them.
const (
	worthReporting = 50 // packets
	maxForgotten   = 64
)

// source is one SSRC that an endpoint sends with.
type source struct {
	ssrc     uint32
	receiver *measure.Receiver
	began    time.Duration
	codec    string
	rate     int
	ptime    time.Duration
	stamp    uint32
	events   int
	eventAt  uint32 // timestamp of the last event
	hasEvent bool

	lastSR   uint32 // middle bits of its last sender report
	lastSRAt time.Duration
	srNTP    uint64 // the whole of it, and what it said
	srStamp  uint32

	reported      measure.Totals // at the last receiver report of ours
	interval      measure.Totals // at the last interval's end
	intervalTrips measure.RoundTrips
	intervalAt    time.Duration
	worst         float64   // lowest score of an interval; 0 none yet
	voip          *rtp.VoIP // what the endpoint's extended reports say of what it receives
}

// sourceOf finds a source by its SSRC or files a new one; beyond maxSources the one filed first is reported and forgotten.
func (l *Leg) sourceOf(ssrc uint32, rt *route) *source {
	for i, s := range l.sources {
		if s.ssrc == ssrc {
			if i > 0 {
				l.sources[i], l.sources[i-1] = l.sources[i-1], s
			}
			return s
		}
	}
	if len(l.sources) == maxSources {
		last := len(l.sources) - 1
		if l.forgotten < maxForgotten && l.sources[last].receiver.Totals().Packets >= worthReporting {
			l.report(l.sources[last], l.worker.now, true)
			l.forgotten++
		}
		l.sources = l.sources[:last]
	}
	s := &source{ssrc: ssrc, receiver: measure.NewReceiver(rt.rate), began: l.worker.arrived, intervalAt: l.worker.arrived, rate: rt.rate}
	l.sources = append(l.sources, s)
	return s
}

// event counts keys: all packets of one event share their timestamp (RFC 4733 section 2.2).
func (s *source) event(stamp uint32) {
	if !s.hasEvent || s.eventAt != stamp {
		s.events++
		s.hasEvent, s.eventAt = true, stamp
	}
}

// note keeps the codec and packet duration up to date.
func (s *source) note(rt *route, stamp uint32, payload int) {
	if s.codec != rt.name {
		s.codec = rt.name
		if s.rate != rt.rate {
			s.rate = rt.rate
			s.receiver.SetRate(rt.rate)
		}
	}
	// Between consecutive packets the timestamps tell; a pause is no packet.
	if d := stamp - s.stamp; d > 0 && int64(d) < int64(s.rate)/5 {
		s.ptime = time.Duration(d) * time.Second / time.Duration(s.rate)
	}
	s.stamp = stamp
}
