package relay

import (
	"testing"
	"time"

	"parley/internal/stack/sockaddr"
	"parley/internal/wire/rtp"
)

// sendControl sends a compound from the endpoint's RTCP port.
func (e *endpoint) sendControl(b []byte) {
	e.t.Helper()
	b = append(make([]byte, 0, 2048), b...)
	i := 1
	e.mu.Lock()
	if e.out != nil {
		var err error
		if b, err = e.out.ProtectRTCP(b); err != nil {
			e.t.Error(err)
		}
	}
	e.mu.Unlock()
	if _, err := e.conns[i].WriteToUDPAddrPort(b, e.to[i]); err != nil {
		e.t.Error(err)
	}
}

// nextReport waits for a compound of the relay and gives its first packet.
func (e *endpoint) nextReport() rtp.Control {
	e.t.Helper()
	select {
	case b := <-e.control:
		c, _, ok, err := rtp.Next(b)
		if !ok || err != nil {
			e.t.Fatalf("no compound: %v", err)
		}
		return c
	case <-time.After(patience):
		e.t.Fatal("no RTCP came")
	}
	return rtp.Control{}
}

// reportNow makes the leg's next RTCP report due.
func reportNow(l *Leg) {
	l.worker.mu.Lock()
	defer l.worker.mu.Unlock()
	l.control.next = 1
	l.worker.hurry(l)
}

// The whole exchange of reports on an encrypted leg: ours tells what was lost, theirs gives the round trip.
func TestReportsAndRoundTrip(t *testing.T) {
	b := start(t, [2]uint16{21100, 21199})
	s, _, a, c := pair(t, b, Audio)
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	r := alice.remote(pcmu)
	alice.secure(a, &r)
	alice.attach(a, r)
	bob.attach(c, bob.remote(pcmu))

	// Alice tells the time of her stream, speaks and loses one of four packets.
	spoken := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for _, seq := range []uint16{1, 2, 4} {
		alice.send(rtp.Header{PT: 0, Seq: seq, Timestamp: uint32(seq) * 160, SSRC: 7}, payload(160))
		bob.next()
	}
	alice.sendControl(rtp.AppendSR(nil, 7, rtp.SenderInfo{NTP: rtp.NTP(spoken), Timestamp: 640, Packets: 3, Octets: 480}, nil))
	bob.send(rtp.Header{PT: 0, Seq: 9, SSRC: 8}, payload(160))
	alice.next()
	eventually(t, "alice's report is read", func() bool {
		a.worker.mu.Lock()
		defer a.worker.mu.Unlock()
		return len(a.sources) == 1 && a.sources[0].lastSRAt > 0
	})

	reportNow(a)
	ours := alice.nextReport()
	info, ok := ours.SenderInfo()
	sender, _ := ours.Sender()
	if !ok || sender != a.Local().SSRC || info.Packets != 1 || info.Octets != 160 {
		t.Errorf("alice is told %+v of source %x", info, sender)
	}
	block, ok := ours.Block(0)
	if !ok || block.SSRC != 7 || block.Lost != 1 || block.FractionLost != 64 || block.LastSR != rtp.Middle(rtp.NTP(spoken)) {
		t.Errorf("alice is told %+v", block)
	}

	// Bob's clock for alice's audio is hers.
	sentAt := time.Now()
	reportNow(c)
	theirs := bob.nextReport()
	info, ok = theirs.SenderInfo()
	if drift := time.Duration(int64(info.NTP-rtp.NTP(spoken))) * time.Second >> 32; !ok || drift < 0 || drift > patience {
		t.Errorf("bob is told a time %v off alice's", drift)
	}
	// He answers 20 ms later, having held the report for 5 ms.
	wait := time.NewTimer(20 * time.Millisecond)
	<-wait.C
	bob.sendControl(rtp.AppendRR(nil, 8, []rtp.Block{{
		SSRC: c.Local().SSRC, FractionLost: 26, Jitter: 80, LastSR: rtp.Middle(info.NTP), Delay: rtp.Units(5 * time.Millisecond),
	}}))
	eventually(t, "bob's round trip is measured", func() bool {
		c.worker.mu.Lock()
		defer c.worker.mu.Unlock()
		return c.trips.Count == 1
	})
	took := time.Since(sentAt)

	s.Close()
	eventually(t, "final reports", func() bool { return len(b.final()) == 2 })
	for _, r := range b.final() {
		switch r.Leg {
		case "bob@parley.test":
			if rtt := r.RoundTrip.Avg(); rtt < 14*time.Millisecond || rtt > took {
				t.Errorf("round trip %v, want 15ms to %v", rtt, took)
			}
			if r.Sent.Reports != 1 || r.Sent.Loss < 0.1 || r.Sent.Loss > 0.11 || r.Sent.Jitter != 10*time.Millisecond {
				t.Errorf("sent %+v", r.Sent)
			}
		case "alice@parley.test":
			if r.Totals.Lost() != 1 || !r.Encrypted || r.Rating.Listening >= 4.4 || r.Rating.Model == "" {
				t.Errorf("%+v", r)
			}
		}
	}
}

