package relay

import (
	"math/rand/v2"
	"time"

	"parley/internal/stack/ice"
	"parley/internal/wire/rtp"
)

// reportInterval is the mean time between our RTCP reports (RFC 3550 section 6.2), randomised by half.
const reportInterval = 5 * time.Second

// sentReports is how many of our sender reports an answer may quote.
const sentReports = 8

// control is a leg's RTCP state.
type control struct {
	next    time.Duration
	sent    [sentReports]sentReport // our reports, or the other side's that we passed on
	turn    int
	packets uint64 // of the sender at the last report

	remoteLoss   fraction // what the endpoint reports of what we send to it
	remoteLost   int32
	remoteJitter time.Duration
	remoteJitMax time.Duration
	reports      int
}

type sentReport struct {
	middle uint32
	at     time.Duration
}

// fraction averages the loss that reports give.
type fraction struct {
	sum float64
	n   int
	max float64
}

func (f *fraction) add(v float64) {
	f.sum += v
	f.n++
	f.max = max(f.max, v)
}

func (f fraction) avg() float64 {
	if f.n == 0 {
		return 0
	}
	return f.sum / float64(f.n)
}

// receiveControl reads a compound. Audio has an RTP session of its own on either leg, so reports end here and feed the
// measurement; for other media they go on whole, since sources keep their SSRCs.
func (l *Leg) receiveControl(b []byte) {
	now := l.worker.arrived
	for rest := b; ; {
		c, next, ok, err := rtp.Next(rest)
		if err != nil {
			l.count.Malformed++
			return
		}
		if !ok {
			break
		}
		l.readControl(c, now)
		rest = next
	}
	if p := l.peer; l.stream.Kind != Audio && p != nil && p.ready() {
		p.passControl(b, l.worker.now)
	}
}

func (l *Leg) readControl(c rtp.Control, now time.Duration) {
	switch c.Type {
	case rtp.TypeSR:
		l.readSender(c, now)
		l.readBlocks(c, now)
	case rtp.TypeRR:
		l.readBlocks(c, now)
	case rtp.TypeXR:
		l.readExtended(c, now)
	}
}

func (l *Leg) readSender(c rtp.Control, now time.Duration) {
	info, ok := c.SenderInfo()
	if !ok {
		return
	}
	ssrc, _ := c.Sender()
	for _, s := range l.sources {
		if s.ssrc == ssrc {
			s.lastSR, s.lastSRAt = rtp.Middle(info.NTP), now
			s.srNTP, s.srStamp = info.NTP, info.Timestamp
		}
	}
}

// readBlocks takes what the endpoint says of what we send to it.
func (l *Leg) readBlocks(c rtp.Control, now time.Duration) {
	for i := 0; ; i++ {
		b, ok := c.Block(i)
		if !ok {
			return
		}
		if l.stream.Kind == Audio && b.SSRC != l.sender.ssrc {
			continue
		}
		l.control.reports++
		l.control.remoteLoss.add(float64(b.FractionLost) / 256)
		l.control.remoteLost = b.Lost
		if l.sender.rate > 0 {
			l.control.remoteJitter = time.Duration(b.Jitter) * time.Second / time.Duration(l.sender.rate)
			l.control.remoteJitMax = max(l.control.remoteJitMax, l.control.remoteJitter)
		}
		l.roundTrip(b.LastSR, b.Delay, now)
	}
}

// roundTrip measures the path to the endpoint by a report of ours that it quotes. Our reports may carry the other side's
// clock, so the time is looked up rather than subtracted.
func (l *Leg) roundTrip(quoted, delay uint32, now time.Duration) {
	if quoted == 0 {
		return
	}
	for _, s := range l.control.sent {
		if s.middle == quoted && s.at > 0 {
			d := now - s.at - time.Duration(delay)*time.Second>>16
			if d > -10*time.Millisecond && d < time.Minute {
				l.trips.Add(max(d, 0))
			}
			return
		}
	}
}

func (l *Leg) readExtended(c rtp.Control, now time.Duration) {
	if len(c.Body) < 4 {
		return
	}
	sender, _ := c.Sender()
	for x, rest, ok := rtp.NextExtended(c.Body[4:]); ok; x, rest, ok = rtp.NextExtended(rest) {
		if v, ok := x.VoIP(); ok && len(l.sources) > 0 {
			l.sources[0].voip = &v
		}
		if ntp, ok := x.ReceiverTime(); ok && l.stream.Kind == Audio && l.ready() {
			// Answer at once, with no delay to declare.
			b := rtp.AppendDLRR(l.beginControl(l.worker.now), l.sender.ssrc, sender, rtp.Middle(ntp), 0)
			l.sendControl(b)
		}
		for i := 0; ; i++ {
			ssrc, last, delay, ok := x.DLRR(i)
			if !ok {
				break
			}
			if ssrc == l.sender.ssrc {
				l.roundTrip(last, delay, now)
			}
		}
	}
}

// remember keeps a report's time for answers that quote it.
func (l *Leg) remember(ntp uint64, now time.Duration) {
	l.control.sent[l.control.turn] = sentReport{rtp.Middle(ntp), now}
	l.control.turn = (l.control.turn + 1) % sentReports
}

// passControl sends a compound of the other side on.
func (l *Leg) passControl(b []byte, now time.Duration) {
	for rest := b; ; {
		c, next, ok, err := rtp.Next(rest)
		if err != nil || !ok {
			break
		}
		if info, ok := c.SenderInfo(); ok {
			l.remember(info.NTP, now)
		}
		rest = next
	}
	l.sendControl(b)
}

// sendControl encrypts a compound in place and sends it.
func (l *Leg) sendControl(b []byte) {
	if l.out != nil {
		var err error
		if b, err = l.out.ProtectRTCP(b); err != nil {
			return
		}
	}
	i := ice.RTCP - 1
	if l.remote.Mux {
		i = ice.RTP - 1
	}
	sendNow(l.sockets.to(i+1, &l.target[i]), &l.target[i], b)
}

// again gives the time of the next report.
func again(now time.Duration) time.Duration {
	return now + reportInterval/2 + rand.N(reportInterval)
}
