package measure

import "time"

// Limits of a plausible sequence (RFC 3550 appendix A.1).
const (
	maxDropout  = 3000
	maxMisorder = 100
	// window is how many packets behind the newest one may still arrive; then they are lost.
	window = 64
	// maxStep is the longest change of transit time that is jitter; beyond it the sender's clock was restarted.
	maxStep = 10 * time.Second
	// pause is the shortest silence between two talkspurts: no packet lasts that long.
	pause = 200 * time.Millisecond
)

// Receiver measures one RTP source. The zero value is not ready; see NewReceiver. It is not safe for concurrent use.
type Receiver struct {
	nsPerUnit float64
	t         Totals
	runs      runs

	started  bool
	highest  uint64 // extended sequence number of the newest packet
	seen     uint64 // bit i: packet highest-i arrived
	pending  int    // how many of seen's bits are packets, up to window
	restart  uint16 // the sequence number that would prove a restarted sender
	restarts bool   // restart is valid

	lastArrival time.Duration
	lastStamp   uint32
	jitter      float64 // ns
	timed       bool
}

// NewReceiver measures a source whose timestamps run at rate Hz.
func NewReceiver(rate int) *Receiver {
	return &Receiver{nsPerUnit: 1e9 / float64(max(rate, 1))}
}

// SetRate changes the timestamps' rate, at a change of codec; the jitter estimate goes on.
func (r *Receiver) SetRate(rate int) {
	r.nsPerUnit = 1e9 / float64(max(rate, 1))
	r.timed = false
}

// Talkspurt says that the next packet, with timestamp stamp, is marked as the first after a silence (RFC 3551 section 4.1). How long
// that took is the sender's affair, and its listeners begin anew to play: the packet's distance to the one before is no jitter. A
// mark on a packet that follows at once means nothing.
func (r *Receiver) Talkspurt(stamp uint32) {
	if r.timed && float64(int32(stamp-r.lastStamp))*r.nsPerUnit > float64(pause) {
		r.timed = false
	}
}

// Packet counts one packet that arrived at time at (of any steady clock), with size payload bytes. Event packets repeat
// one timestamp and so are left out of the jitter. It tells whether the packet is new, rather than a duplicate or out of
// any plausible sequence.
func (r *Receiver) Packet(at time.Duration, seq uint16, stamp uint32, size int, event bool) bool {
	if !r.sequence(seq) {
		return false
	}
	r.t.Packets++
	r.t.Bytes += uint64(size)
	if !event {
		r.interarrival(at, stamp)
	}
	return true
}

// sequence files a sequence number. RFC 3550 appendix A.1, with a window instead of a bare maximum so that losses,
// duplicates and late packets are told apart.
func (r *Receiver) sequence(seq uint16) bool {
	if !r.started {
		r.begin(seq)
		return true
	}
	switch delta := seq - uint16(r.highest); {
	case delta == 0:
		r.t.Duplicates++
		return false
	case delta < maxDropout:
		r.advance(int(delta))
	case delta > 1<<16-maxMisorder:
		back := uint(-delta)
		if back >= window {
			r.t.TooLate++
			return false
		}
		if r.seen&(1<<back) != 0 {
			r.t.Duplicates++
			return false
		}
		r.t.Reordered++
		r.seen |= 1 << back
		// Before the first packet there was no expectation; a packet from there extends the stream backwards.
		if int(back) >= r.pending {
			r.t.Expected += uint64(int(back) + 1 - r.pending)
			r.pending = int(back) + 1
		}
	case r.restarts && seq == r.restart:
		// Two in a row at a far place: the sender has started anew.
		r.settle()
		r.begin(seq)
	default:
		r.restart, r.restarts = seq+1, true
		r.t.Implausible++
		return false
	}
	r.restarts = false
	return true
}

func (r *Receiver) begin(seq uint16) {
	r.started = true
	r.highest, r.seen, r.pending = 1<<16|uint64(seq), 1, 1
	r.t.Expected++
	r.timed = false
}

// advance moves the newest packet n forward; what leaves the window is settled.
func (r *Receiver) advance(n int) {
	r.highest += uint64(n)
	r.t.Expected += uint64(n)
	if n == 1 && r.pending == window {
		r.runs.add(r.seen>>(window-1) != 0)
		r.seen = r.seen<<1 | 1
		return
	}
	for range n {
		if r.pending == window {
			r.runs.add(r.seen>>(window-1) != 0)
		} else {
			r.pending++
		}
		r.seen <<= 1
	}
	r.seen |= 1
}

// settle decides what is still in the window.
func (r *Receiver) settle() {
	for i := r.pending - 1; i >= 0; i-- {
		r.runs.add(r.seen>>uint(i)&1 != 0)
	}
	r.pending, r.seen = 0, 0
}

// interarrival is RFC 3550 section 6.4.1's jitter, in nanoseconds.
func (r *Receiver) interarrival(at time.Duration, stamp uint32) {
	if r.timed {
		d := float64(at-r.lastArrival) - float64(int32(stamp-r.lastStamp))*r.nsPerUnit
		if d < 0 {
			d = -d
		}
		if d < float64(maxStep) {
			r.jitter += (d - r.jitter) / 16
			r.t.jitterSum += r.jitter
			r.t.jitterCount++
			r.t.JitterMax = max(r.t.JitterMax, time.Duration(r.jitter))
			if d >= float64(delaySteps[0]) {
				r.t.countDelay(time.Duration(d))
			}
		}
	}
	r.lastArrival, r.lastStamp, r.timed = at, stamp, true
}

// Highest gives the extended highest sequence number for a report block, counting wraps from zero.
func (r *Receiver) Highest() uint32 { return uint32(r.highest - 1<<16) }

// Started tells whether any packet has arrived.
func (r *Receiver) Started() bool { return r.started }

// JitterUnits gives the present jitter in timestamp units for a report block.
func (r *Receiver) JitterUnits() uint32 { return uint32(r.jitter / r.nsPerUnit) }

// Totals gives what has been counted so far. Packets that may still arrive are not taken as lost in the burst figures.
func (r *Receiver) Totals() Totals {
	t := r.t
	t.Pattern = r.runs.pattern()
	t.Jitter = time.Duration(r.jitter)
	return t
}

// Final settles the packets that are still awaited and gives the totals.
func (r *Receiver) Final() Totals {
	r.settle()
	return r.Totals()
}
