package generate

import (
	"errors"
	"fmt"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// Config says what to make.
type Config struct {
	// Streams is how many; about 2.6 belong to a call.
	Streams int
	Seed    uint64
	// From and Until are the first and the last moment, by default the seven
	// months before the hour that is now.
	From, Until time.Time
	Causes      []Cause
}

// Generator makes streams. Its methods may be called concurrently.
type Generator struct {
	seed   uint64
	world  *world
	months []monthParts
	causes []*cause
}

// New makes the company of a seed and distributes the streams over time.
func New(cfg Config) (*Generator, error) {
	if cfg.Streams <= 0 {
		return nil, errors.New("generate streams: the number must be above 0")
	}
	cfg.Until = cfg.Until.UTC().Truncate(time.Hour)
	cfg.From = cfg.From.UTC().Truncate(time.Hour)
	if cfg.Until.Sub(cfg.From) < time.Hour || cfg.Until.Sub(cfg.From) > 20*366*24*time.Hour {
		return nil, fmt.Errorf("generate streams from %s to %s: the time must be between an hour and 20 years", cfg.From.Format(time.DateTime), cfg.Until.Format(time.DateTime))
	}
	g := &Generator{seed: cfg.Seed, world: newWorld(cfg.Seed, cfg.Until)}
	for i := range cfg.Causes {
		c, err := g.prepare(&cfg.Causes[i])
		if err != nil {
			return nil, err
		}
		g.causes = append(g.causes, c)
	}
	g.months = g.world.plan(cfg.From, cfg.Until, cfg.Streams, archive.Month)
	return g, nil
}

// Months are what is made, by month, for archive.Load.
func (g *Generator) Months() []*archive.Bulk {
	out := make([]*archive.Bulk, len(g.months))
	for i, m := range g.months {
		parts := m.parts
		out[i] = &archive.Bulk{
			Month: m.month, Metrics: g.metrics(),
			Calls: archive.Parts[archive.Call]{Count: len(parts), Fill: func(n int, dst []archive.Call) []archive.Call {
				g.each(&parts[n], func(c *call, _ int) { dst = append(dst, c.row()) })
				return dst
			}},
			Legs: archive.Parts[archive.Leg]{Count: len(parts), Fill: func(n int, dst []archive.Leg) []archive.Leg {
				g.each(&parts[n], func(c *call, _ int) { dst = g.legs(c, dst) })
				return dst
			}},
			Streams: archive.Parts[archive.Stream]{Count: len(parts), Fill: func(n int, dst []archive.Stream) []archive.Stream {
				g.each(&parts[n], func(c *call, streams int) { dst = g.streams(c, streams, dst) })
				return dst
			}},
			Ratings: archive.Parts[archive.Rating]{Count: len(parts), Fill: func(n int, dst []archive.Rating) []archive.Rating {
				g.each(&parts[n], func(c *call, _ int) {
					if c.stars > 0 {
						dst = append(dst, c.rating())
					}
				})
				return dst
			}},
		}
	}
	return out
}

// metrics are those that streams can have.
func (g *Generator) metrics() []metric.ID {
	all := []metric.ID{
		metric.Packets, metric.Lost, metric.LossRate, metric.LossRateMax, metric.Jitter, metric.JitterMax, metric.RoundTrip, metric.RoundTripMax,
		metric.BurstDensity, metric.BurstDuration, metric.GapDensity, metric.GapDuration, metric.Bandwidth, metric.Concealed, metric.ConcealedMax,
		metric.Stretched, metric.Compressed, metric.Degradation, metric.DegradationMax, metric.DegradationLoss, metric.DegradationJitter,
		metric.NetworkMOS, metric.NetworkMOSMin, metric.MOSLQ, metric.RListening, metric.EventDeviceLowSpeechLevel, metric.SendSignal,
		metric.SendNoise, metric.ListenMOSSent, metric.EchoMicIn, metric.MicGlitches, metric.EventDeviceEcho, metric.ListenMOSReceived,
		metric.ReceiveSignal, metric.ReceiveNoise, metric.EventNetworkReceiveQuality, metric.BufferNominal, metric.BufferMax,
		metric.FrameLossLocal, metric.FrameRate, metric.FrameRateReceived, metric.VideoBitRate, metric.VideoPostFECLoss, metric.LowFrameRate,
		metric.DynamicCapability,
	}
	for _, c := range g.causes {
		all = append(all, c.metric)
	}
	return all
}

func (c *call) row() archive.Call {
	return archive.Call{
		Key: c.key, ID: c.id, Started: c.started, Answered: c.answered, Ended: c.ended, Caller: c.ends[0].User, Callee: c.callee(),
		Outcome: c.outcome, SIPCode: c.code, Reason: c.reason, HungUpBy: c.hungUp, Known: true, Written: c.ended,
	}
}

func (c *call) callee() string {
	switch c.kind {
	case conference:
		return "conference@contoso.example"
	case trunk:
		return "gateway@contoso.example"
	}
	return c.ends[1].User
}

func (g *Generator) legs(c *call, dst []archive.Leg) []archive.Leg {
	for i := range c.legs {
		e := &c.ends[i]
		l := archive.Leg{
			Key: c.legKey(i), CallKey: c.key, Role: "caller", CallID: c.id, TagA: "a", TagB: "b", User: e.User, UserAgent: e.UserAgent,
			Dialect: "lync", Endpoint: e.Endpoint, Initiated: i == 0, Known: true,
		}
		if i == 1 {
			l.Role, l.TagA, l.TagB = "callee", "c", "d"
		}
		if c.kind == direct {
			l.Peer = c.ends[1].User
		}
		dst = append(dst, l)
	}
	return dst
}

// opinions are what users write to low ratings.
var opinions = [...]string{"", "", "I heard myself", "sound was cut off again and again", "they could not hear me", "it took long until there was sound"}

func (c *call) rating() archive.Rating {
	r := archive.Rating{Key: key(uint64(c.key), 6), LegKey: c.legKey(0), CallKey: c.key, User: c.ends[0].User, Stars: c.stars, Received: c.ended.Add(10 * time.Second)}
	if c.stars <= 3 {
		r.Text = opinions[uint64(c.key)%uint64(len(opinions))]
		r.Tokens = [...]string{"3=1", "1=1", "4=1", "5=1,3=1"}[uint64(c.key)>>8%4]
	}
	return r
}

// inject applies the causes to the network of a stream, and after that to what is
// measured of it.
func (g *Generator) inject(s *archive.Stream, c *call, sides [2]*end, p *pathOf) {
	for i, cause := range g.causes {
		if !cause.matches(g, s, c, sides) {
			continue
		}
		r := source(uint64(s.Key), 7, uint64(i)) // of its own: the other streams stay as they would be
		if r.Float64() >= cause.Share {
			continue
		}
		v := logNormal(r, cause.Value, 0.1)
		d := cause.metric.Get()
		v = min(d.Max, max(d.Min, v))
		switch cause.metric {
		case metric.Jitter:
			p.jitter = v
		case metric.LossRate:
			p.loss = v
		case metric.RoundTrip:
			p.rtt = v
		case metric.Concealed:
			p.concealed = v
		default:
			p.direct = append(p.direct, value{cause.metric, v})
		}
	}
}