// An endpoint that only listens asks for a round trip by XR; one that measures sends VoIP metrics.
func TestExtendedReports(t *testing.T) {
	b := start(t, [2]uint16{21200, 21299})
	s, _, a, _ := pair(t, b, Audio)
	alice := newEndpoint(t)
	alice.listen()
	alice.attach(a, alice.remote(pcmu))
	alice.send(rtp.Header{PT: 0, Seq: 1, SSRC: 7}, payload(160))
	eventually(t, "the source is known", func() bool {
		a.worker.mu.Lock()
		defer a.worker.mu.Unlock()
		return len(a.sources) == 1
	})
	voip := []byte{0x80, 207, 0, 10, 0, 0, 0, 7, 7, 0, 0, 8, 0, 0, 0, 9, 13, 0, 0, 0, 0, 0, 0, 0, 0, 40, 0, 60, 0, 0, 127, 16, 90, 127, 41, 40, 0, 0, 0, 40, 0, 80, 0, 200}
	now := rtp.NTP(time.Now())
	alice.sendControl(rtp.AppendReceiverTime(voip, 7, now))
	for {
		b := <-alice.control
		found := false
		for c, rest, ok, _ := rtp.Next(b); ok; c, rest, ok, _ = rtp.Next(rest) {
			if c.Type != rtp.TypeXR {
				continue
			}
			x, _, _ := rtp.NextExtended(c.Body[4:])
			if ssrc, last, delay, ok := x.DLRR(0); ok {
				found = true
				if ssrc != 7 || last != rtp.Middle(now) || delay != 0 {
					t.Errorf("answered %d %d %d", ssrc, last, delay)
				}
			}
		}
		if found {
			break
		}
	}
	s.Close()
	eventually(t, "final reports", func() bool { return len(b.final()) >= 1 })
	for _, r := range b.final() {
		if r.Leg == "alice@parley.test" && (r.VoIP == nil || r.VoIP.RoundTrip != 40 || r.VoIP.MOSCQ != 40) {
			t.Errorf("VoIP metrics %+v", r.VoIP)
		}
	}
}

func TestOneWayAudioIsSeen(t *testing.T) {
	b := start(t, [2]uint16{21300, 21399})
	s, _, a, c := pair(t, b, Audio)
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	alice.attach(a, alice.remote(pcmu))
	bob.attach(c, bob.remote(pcmu))
	for i := range oneWayMinimum {
		alice.send(rtp.Header{PT: 0, Seq: uint16(i), SSRC: 7}, payload(160))
		bob.next()
	}
	s.Close()
	eventually(t, "final reports", func() bool { return len(b.final()) == 2 })
	for _, r := range b.final() {
		if !r.OneWay {
			t.Errorf("%s: one way is not seen", r.Leg)
		}
	}
}

// What the worker does per packet must not allocate, whatever the legs need.
func TestForwardingDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates by itself")
	}
	for name, secure := range map[string]bool{"plain": false, "SDES to plain": true} {
		t.Run(name, func(t *testing.T) {
			b := start(t, [2]uint16{21400, 21499})
			s, _, a, c := pair(t, b, Audio)
			defer s.Close()
			alice, bob := newEndpoint(t), newEndpoint(t)
			r := alice.remote(pcmu)
			if secure {
				alice.secure(a, &r)
			}
			alice.attach(a, r)
			bob.attach(c, bob.remote(g722))
			// Nobody listens: what the endpoints' readers allocate would be counted too.
			t.Cleanup(func() {
				for _, e := range []*endpoint{alice, bob} {
					e.conns[0].Close()
					e.conns[1].Close()
				}
			})
			from := sockaddr.Of(alice.addrs[0])
			buf := make([]byte, 0, bufferSize)
			seq := uint16(0)
			one := func() {
				seq++
				h := rtp.Header{PT: 0, Seq: seq, Timestamp: uint32(seq) * 160, SSRC: 7}
				p := h.Append(buf)[:172]
				if secure {
					var err error
					if p, err = alice.out.ProtectRTP(p); err != nil {
						t.Fatal(err)
					}
				}
				a.worker.mu.Lock()
				a.receive(1, &from, p)
				a.worker.out.flush()
				a.worker.mu.Unlock()
			}
			for range 100 {
				one()
			}
			if n := testing.AllocsPerRun(200, one); n > 0.5 {
				t.Errorf("%v allocations per packet", n)
			}
			if got := c.sender.packets; got < 300 {
				t.Errorf("%d packets were forwarded", got)
			}
		})
	}
}

// With rtcp-mux reports come and go on RTP's port, and are told from it by their type.
func TestReportsOnOnePort(t *testing.T) {
	b := start(t, [2]uint16{23000, 23099})
	s, _, a, c := pair(t, b, Audio)
	defer s.Close()
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	r := alice.remote(pcmu)
	r.Mux = true
	alice.secure(a, &r)
	alice.attach(a, r)
	bob.attach(c, bob.remote(pcmu))
	alice.to[1] = alice.to[0]
	alice.conns[1].Close() // nothing may come here
	alice.send(rtp.Header{PT: 0, Seq: 1, SSRC: 7}, payload(160))
	bob.next()
	reportNow(a)
	if sender, _ := alice.nextReport().Sender(); sender != a.Local().SSRC {
		t.Errorf("a report of %x", sender)
	}
}
