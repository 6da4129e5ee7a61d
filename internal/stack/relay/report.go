package relay

import (
	"net/netip"
	"time"

	"parley/internal/quality/emodel"
	"parley/internal/stack/measure"
	"parley/internal/wire/rtp"
)

// Report is the measurement of one source of one leg: what was received from the endpoint, and what it said of the
// reverse direction. Running streams are reported on at every interval with Final false, ended ones once with Final true.
type Report struct {
	Session string
	Stream  int // index of the media line
	Kind    Kind
	Leg     string // name of the leg that the media came from
	Peer    string // name of the leg that it went to; "" when none is bridged
	Final   bool
	Begin   time.Time
	End     time.Time

	SSRC      uint32
	Codec     string // encoding name in upper case; "" when nothing but events came
	ClockRate int    // Hz
	Ptime     time.Duration
	Local     netip.AddrPort
	Remote    netip.AddrPort
	Encrypted bool
	ICE       ICE

	Totals    measure.Totals // over the whole stream
	RoundTrip measure.RoundTrips
	// Interval is what happened since the last report.
	Interval Interval

	// Rating is the E-model's for the whole stream and Worst the lowest listening score of an interval; Rated is false for
	// media that the model does not know.
	Rated  bool
	Rating emodel.Rating
	Worst  float64

	// Sent is what went to this endpoint, and what its RTCP said of it.
	Sent Sent
	// VoIP is the endpoint's own extended report, if it sent one.
	VoIP *rtp.VoIP

	Events  int  // telephone events (keys)
	OneWay  bool // the endpoint was sent audio and sent none, or heard none
	Dropped Dropped
}

// Interval is a part of a stream: from the end of the one before, or from the first packet, to the report's own end.
type Interval struct {
	Begin     time.Time
	Totals    measure.Totals
	RoundTrip measure.RoundTrips // without Min and Max
	Rated     bool               // false as well when no packet came
	Rating    emodel.Rating
}

// Sent is the direction towards the endpoint.
type Sent struct {
	Packets, Bytes    uint64
	Reports           int     // receiver reports that came
	Loss, WorstLoss   float64 // mean and highest share of packets lost, 0 to 1
	Lost              int32   // cumulative
	Jitter, JitterMax time.Duration
}

// Dropped are datagrams that were not taken or not passed on.
type Dropped struct {
	Strangers uint64 // from a source that neither ICE, SRTP nor signalling vouches for
	Forged    uint64 // failed SRTP's authentication
	Malformed uint64
	Unknown   uint64 // payload types that were not negotiated
	Unwanted  uint64 // while held, without partner, or too late for conversion
	Unready   uint64 // before the endpoint was described or the other leg connected
}

// oneWayMinimum is how many packets must have gone one way before silence the other way is remarkable.
const oneWayMinimum = 150

// report tells of a source, or with nil of a leg that nothing came from. The worker's mu is held.
func (l *Leg) report(s *source, now time.Duration, final bool) {
	r := l.stream.session.relay
	if r.cfg.Report == nil {
		return
	}
	rep := Report{
		Session: l.stream.session.ID, Stream: l.stream.Index, Kind: l.stream.Kind, Leg: l.Name, Final: final,
		Begin: r.wall(l.since), End: r.wall(now),
		Local: netip.AddrPortFrom(l.local.Towards(l.target[0].AddrPort().Addr()), l.local.RTP), Remote: l.target[0].AddrPort(),
		Encrypted: l.in != nil, RoundTrip: l.trips, Dropped: l.count,
		Sent: Sent{
			Packets: l.sender.packets, Bytes: l.sender.octets, Reports: l.control.reports,
			Loss: l.control.remoteLoss.avg(), WorstLoss: l.control.remoteLoss.max, Lost: l.control.remoteLost,
			Jitter: l.control.remoteJitter, JitterMax: l.control.remoteJitMax,
		},
	}
	if l.remote != nil {
		rep.ICE = l.remote.ICE
	}
	if l.peer != nil {
		rep.Peer = l.peer.Name
	}
	if s != nil {
		l.fill(&rep, s, now, final)
	}
	rep.OneWay = l.oneWay(rep)
	l.notify(func() { r.cfg.Report(rep) })
}

func (l *Leg) fill(rep *Report, s *source, now time.Duration, final bool) {
	rep.SSRC, rep.Codec, rep.ClockRate, rep.Ptime, rep.Events, rep.VoIP = s.ssrc, s.codec, s.rate, s.ptime, s.events, s.voip
	rep.Begin = l.stream.session.relay.wall(s.began)
	if final {
		rep.Totals = s.receiver.Final()
	} else {
		rep.Totals = s.receiver.Totals()
	}
	l.fillInterval(&rep.Interval, s, rep.Totals, now)
	rep.Rating, rep.Rated = l.rate(s, rep.Totals)
	rep.Worst = s.worst
}

// fillInterval tells what is new and begins the next interval.
func (l *Leg) fillInterval(i *Interval, s *source, totals measure.Totals, now time.Duration) {
	*i = Interval{Begin: l.stream.session.relay.wall(s.intervalAt), Totals: totals.Since(s.interval), RoundTrip: l.trips.Since(s.intervalTrips)}
	s.interval, s.intervalTrips, s.intervalAt = totals, l.trips, now
	if i.Totals.Packets == 0 {
		return
	}
	i.Rating, i.Rated = l.rate(s, i.Totals)
	if i.Rated && (s.worst == 0 || i.Rating.Listening < s.worst) {
		s.worst = i.Rating.Listening
	}
}

// rate applies the E-model to what was counted. What the speaker's packets suffered ends at the relay; the delay is taken
// over both legs, as far as they were measured, with a jitter buffer of twice the jitter and the packet's own duration.
func (l *Leg) rate(s *source, t measure.Totals) (emodel.Rating, bool) {
	trip := l.trips.Avg()
	if l.peer != nil {
		trip += l.peer.trips.Avg()
	}
	delay := trip/2 + 2*t.JitterAvg() + s.ptime
	return emodel.Rate(emodel.Input{
		Codec: s.codec, ClockRate: s.rate, Loss: t.LossRate(), BurstRatio: t.Pattern.Ratio(), Delay: float64(delay) / float64(time.Millisecond),
	})
}

// oneWay tells whether a conversation only went one way although both were meant to.
func (l *Leg) oneWay(rep Report) bool {
	if l.stream.Kind != Audio || !l.send || !l.receives {
		return false
	}
	in, out := rep.Totals.Packets, rep.Sent.Packets
	return in == 0 && out >= oneWayMinimum || out == 0 && in >= oneWayMinimum
}
