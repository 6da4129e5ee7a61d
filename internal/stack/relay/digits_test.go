package relay

import (
	"bytes"
	"errors"
	"testing"

	"parley/internal/wire/rtp"
)

// Keys are put between the packets of a running conversation, without disturbing its numbers.
func TestSendDigits(t *testing.T) {
	b := start(t, [2]uint16{21500, 21599})
	s, _, a, c := pair(t, b, Audio)
	defer s.Close()
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	alice.attach(a, alice.remote(pcmu))
	r := bob.remote(pcmu, keys2)
	bob.secure(c, &r)
	bob.attach(c, r)
	alice.send(rtp.Header{PT: 0, Seq: 1, Timestamp: 160, SSRC: 7}, payload(160))
	last, _ := bob.next()

	if err := a.SendDigit('1'); !errors.Is(err, ErrNoEvents) {
		t.Errorf("alice takes no events: %v", err)
	}
	if err := c.SendDigit('x'); err == nil {
		t.Error("x is a key")
	}
	for _, d := range []byte("5#") {
		if err := c.SendDigit(d); err != nil {
			t.Fatal(err)
		}
	}
	for _, code := range []uint8{5, 11} {
		var stamp uint32
		for i := range digitPackets + digitEnds {
			h, got := bob.next()
			if i == 0 {
				stamp = h.Timestamp
			}
			if h.PT != 96 || h.SSRC != last.SSRC || h.Seq != last.Seq+1 || h.Timestamp != stamp || h.Marker != (i == 0) {
				t.Fatalf("packet %d: %+v after %+v", i, h, last)
			}
			want := rtp.Event{Code: code, End: i >= digitPackets, Volume: digitVolume, Duration: uint16(160 * min(i+1, digitPackets))}
			if !bytes.Equal(got, want.Append(nil)) {
				t.Errorf("packet %d: % x, want %+v", i, got, want)
			}
			last = h
		}
	}
	alice.send(rtp.Header{PT: 0, Seq: 2, Timestamp: 320, SSRC: 7}, payload(160))
	if h, _ := bob.next(); h.Seq != last.Seq+1 || h.PT != 0 {
		t.Errorf("after the keys: %+v, last %+v", h, last)
	}
}
