package relay

import (
	"net/netip"
	"testing"

	"parley/internal/wire/rtp"
)

func TestStrangersAreDropped(t *testing.T) {
	b := start(t, [2]uint16{20100, 20199})
	s, _, a, c := pair(t, b, Audio)
	alice, bob, mallory := newEndpoint(t), newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	alice.attach(a, alice.remote(pcmu))
	r := bob.remote(pcmu)
	bob.secure(c, &r)
	bob.attach(c, r)

	// To the plain leg: another port of the same host. To the encrypted one: no key.
	mallory.to = alice.to
	mallory.send(rtp.Header{PT: 0, Seq: 1, SSRC: 666}, payload(160))
	mallory.to = bob.to
	mallory.send(rtp.Header{PT: 0, Seq: 1, SSRC: 666}, payload(160))
	eventually(t, "both are counted", func() bool {
		b.workers[0].mu.Lock()
		defer b.workers[0].mu.Unlock()
		b.workers[1].mu.Lock()
		defer b.workers[1].mu.Unlock()
		return a.count.Strangers == 1 && c.count.Forged == 1
	})
	// The call goes on where it was meant to.
	bob.send(rtp.Header{PT: 0, Seq: 1, SSRC: 8}, payload(160))
	alice.next()
	alice.send(rtp.Header{PT: 0, Seq: 1, SSRC: 7}, payload(160))
	bob.next()
	alice.silent()
	bob.silent()
	s.Close()
}

// Who answers may send before the answer is here: its packets are not a stranger's.
func TestEarlyMediaIsNoStrangers(t *testing.T) {
	b := start(t, [2]uint16{23800, 23899})
	s, _, _, c := pair(t, b, Audio)
	defer s.Close()
	bob := newEndpoint(t)
	bob.to[0] = netip.AddrPortFrom(loopback, c.Local().RTP)
	bob.send(rtp.Header{PT: 0, Seq: 1, SSRC: 8}, payload(160))
	eventually(t, "it is counted", func() bool {
		c.worker.mu.Lock()
		defer c.worker.mu.Unlock()
		return c.count.Unready == 1 && c.count.Strangers == 0
	})
}

// An endpoint behind a NAT: its SDP names an address that nothing comes from. The key, or the signalling's address, vouches.
func TestLatching(t *testing.T) {
	for name, keyed := range map[string]bool{"by key": true, "by the signalling's address": false} {
		t.Run(name, func(t *testing.T) {
			b := start(t, [2]uint16{20200, 20299})
			s, _, a, c := pair(t, b, Audio)
			defer s.Close()
			alice, bob := newEndpoint(t), newEndpoint(t)
			alice.listen()
			bob.listen()
			alice.attach(a, alice.remote(pcmu))
			r := bob.remote(pcmu)
			r.RTP, r.RTCP = netip.MustParseAddrPort("192.0.2.9:9000"), netip.AddrPort{}
			if keyed {
				bob.secure(c, &r)
			} else {
				r.SignalledFrom = loopback
			}
			bob.attach(c, r)
			bob.send(rtp.Header{PT: 0, Seq: 1, SSRC: 8}, payload(160))
			alice.next()
			alice.send(rtp.Header{PT: 0, Seq: 1, SSRC: 7}, payload(160))
			bob.next()
		})
	}
}

// An endpoint with a new SSRC in every packet costs neither memory nor a report each.
func TestSourcesWithoutEnd(t *testing.T) {
	b := start(t, [2]uint16{21800, 21899})
	s, _, a, c := pair(t, b, Audio)
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	alice.attach(a, alice.remote(pcmu))
	bob.attach(c, bob.remote(pcmu))
	for i := range 500 {
		alice.send(rtp.Header{Seq: uint16(i), SSRC: uint32(1000 + i)}, payload(160))
		bob.next()
	}
	s.Close()
	eventually(t, "final reports", func() bool { return len(b.final()) > maxSources })
	if n := len(b.final()); n != maxSources+1 { // and bob's leg
		t.Errorf("%d reports", n)
	}
}
