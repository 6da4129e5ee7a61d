package measure

import (
	"math"
	"testing"
	"time"
)

const ptime = 20 * time.Millisecond

// feed plays a pattern of 20 ms packets: '.' arrives, 'x' is lost.
func feed(r *Receiver, from uint16, pattern string) uint16 {
	for i := range len(pattern) {
		seq := from + uint16(i)
		if pattern[i] == '.' {
			r.Packet(time.Duration(i)*ptime, seq, uint32(i)*160, 160, false)
		}
	}
	return from + uint16(len(pattern))
}

func repeat(s string, n int) string {
	out := ""
	for range n {
		out += s
	}
	return out
}

func TestLossAndWrap(t *testing.T) {
	r := NewReceiver(8000)
	feed(r, 65500, repeat(".", 30)+"xxx"+repeat(".", 100)+"x"+repeat(".", 50))
	got := r.Final()
	if got.Packets != 180 || got.Expected != 184 || got.Lost() != 4 {
		t.Errorf("%d of %d, lost %d", got.Packets, got.Expected, got.Lost())
	}
	if got.Pattern.Runs != [10]uint32{0: 1, 2: 1} {
		t.Errorf("runs %v", got.Pattern.Runs)
	}
	if got.Pattern.Lost != 4 || got.Pattern.Packets != 184 {
		t.Errorf("pattern %+v", got.Pattern)
	}
	if r.Highest() != 65500+183 {
		t.Errorf("highest %d", r.Highest())
	}
}

func TestReorderedAndDuplicate(t *testing.T) {
	r := NewReceiver(8000)
	for _, s := range []uint16{10, 11, 13, 12, 12, 13, 14, 9} {
		r.Packet(0, s, 0, 1, false)
	}
	got := r.Final()
	if got.Packets != 6 || got.Expected != 6 || got.Reordered != 2 || got.Duplicates != 2 || got.Lost() != 0 {
		t.Errorf("%+v", got)
	}
	if got.Pattern.Lost != 0 {
		t.Errorf("a reordered packet counts as lost: %+v", got.Pattern)
	}
}

func TestSenderRestart(t *testing.T) {
	r := NewReceiver(8000)
	feed(r, 100, repeat(".", 20))
	if r.Packet(0, 40000, 0, 1, false) {
		t.Error("one packet from nowhere was taken")
	}
	feed(r, 40001, repeat(".", 20))
	got := r.Final()
	if got.Packets != 40 || got.Lost() != 0 || got.Implausible != 1 {
		t.Errorf("%+v", got)
	}
}

func TestLatePacketIsLost(t *testing.T) {
	r := NewReceiver(8000)
	feed(r, 1, "."+"x"+repeat(".", 80))
	if r.Packet(0, 2, 0, 1, false) {
		t.Error("a packet 80 behind was taken as new")
	}
	if got := r.Final(); got.TooLate != 1 || got.Lost() != 1 {
		t.Errorf("%+v", got)
	}
}

func TestBurstsAndGaps(t *testing.T) {
	r := NewReceiver(8000)
	gap := repeat(".", 40)
	// A burst of 4 losses over 7 packets, an isolated loss, another burst of 2 over 2.
	feed(r, 1, gap+"xx.x..x"+gap+"x"+gap+"xx"+gap)
	p := r.Final().Pattern
	if p.Bursts != 2 || p.BurstPackets != 9 || p.BurstLost != 6 || p.Lost != 7 {
		t.Fatalf("%+v", p)
	}
	if got := p.BurstDensity(); math.Abs(got-6.0/9) > 1e-9 {
		t.Errorf("burst density %v", got)
	}
	if got := p.GapDensity(); math.Abs(got-1.0/161) > 1e-9 {
		t.Errorf("gap density %v", got)
	}
	if got := p.BurstLength(); got != 4.5 {
		t.Errorf("burst length %v", got)
	}
	if got := p.GapLength(); math.Abs(got-161.0/3) > 1e-9 {
		t.Errorf("gap length %v", got)
	}
}

