package app

import (
	"sync"
	"time"

	"parley/internal/quality/ingest"
	"parley/internal/quality/metric"
	"parley/internal/stack/relay"
	"parley/internal/wire/rtp"
)

// joiner brings together what the relay measured of a call, by the relay's names of its legs, and the call's record, which
// says what dialog each leg was. Either may come first.
type joiner struct {
	out func(ingest.StreamMeasurement)

	mu    sync.Mutex
	calls map[string]*joining
}

type joining struct {
	legs    map[string]ingest.Leg // nil until the record is there
	reports map[joinKey]relay.Report
	strips  map[stripKey]*strip
	// answered tells that the call was; media is then to be expected.
	answered bool
	since    time.Time // of the record, else of the first report
}

type joinKey struct {
	leg    string
	stream int
}

// stripKey tells the sources of a stream apart: each has intervals of its own.
type stripKey struct {
	joinKey
	ssrc uint32
}

// Times after which a call is forgotten: with its record, only late reports can follow; without it, the call goes on.
const (
	joinLate  = time.Minute
	joinNever = 48 * time.Hour
)

// report takes the final report of a stream. An endpoint that changed its SSRC during the call has several: the longest
// stands for the stream.
func (j *joiner) report(r relay.Report, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.call(r.Session, now)
	if r.Interval.Totals.Expected > 0 {
		c.extend(&r)
	}
	key := joinKey{r.Leg, r.Stream}
	if old, ok := c.reports[key]; ok && old.Totals.Packets > r.Totals.Packets {
		return
	}
	c.reports[key] = r
	if leg, ok := c.legs[r.Leg]; ok {
		j.emit(c, leg, r)
	}
}

// interval takes a report of a stream that goes on.
func (j *joiner) interval(r relay.Report, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.call(r.Session, now)
	c.extend(&r)
}

func (c *joining) extend(r *relay.Report) {
	key := stripKey{joinKey{r.Leg, r.Stream}, r.SSRC}
	if c.strips[key] == nil {
		c.strips[key] = &strip{}
	}
	c.strips[key].add(r)
}

// record takes the legs of a finished call.
func (j *joiner) record(call string, legs map[string]ingest.Leg, answered bool, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.call(call, now)
	c.legs, c.answered, c.since = legs, answered, now
	for key, r := range c.reports {
		if leg, ok := legs[key.leg]; ok {
			j.emit(c, leg, r)
		}
	}
}

func (j *joiner) call(id string, now time.Time) *joining {
	for old, c := range j.calls {
		age := now.Sub(c.since)
		if age > joinNever || c.legs != nil && age > joinLate {
			delete(j.calls, old)
		}
	}
	if j.calls == nil {
		j.calls = map[string]*joining{}
	}
	c := j.calls[id]
	if c == nil {
		c = &joining{reports: map[joinKey]relay.Report{}, strips: map[stripKey]*strip{}, since: now}
		j.calls[id] = c
	}
	return c
}

// emit makes the measurements of a report: of the packets that came from the endpoint and, if its RTCP told, of those that
// were sent to it.
func (j *joiner) emit(c *joining, leg ingest.Leg, r relay.Report) {
	m := ingest.StreamMeasurement{
		CallID: r.Session, Dialog: leg.Dialog, Label: labelOf(r.Kind), FromEndpoint: true, Initiated: leg.Initiated, User: leg.User, Source: metric.Relay,
		Started: r.Begin, Ended: r.End, Codec: r.Codec, ClockRate: r.ClockRate, SSRC: r.SSRC, Local: r.Local, Remote: r.Remote, Transport: "UDP",
		Security: "None",
	}
	if r.Encrypted {
		m.Security = "SRTP"
	}
	sent := m
	if c.answered {
		m.Failure = failure(&r)
	}
	switch {
	case r.Totals.Packets > 0:
		received(&m, r)
		j.out(m)
		if s := c.strips[stripKey{joinKey{r.Leg, r.Stream}, r.SSRC}]; s != nil {
			s.measurements(m, j.out)
		}
	case m.Failure == ingest.SetupFailed || m.Failure == ingest.OneWay: // a row for what should have come
		m.Values.Put(metric.Packets, 0)
		j.out(m)
	}
	if r.Sent.Reports == 0 && r.VoIP == nil {
		return
	}
	sent.FromEndpoint, sent.Source, sent.SSRC = false, metric.RTCP, 0
	v := &sent.Values
	if r.Sent.Reports > 0 {
		v.Put(metric.Packets, float64(r.Sent.Packets))
		v.Put(metric.Lost, float64(max(r.Sent.Lost, 0)))
		v.Put(metric.LossRate, r.Sent.Loss)
		v.Put(metric.LossRateMax, r.Sent.WorstLoss)
		v.Put(metric.Jitter, milliseconds(r.Sent.Jitter))
		v.Put(metric.JitterMax, milliseconds(r.Sent.JitterMax))
	}
	if r.VoIP != nil {
		extended(v, r.VoIP)
	}
	trips(v, r)
	j.out(sent)
}

