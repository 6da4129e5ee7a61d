package relay

import (
	"testing"

	"parley/internal/wire/rtp"
)

// What the intervals tell adds up to the whole stream, and each begins where the one before ended.
func TestIntervalsAddUp(t *testing.T) {
	b := start(t, [2]uint16{24000, 24099})
	s, _, a, c := pair(t, b, Audio)
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	alice.attach(a, alice.remote(pcmu))
	bob.attach(c, bob.remote(pcmu))
	for _, seqs := range [][]uint16{{1, 2, 3}, {5, 6}, {}} { // the fourth is lost
		for _, seq := range seqs {
			alice.send(rtp.Header{PT: 0, Seq: seq, Timestamp: uint32(seq) * 160, SSRC: 7}, payload(160))
			bob.next()
		}
		a.worker.mu.Lock()
		for _, src := range a.sources {
			a.report(src, b.now(), false)
		}
		a.worker.mu.Unlock()
	}
	s.Close()
	var parts []Report
	eventually(t, "the intervals are told", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		parts = nil
		for _, r := range b.reports {
			if r.SSRC == 7 {
				parts = append(parts, r)
			}
		}
		return len(parts) == 4
	})
	var packets, lost uint64
	for i, r := range parts {
		if i > 0 && !r.Interval.Begin.Equal(parts[i-1].End) {
			t.Errorf("interval %d begins at %v, the one before ends at %v", i, r.Interval.Begin, parts[i-1].End)
		}
		if n := r.Interval.Totals.Packets; n != []uint64{3, 2, 0, 0}[i] || r.Interval.Rated != (n > 0) {
			t.Errorf("interval %d has %d packets, rated %v", i, n, r.Interval.Rated)
		}
		packets, lost = packets+r.Interval.Totals.Packets, lost+r.Interval.Totals.Lost()
	}
	if packets != 5 || lost != 1 || parts[1].Interval.Rating.Listening >= parts[0].Interval.Rating.Listening {
		t.Errorf("%d packets and %d lost, scores %.2f and %.2f", packets, lost, parts[0].Interval.Rating.Listening, parts[1].Interval.Rating.Listening)
	}
}