func TestJitter(t *testing.T) {
	steady, uneven := NewReceiver(8000), NewReceiver(8000)
	for i := range 500 {
		at := time.Duration(i) * ptime
		steady.Packet(at, uint16(i), uint32(i)*160, 160, false)
		if i%2 == 1 {
			at += 8 * time.Millisecond
		}
		uneven.Packet(at, uint16(i), uint32(i)*160, 160, false)
	}
	if got := steady.Totals(); got.JitterMax != 0 {
		t.Errorf("a steady stream has jitter %v", got.JitterMax)
	}
	got := uneven.Totals()
	if (got.Jitter - 8*time.Millisecond).Abs() > 100*time.Microsecond {
		t.Errorf("jitter %v, want 8ms", got.Jitter)
	}
	if u := uneven.JitterUnits(); u < 63 || u > 64 {
		t.Errorf("jitter %d units, want 64", u)
	}
	if got.JitterAvg() >= got.JitterMax || got.JitterAvg() < 7*time.Millisecond {
		t.Errorf("average %v, maximum %v", got.JitterAvg(), got.JitterMax)
	}
}

func TestDelayHistogram(t *testing.T) {
	r := NewReceiver(8000)
	r.Packet(0, 1, 0, 1, false)
	r.Packet(80*time.Millisecond, 2, 160, 1, false)            // 60 ms late
	r.Packet(800*time.Millisecond, 3, 320, 1, false)           // 700 ms late
	r.Packet(800*time.Millisecond+time.Hour, 4, 480, 1, false) // a restarted clock is no jitter
	r.Packet(820*time.Millisecond+time.Hour, 5, 480, 1, true)  // an event repeats its timestamp
	if got := r.Totals(); got.Delay != [7]uint32{0: 1, 6: 1} {
		t.Errorf("%v", got.Delay)
	}
}

func TestSince(t *testing.T) {
	r := NewReceiver(8000)
	next := feed(r, 1, repeat(".", 100))
	before := r.Totals()
	feed(r, next, repeat("x.", 50))
	d := r.Totals().Since(before)
	if d.Packets != 50 || d.Lost() != 50 || d.LossRate() != 0.5 {
		t.Errorf("%+v", d)
	}
}

func TestRoundTrips(t *testing.T) {
	var r RoundTrips
	r.Add(30 * time.Millisecond)
	r.Add(10 * time.Millisecond)
	if r.Avg() != 20*time.Millisecond || r.Min != 10*time.Millisecond || r.Max != 30*time.Millisecond || r.Last != r.Min {
		t.Errorf("%+v", r)
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2, 0, 4, 0, 3, 200, 0, 200, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReceiver(8000)
		for i := 0; i+1 < len(b); i += 2 {
			r.Packet(time.Duration(i)*ptime, uint16(b[i])<<8|uint16(b[i+1]), uint32(i), 1, false)
		}
		got := r.Final()
		p := got.Pattern
		if got.Packets > got.Expected || p.Lost != got.Lost() || p.Packets != got.Expected || p.BurstLost > p.Lost || p.BurstPackets > p.Packets {
			t.Fatalf("%+v", got)
		}
	})
}

func BenchmarkPacket(b *testing.B) {
	r := NewReceiver(8000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Packet(time.Duration(i)*ptime, uint16(i), uint32(i)*160, 160, false)
	}
}

// A sender whose clock stood still in a pause is no network's jitter when it marks the first packet after it.
func TestPauseIsNoJitter(t *testing.T) {
	for name, tt := range map[string]struct {
		marked bool
		stamp  uint32 // of the first packet after a pause of two seconds
		jitter bool
	}{
		"marked, the timestamps stood still":   {true, 10*160 + 4000, false},
		"unmarked, the timestamps stood still": {false, 10*160 + 4000, true},
		"marked without a pause":               {true, 10 * 160, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReceiver(8000)
			for i := range 10 {
				r.Packet(time.Duration(i)*20*time.Millisecond, uint16(i), uint32(i)*160, 160, false)
			}
			if tt.marked {
				r.Talkspurt(tt.stamp)
			}
			r.Packet(2200*time.Millisecond, 10, tt.stamp, 160, false)
			if got := r.Totals().JitterMax > 0; got != tt.jitter {
				t.Errorf("jitter %v", r.Totals().JitterMax)
			}
		})
	}
}
