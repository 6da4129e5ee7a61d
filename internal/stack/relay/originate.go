package relay

import (
	"math"
	"time"

	"parley/internal/wire/rtp"
)

// sendReport sends our own sender or receiver report to the endpoint of an audio leg.
func (l *Leg) sendReport(now time.Duration) {
	if l.stream.Kind != Audio || !l.ready() || l.remote == nil {
		return
	}
	l.sendControl(l.beginControl(now))
}

// beginControl starts a compound: a report and our name (RFC 3550 section 6.1).
func (l *Leg) beginControl(now time.Duration) []byte {
	var blocks [4]rtp.Block
	n := 0
	for _, s := range l.sources {
		if n < len(blocks) {
			blocks[n] = s.block(now)
			n++
		}
	}
	b := l.worker.scratch[:0]
	s := &l.sender
	if s.packets != l.control.packets {
		l.control.packets = s.packets
		info := l.senderInfo(now)
		l.remember(info.NTP, now)
		b = rtp.AppendSR(b, s.ssrc, info, blocks[:n])
	} else {
		b = rtp.AppendRR(b, s.ssrc, blocks[:n])
		ntp := rtp.NTP(l.stream.session.relay.wall(now))
		l.remember(ntp, now)
		b = rtp.AppendReceiverTime(b, s.ssrc, ntp)
	}
	return rtp.AppendCNAME(b, s.ssrc, l.local.CNAME)
}

// senderInfo tells the endpoint the time of what it receives: on the clock of who speaks, as far as that one has told it,
// so that its audio and video still fit together; else on ours.
func (l *Leg) senderInfo(now time.Duration) rtp.SenderInfo {
	s := &l.sender
	info := rtp.SenderInfo{Packets: uint32(s.packets), Octets: uint32(s.octets)}
	if l.peer != nil && l.peer == s.from {
		for _, in := range l.peer.sources {
			if in.ssrc == s.source && in.lastSRAt > 0 {
				passed := now - in.lastSRAt
				info.NTP = in.srNTP + uint64(rtp.Units(passed))<<16
				info.Timestamp = in.srStamp + ticks(passed, s.rate) + s.tsOffset
				return info
			}
		}
	}
	info.NTP = rtp.NTP(l.stream.session.relay.wall(now))
	info.Timestamp = s.lastTS + ticks(now-s.lastAt, s.rate)
	return info
}

// block reports on a source (RFC 3550 section 6.4.1 and appendix A.3).
func (s *source) block(now time.Duration) rtp.Block {
	t := s.receiver.Totals()
	d := t.Since(s.reported)
	s.reported = t
	b := rtp.Block{
		SSRC: s.ssrc, Lost: int32(min(t.Lost(), math.MaxInt32)), HighestSeq: s.receiver.Highest(), Jitter: s.receiver.JitterUnits(),
		FractionLost: uint8(min(255, d.LossRate()*256)),
	}
	if s.lastSRAt > 0 {
		b.LastSR, b.Delay = s.lastSR, rtp.Units(now-s.lastSRAt)
	}
	return b
}

// goodbye tells the endpoint that our source ends.
func (l *Leg) goodbye(now time.Duration) {
	if l.stream.Kind != Audio || !l.ready() || !l.sender.started {
		return
	}
	l.sendControl(rtp.AppendBYE(l.beginControl(now), l.sender.ssrc))
}

// tick does what is due on the leg and gives when it wants to be called again.
func (l *Leg) tick(now time.Duration) time.Duration {
	next := now + time.Hour
	if l.remote != nil && l.remote.ICE != NoICE {
		next = l.agent.Tick(now)
		l.progress()
	}
	if due := l.sendDue(now); due > 0 {
		next = min(next, due)
	}
	if due := l.pressKeys(now); due > 0 {
		next = min(next, due)
	}
	if l.connected {
		if l.control.next == 0 {
			// The first report soon, so that short calls have a round trip too.
			l.control.next = now + reportInterval/5
		}
		if now >= l.control.next {
			l.sendReport(now)
			l.control.next = again(now)
		}
		next = min(next, l.control.next)
	}
	if now >= l.nextInterval {
		l.nextInterval = now + l.stream.session.relay.cfg.Interval
		for _, s := range l.sources {
			l.report(s, now, false)
		}
	}
	return min(next, l.nextInterval)
}
