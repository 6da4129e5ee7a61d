package generate

import (
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// streams appends the first n streams of a call.
func (g *Generator) streams(c *call, n int, dst []archive.Stream) []archive.Stream {
	for leg := range c.legs {
		for line, media := range c.media {
			for direction := range 2 {
				if n == 0 {
					return dst
				}
				n--
				dst = append(dst, archive.Stream{})
				g.stream(&dst[len(dst)-1], c, leg, line, media, archive.Side(1+direction))
			}
		}
	}
	return dst
}

func (c *call) legKey(leg int) int64 { return key(uint64(c.key), 5, uint64(leg)) }

// sides tells which client is at a side of a leg, nil for the server.
func (c *call) sides(leg int) [2]*end {
	switch {
	case c.kind == direct:
		return [2]*end{&c.ends[0], &c.ends[1]}
	case leg == 1: // the server calls the callee
		return [2]*end{nil, &c.ends[1]}
	default:
		return [2]*end{&c.ends[0], nil}
	}
}

func label(m metric.Media) string {
	return [...]string{metric.Audio: "main-audio", metric.Video: "main-video", metric.VbSS: "applicationsharing-video"}[m]
}

func (g *Generator) stream(s *archive.Stream, c *call, leg, line int, media metric.Media, sender archive.Side) {
	r := c.random
	sides := c.sides(leg)
	s.LegKey, s.CallKey = c.legKey(leg), c.key
	s.Key = key(uint64(s.LegKey), uint64(line), uint64(sender))
	s.Label, s.Media, s.Sender = label(media), media, sender
	s.Started, s.Ended = c.answered, c.ended
	s.Received = c.ended.Add(time.Duration(200+r.IntN(1800)) * time.Millisecond)
	s.Transport, s.Security, s.ClockRate = c.transport, "SRTP", 16000
	s.Codec = [...]string{metric.Audio: "SILKWide", metric.Video: "X-H264UC", metric.VbSS: "H264"}[media]
	if media == metric.Audio && c.kind == trunk {
		s.Codec, s.ClockRate = "PCMU", 8000
	} else if media == metric.Audio && r.Float64() < 0.12 {
		s.Codec = "SIREN"
	} else if media != metric.Audio {
		s.ClockRate = 90000
	}
	s.FEC = r.Float64() < 0.15
	s.Sources = 1<<metric.Relay | 1<<metric.RTCP
	for i, e := range sides {
		if e != nil {
			s.Sides[i] = e.End
			if e.ICE == "RELAY" {
				s.Sides[i].Relay = c.relay
			}
			if e.Told {
				s.Sources |= 1 << metric.ReceivingEnd
			}
			continue
		}
		s.Server = archive.Side(i + 1)
		s.Sides[i] = archive.End{IP: c.server, Subnet: "10.200.0.0/16", UserAgent: serverAgent(c.kind), Network: "wired", Inside: archive.Yes, ICE: "DIRECT", LinkSpeed: 10_000_000_000}
	}
	if r.Float64() < 0.004 {
		s.ICEFailed = true
		for i, e := range sides {
			if e != nil {
				s.Sides[i].ICE, s.Sides[i].ICEWarning = "FAILED", 0x20
			}
		}
		return
	}
	g.measure(s, c, sides, r)
}

func serverAgent(k kind) string {
	switch k {
	case conference:
		return "RTCC/7.0.0.0 AV-MCU"
	case trunk:
		return "RTCC/7.0.0.0 MediationServer"
	}
	return "Parley"
}

// measure fills in what the receiver, the sender and the relay would tell.
func (g *Generator) measure(s *archive.Stream, c *call, sides [2]*end, r *rand.Rand) {
	from, to := sides[s.Sender-1], sides[s.Sender.Other()-1]
	rtt, jitter, loss, bad := 3.0, 0.6, 0.00005, 0.0008
	for _, e := range sides {
		if e == nil {
			continue
		}
		rtt += e.rtt
		jitter += e.jitter
		loss += e.loss
		bad += e.bad
		rtt += 10 * g.distance(c.region, e.region)
	}
	seconds := c.ended.Sub(c.answered).Seconds()
	v := &s.Values
	p := pathOf{
		rtt: logNormal(r, rtt*c.bumpy, 0.25), jitter: logNormal(r, jitter, 0.5), loss: min(0.6, logNormal(r, loss, 1.3)), concealed: logNormal(r, 0.004, 0.8),
	}
	if s.Media == metric.Audio {
		p.spoil(r, bad)
	}
	if g.causes != nil {
		g.inject(s, c, sides, &p)
	}
	p.put(v, r, seconds, s.Media)
	switch s.Media {
	case metric.Audio:
		p.putAudio(v, r, from, to)
	default:
		p.putVideo(v, r, s.Media, bad, seconds)
	}
	for _, d := range p.direct {
		v.Put(d.id, d.v)
	}
}

// distance is how far two regions are apart, in thousands of kilometres.
func (g *Generator) distance(a, b int) float64 {
	x, y := &g.world.regions[a], &g.world.regions[b]
	return math.Hypot(x.x-y.x, x.y-y.y)
}

func isPhone(e *end) bool { return e != nil && strings.HasPrefix(e.Endpoint, "SEP") }