// mediaExpected is how long an answered call is without a packet before its media counts as never set up.
const mediaExpected = 10 * time.Second

// failure tells what became of the media from an endpoint in an answered call.
func failure(r *relay.Report) string {
	switch {
	case r.Totals.Packets > 0:
		return ingest.NoFailure
	case r.OneWay:
		return ingest.OneWay
	case r.Sent.Packets == 0 && r.End.Sub(r.Begin) >= mediaExpected:
		return ingest.SetupFailed
	}
	return "" // held, muted or too short to tell
}

// extended takes the endpoint's VoIP metrics block of what was sent to it (RFC 3611 section 4.7).
func extended(v *metric.Set, x *rtp.VoIP) {
	const unavailable = 127
	v.Put(metric.LossRate, float64(x.LossRate)/256)
	v.Put(metric.DiscardRate, float64(x.DiscardRate)/256)
	v.Put(metric.BurstDensity, 100*float64(x.BurstDensity)/256)
	v.Put(metric.BurstDuration, float64(x.BurstDuration))
	v.Put(metric.GapDensity, 100*float64(x.GapDensity)/256)
	v.Put(metric.GapDuration, float64(x.GapDuration))
	if x.RoundTrip > 0 {
		v.Put(metric.RoundTrip, float64(x.RoundTrip))
	}
	v.Put(metric.EndSystemDelay, float64(x.EndSystemDelay))
	v.Put(metric.BufferNominal, float64(x.JitterNominal))
	v.Put(metric.BufferMax, float64(x.JitterMax))
	for id, n := range map[metric.ID]int{
		metric.ReceiveSignal: int(x.SignalLevel), metric.ReceiveNoise: int(x.NoiseLevel), metric.EchoReturnLoss: int(x.EchoReturnLoss), metric.RConversational: int(x.RFactor),
	} {
		if n != unavailable {
			v.Put(id, float64(n))
		}
	}
	if mos, ok := x.Listening(); ok {
		v.Put(metric.MOSLQ, mos)
	}
	if mos, ok := x.Conversational(); ok {
		v.Put(metric.MOSCQ, mos)
	}
}

// received fills in what the relay saw of the endpoint's packets.
func received(m *ingest.StreamMeasurement, r relay.Report) {
	v, t := &m.Values, &r.Totals
	v.Put(metric.Packets, float64(t.Packets))
	v.Put(metric.Lost, float64(t.Lost()))
	v.Put(metric.LossRate, t.LossRate())
	if t.Expected > 0 {
		v.Put(metric.DiscardRate, min(float64(t.TooLate)/float64(t.Expected), 1))
	}
	v.Put(metric.Duplicates, float64(t.Duplicates))
	v.Put(metric.Reordered, float64(t.Reordered))
	v.Put(metric.Jitter, milliseconds(t.JitterAvg()))
	v.Put(metric.JitterMax, milliseconds(t.JitterMax))
	v.Put(metric.BurstDensity, 100*t.Pattern.BurstDensity())
	v.Put(metric.GapDensity, 100*t.Pattern.GapDensity())
	v.Put(metric.BurstDuration, t.Pattern.BurstLength()*milliseconds(r.Ptime))
	v.Put(metric.GapDuration, t.Pattern.GapLength()*milliseconds(r.Ptime))
	trips(v, r)
	if r.Rated {
		m.MOSModel = r.Rating.Model
		v.Put(metric.MOSLQ, r.Rating.Listening)
		v.Put(metric.MOSCQ, r.Rating.Conversational)
		v.Put(metric.RConversational, r.Rating.R)
		if r.Worst > 0 {
			v.Put(metric.MOSLQMin, r.Worst)
		}
	}
}

func trips(v *metric.Set, r relay.Report) {
	if r.RoundTrip.Count > 0 {
		v.Put(metric.RoundTrip, milliseconds(r.RoundTrip.Avg()))
		v.Put(metric.RoundTripMax, milliseconds(r.RoundTrip.Max))
	}
}

func labelOf(k relay.Kind) string {
	switch k {
	case relay.Audio:
		return "main-audio"
	case relay.Video:
		return "main-video"
	default:
		return "applicationsharing"
	}
}
