package measure

import "time"

// delaySteps are the lower bounds of the delay variation histogram's columns.
var delaySteps = [...]time.Duration{
	50 * time.Millisecond, 70 * time.Millisecond, 90 * time.Millisecond, 120 * time.Millisecond,
	150 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond,
}

// Totals is what was counted on a stream.
type Totals struct {
	Packets     uint64 // received, without duplicates
	Bytes       uint64 // payload of these
	Expected    uint64 // by sequence numbers
	Duplicates  uint64
	Reordered   uint64 // arrived late, but within the window
	TooLate     uint64 // arrived after having been counted as lost
	Implausible uint64 // sequence numbers far from the stream's

	Jitter    time.Duration // at the last packet
	JitterMax time.Duration
	// Delay counts packets whose delay changed by at least 50, 70, 90, 120, 150, 200 and 300 ms against the one before.
	Delay   [len(delaySteps)]uint32
	Pattern Pattern

	jitterSum   float64
	jitterCount uint64
}

func (t *Totals) countDelay(d time.Duration) {
	i := len(delaySteps) - 1
	for d < delaySteps[i] {
		i--
	}
	t.Delay[i]++
}

// Lost gives the packets that did not arrive (so far).
func (t Totals) Lost() uint64 {
	if t.Packets >= t.Expected {
		return 0
	}
	return t.Expected - t.Packets
}

// LossRate gives lost packets per expected one, 0 to 1.
func (t Totals) LossRate() float64 {
	if t.Expected == 0 {
		return 0
	}
	return float64(t.Lost()) / float64(t.Expected)
}

// JitterAvg gives the mean of the jitter over all packets.
func (t Totals) JitterAvg() time.Duration {
	if t.jitterCount == 0 {
		return 0
	}
	return time.Duration(t.jitterSum / float64(t.jitterCount))
}

// Since gives the difference to earlier totals of the same stream: what happened in an interval. The highest jitter is 0 when the
// stream's was reached before the interval.
func (t Totals) Since(e Totals) Totals {
	d := t
	d.Packets -= e.Packets
	d.Bytes -= e.Bytes
	d.Expected -= e.Expected
	d.Duplicates -= e.Duplicates
	d.Reordered -= e.Reordered
	d.TooLate -= e.TooLate
	d.Implausible -= e.Implausible
	d.jitterSum -= e.jitterSum
	d.jitterCount -= e.jitterCount
	for i := range d.Delay {
		d.Delay[i] -= e.Delay[i]
	}
	if d.JitterMax == e.JitterMax {
		d.JitterMax = 0
	}
	d.Pattern = t.Pattern.since(e.Pattern)
	return d
}
