package relay

import (
	"testing"
	"time"

	"parley/internal/wire/rtp"
)

// The pieces of a long packet are due when the ones before have been played, and a short packet after it does not overtake them.
func TestPiecesAreDueInTime(t *testing.T) {
	l := &Leg{worker: &worker{out: newOutbox(), now: time.Second}, slot: -1}
	h := &rtp.Header{Seq: 1}
	l.cut(h, payload(960), 160)
	l.worker.now += 15 * time.Millisecond
	l.cut(h, payload(80), 80)
	l.cut(h, payload(160), 160)
	var due []time.Duration
	for i := range l.pace.n {
		due = append(due, (l.pace.slots[(l.pace.head+i)%pieceSlots].due-time.Second)/time.Millisecond)
	}
	want := []time.Duration{20, 40, 60, 80, 100, 120, 130} // the first has gone; the one of 10 ms is at 120
	if len(due) != len(want) {
		t.Fatalf("pieces wait until %v, want %v", due, want)
	}
	for i := range want {
		if due[i] != want[i] {
			t.Fatalf("pieces wait until %v, want %v", due, want)
		}
	}
	if next := l.sendDue(time.Second + 60*time.Millisecond); next != time.Second+80*time.Millisecond {
		t.Errorf("the next piece is due at %v", next)
	}
}

// What arrives together goes out in order, whatever of it is cut.
func TestShortAndLongPacketsStayInOrder(t *testing.T) {
	b := start(t, [2]uint16{23900, 23999})
	s, _, a, c := pair(t, b, Audio)
	defer s.Close()
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	alice.attach(a, alice.remote(pcmu))
	bob.attach(c, bob.remote(pcmu))
	const rounds = 3
	for i := range rounds {
		for j, size := range []int{80, 960} {
			alice.send(rtp.Header{PT: 0, Seq: uint16(2*i + j), Timestamp: uint32(i*1040 + j*80), SSRC: 7}, payload(size))
		}
		first, _ := bob.next()
		for j := 1; j < 7; j++ {
			if h, _ := bob.next(); h.Seq != first.Seq+uint16(j) {
				t.Fatalf("round %d: packet %d has number %d, the first %d", i, j, h.Seq, first.Seq)
			}
		}
	}
}
