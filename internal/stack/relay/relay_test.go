package relay

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"parley/internal/wire/rtp"
)

func payload(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + 1)
	}
	return b
}

func TestPlainBothWays(t *testing.T) {
	b := start(t, [2]uint16{20000, 20099})
	s, _, a, c := pair(t, b, Audio)
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	alice.attach(a, alice.remote(pcmu, keys))
	bob.attach(c, bob.remote(pcma, Codec{PT: 0, Name: "pcmu", Rate: 8000}, keys2))

	alice.send(rtp.Header{PT: 0, Seq: 65534, Timestamp: 1000, SSRC: 7}, payload(160))
	first, got := bob.next()
	if first.PT != 0 || first.SSRC != c.Local().SSRC || !first.Marker || !bytes.Equal(got, payload(160)) {
		t.Errorf("bob got %+v", first)
	}
	// One packet is lost on the way in; the gap shows on the way out.
	alice.send(rtp.Header{PT: 0, Seq: 0, Timestamp: 1320, SSRC: 7}, payload(160))
	h, _ := bob.next()
	if h.Seq != first.Seq+2 || h.Timestamp != first.Timestamp+320 || h.Marker {
		t.Errorf("bob got %+v after %+v", h, first)
	}
	alice.send(rtp.Header{PT: 101, Seq: 1, Timestamp: 1480, SSRC: 7}, rtp.Event{Code: 5, End: true, Duration: 320}.Append(nil))
	if h, got := bob.next(); h.PT != 96 || !bytes.Equal(got, []byte{5, 0x80, 1, 64}) {
		t.Errorf("event came as %+v % x", h, got)
	}
	bob.send(rtp.Header{PT: 0, Seq: 10, Timestamp: 5, SSRC: 8}, payload(160))
	if h, _ := alice.next(); h.SSRC != a.Local().SSRC {
		t.Errorf("alice got %+v", h)
	}

	s.Close()
	eventually(t, "two final reports", func() bool { return len(b.final()) == 2 })
	for _, r := range b.final() {
		switch r.Leg {
		case "alice@parley.test":
			if r.Totals.Packets != 3 || r.Totals.Lost() != 1 || r.Events != 1 || r.Codec != "PCMU" || r.Peer != "bob@parley.test" ||
				r.Sent.Packets != 1 || !r.Rated || r.Remote != alice.addrs[0] {
				t.Errorf("%+v", r)
			}
		case "bob@parley.test":
			if r.Totals.Packets != 1 || r.Sent.Packets != 3 {
				t.Errorf("%+v", r)
			}
		}
	}
}

// The real client sends PCMU in packets of 120 ms whatever is asked for; a phone gets packets of 20 ms in G.722, paced.
func TestRepacketiseAndConvert(t *testing.T) {
	b := start(t, [2]uint16{20600, 20699})
	s, _, a, c := pair(t, b, Audio)
	defer s.Close()
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	alice.attach(a, alice.remote(pcmu))
	bob.attach(c, bob.remote(g722))
	alice.send(rtp.Header{PT: 0, Seq: 1, Timestamp: 0, SSRC: 7}, payload(960))
	first, _ := bob.next()
	for i := 1; i < 6; i++ {
		h, got := bob.next()
		if h.PT != 9 || len(got) != 160 || h.Seq != first.Seq+uint16(i) || h.Timestamp != first.Timestamp+uint32(160*i) || h.Marker {
			t.Errorf("piece %d: %+v, %d bytes", i, h, len(got))
		}
	}
	// A lost packet of 120 ms is a gap of six.
	alice.send(rtp.Header{PT: 0, Seq: 3, Timestamp: 1920, SSRC: 7}, payload(960))
	if h, _ := bob.next(); h.Seq != first.Seq+12 || h.Timestamp != first.Timestamp+1920 {
		t.Errorf("after a loss: %+v, first %+v", h, first)
	}
	// The other way nothing needs cutting.
	bob.send(rtp.Header{PT: 9, Seq: 1, SSRC: 8}, payload(160))
	if h, got := alice.next(); h.PT != 0 || len(got) != 160 {
		t.Errorf("alice got %+v, %d bytes", h, len(got))
	}
}

// Video keeps its SSRCs, and its RTCP with the dialect's own packets goes through whole.
func TestVideoPassesThrough(t *testing.T) {
	b := start(t, [2]uint16{20800, 20899})
	s, _, a, c := pair(t, b, Video)
	defer s.Close()
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	alice.attach(a, alice.remote(Codec{PT: 122, Name: "X-H264UC", Rate: 90000}))
	bob.attach(c, bob.remote(Codec{PT: 98, Name: "x-h264uc", Rate: 90000}))
	alice.send(rtp.Header{PT: 122, Seq: 7, Timestamp: 9, SSRC: 1001}, payload(1100))
	if h, got := bob.next(); h.PT != 98 || h.SSRC != 1001 || h.Seq != 7 || len(got) != 1100 {
		t.Errorf("bob got %+v", h)
	}
	compound := append(rtp.AppendRR(nil, 1, nil), 0x8F, 206, 0, 3, 0, 0, 0, 1, 0, 0, 3, 0xE9, 0, 1, 0, 4)
	if _, err := alice.conns[1].WriteToUDPAddrPort(compound, alice.to[1]); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-bob.control:
		if !bytes.Equal(got, compound) {
			t.Errorf("RTCP came as % x", got)
		}
	case <-time.After(patience):
		t.Error("RTCP was not passed on")
	}
}

func TestIPv6(t *testing.T) {
	probe, err := net.ListenUDP("udp6", net.UDPAddrFromAddrPort(netip.AddrPortFrom(six, 0)))
	if err != nil {
		t.Skip("no IPv6 on this machine")
	}
	defer probe.Close()
	r, err := New(Config{Addresses: []Address{{Bind: six}}, Ports: [2]uint16{21600, 21699}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	defer func() {
		cancel()
		<-done
	}()
	st, err := r.NewSession("six").AddStream(Audio)
	if err != nil {
		t.Fatal(err)
	}
	var legs [2]*Leg
	for i := range legs {
		if legs[i], err = st.AddLeg("leg", LegOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := legs[i].SetRemote(Remote{RTP: probe.LocalAddr().(*net.UDPAddr).AddrPort(), Codecs: []Codec{pcmu}}); err != nil {
			t.Fatal(err)
		}
	}
	st.Bridge(legs[0], legs[1])
	h := rtp.Header{Seq: 1, SSRC: 7}
	if _, err := probe.WriteToUDPAddrPort(append(h.Append(nil), payload(160)...), netip.AddrPortFrom(six, legs[0].Local().RTP)); err != nil {
		t.Fatal(err)
	}
	if err := probe.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2048)
	for {
		n, from, err := probe.ReadFromUDPAddrPort(buf)
		if err != nil {
			t.Fatal(err)
		}
		if !rtp.IsControl(buf[:n]) {
			if from.Port() != legs[1].Local().RTP || n != 172 {
				t.Errorf("%d bytes from %v", n, from)
			}
			return
		}
	}
}
