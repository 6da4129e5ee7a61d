package relay

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"parley/internal/wire/rtp"
)

func TestHoldForkAndTransfer(t *testing.T) {
	b := start(t, [2]uint16{20700, 20799})
	s, st, a, c := pair(t, b, Audio)
	defer s.Close()
	alice, bob, carol := newEndpoint(t), newEndpoint(t), newEndpoint(t)
	for _, e := range []*endpoint{alice, bob, carol} {
		e.listen()
	}
	alice.attach(a, alice.remote(pcmu))
	bob.attach(c, bob.remote(pcmu))
	bob.send(rtp.Header{PT: 0, Seq: 500, Timestamp: 77, SSRC: 8}, payload(160))
	before, _ := alice.next()

	a.SetDirection(false, true) // alice is held: she hears nothing
	bob.send(rtp.Header{PT: 0, Seq: 501, Timestamp: 237, SSRC: 8}, payload(160))
	alice.send(rtp.Header{PT: 0, Seq: 1, SSRC: 7}, payload(160))
	bob.next()
	a.SetDirection(true, true)
	bob.send(rtp.Header{PT: 0, Seq: 502, Timestamp: 397, SSRC: 8}, payload(160))
	if h, _ := alice.next(); h.Seq != before.Seq+2 {
		t.Errorf("after the hold: %+v", h)
	}

	// Transferred to carol: alice's stream goes on as if nothing had been.
	third, err := st.AddLeg("carol@parley.test", LegOptions{})
	if err != nil {
		t.Fatal(err)
	}
	carol.attach(third, carol.remote(pcmu))
	st.Bridge(a, third)
	c.Close()
	carol.send(rtp.Header{PT: 0, Seq: 9000, Timestamp: 123456, SSRC: 9}, payload(160))
	if h, _ := alice.next(); h.Seq != before.Seq+3 || h.SSRC != before.SSRC || !h.Marker {
		t.Errorf("after the transfer: %+v, before %+v", h, before)
	}
	if err := c.SetRemote(bob.remote(pcmu)); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed leg took a description: %v", err)
	}
}

func TestPortsRunOut(t *testing.T) {
	b := start(t, [2]uint16{20901, 20906}) // 20902 and 20904
	s, st, a, _ := pair(t, b, Audio)
	if _, err := st.AddLeg("third", LegOptions{}); !errors.Is(err, ErrPorts) {
		t.Fatalf("third leg: %v", err)
	}
	a.Close()
	if _, err := st.AddLeg("third", LegOptions{}); err != nil {
		t.Errorf("after one was closed: %v", err)
	}
	s.Close()
	for _, p := range []int{20902, 20903, 20904, 20905} {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: loopback.AsSlice(), Port: p})
		if err != nil {
			t.Errorf("port %d is not free after the session: %v", p, err)
			continue
		}
		c.Close()
	}
}

// After its end the relay takes nothing on, and what was open is closed and reported.
func TestEnd(t *testing.T) {
	var final []string
	r, err := New(Config{Addresses: []Address{{Bind: loopback}}, Ports: [2]uint16{23100, 23199}, Report: func(r Report) { final = append(final, r.Leg) }})
	if err != nil {
		t.Fatal(err)
	}
	st, err := r.NewSession("open").AddStream(Audio)
	if err != nil {
		t.Fatal(err)
	}
	leg, err := st.AddLeg("left open", LegOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := leg.SetRemote(Remote{RTP: netip.MustParseAddrPort("127.0.0.1:9")}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if len(final) != 1 || final[0] != "left open" {
		t.Errorf("reported %v", final)
	}
	again, err := r.NewSession("late").AddStream(Audio)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.AddLeg("late", LegOptions{}); !errors.Is(err, ErrClosed) {
		t.Errorf("a leg after the end: %v", err)
	}
	leg.Close()
}
