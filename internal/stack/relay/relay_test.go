package relay

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"parley/internal/stack/ice"
	"parley/internal/stack/srtp"
	"parley/internal/wire/rtp"
	"parley/internal/wire/stun"
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

// useICE gives the endpoint an agent that checks the leg, and the leg's description its part.
func (e *endpoint) useICE(l *Leg, r *Remote, form stun.Form, controlling bool) {
	ufrag, pwd := ice.NewCredentials()
	cfg := ice.Config{
		Components: 2, Ufrag: ufrag, Pwd: pwd,
		Send: func(component int, to netip.AddrPort, b []byte) {
			_, _ = e.conns[component-1].WriteToUDPAddrPort(b, to)
		},
	}
	for c := ice.RTP; c <= ice.RTCP; c++ {
		cfg.Local[c-1] = ice.Candidate{Foundation: "1", Component: c, Transport: "UDP", Priority: ice.HostPriority(loopback, c), Addr: e.addrs[c-1], Type: ice.Host}
	}
	r.ICE, r.Ufrag, r.Pwd, r.Controlling, r.Candidates = StandardICE, ufrag, pwd, !controlling, cfg.Local[:]
	if form == stun.Microsoft {
		r.ICE = MicrosoftICE
	}
	local := l.Local()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.agent = ice.NewAgent(cfg)
	e.agent.SetRemote(time.Since(e.began), ice.Remote{
		Ufrag: local.Ufrag, Pwd: local.Pwd, Candidates: local.Candidates, Controlling: controlling, Lite: local.Lite, Form: form, Mux: r.Mux,
	})
}

// drive ticks the endpoint's agent until it is connected.
func (e *endpoint) drive() {
	e.t.Helper()
	eventually(e.t, "ICE connects", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.agent.Tick(time.Since(e.began))
		return e.agent.Status() == ice.Connected
	})
}

func TestICEAndSDES(t *testing.T) {
	for name, c := range map[string]struct {
		form        stun.Form
		controlling bool // the endpoint
		mux         bool
		lite        bool // our leg
	}{
		"dialect, the client calls":     {form: stun.Microsoft, controlling: true},
		"dialect, the client is called": {form: stun.Microsoft},
		"standard, with mux":            {controlling: true, mux: true},
		"standard, we are lite":         {controlling: true, lite: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, [2]uint16{20300, 20399})
			s := b.NewSession("ice")
			defer s.Close()
			st, _ := s.AddStream(Audio)
			a, err := st.AddLeg("client", LegOptions{Lite: c.lite})
			if err != nil {
				t.Fatal(err)
			}
			p, err := st.AddLeg("phone", LegOptions{})
			if err != nil {
				t.Fatal(err)
			}
			st.Bridge(a, p)
			client, phone := newEndpoint(t), newEndpoint(t)
			connected := make(chan Selected, 1)
			a.OnConnected(func(sel Selected) { connected <- sel })
			r := client.remote(pcmu)
			r.Mux = c.mux
			client.secure(a, &r)
			client.useICE(a, &r, c.form, c.controlling)
			client.listen()
			phone.listen()
			client.attach(a, r)
			phone.attach(p, phone.remote(pcmu))
			client.drive()
			var sel Selected
			select {
			case sel = <-connected:
			case <-time.After(patience):
				t.Fatal("the leg does not connect")
			}
			if sel.RTP.Remote.Addr != client.addrs[0] || sel.Form != c.form.String() || sel.RTP.Local.Addr.Port() != a.Local().RTP {
				t.Errorf("selected %+v", sel)
			}
			if want := client.addrs[1]; !c.mux && sel.RTCP.Remote.Addr != want {
				t.Errorf("RTCP goes to %v, want %v", sel.RTCP.Remote.Addr, want)
			}
			client.send(rtp.Header{PT: 0, Seq: 1, SSRC: 8}, payload(160))
			phone.next()
			phone.send(rtp.Header{PT: 0, Seq: 1, SSRC: 7}, payload(160))
			client.next()
		})
	}
}

func TestICEFailureIsTold(t *testing.T) {
	b := start(t, [2]uint16{20400, 20499})
	s, _, a, _ := pair(t, b, Audio)
	defer s.Close()
	failed := make(chan error, 1)
	a.OnFailed(func(err error) { failed <- err })
	alice := newEndpoint(t)
	alice.listen()
	r := alice.remote(pcmu)
	alice.useICE(a, &r, stun.Standard, true)
	alice.attach(a, r)
	// Twenty seconds pass.
	a.worker.mu.Lock()
	a.agent.Tick(a.worker.relay.now() + time.Minute)
	a.progress()
	a.worker.mu.Unlock()
	select {
	case err := <-failed:
		if err == nil {
			t.Error("no reason")
		}
	case <-time.After(patience):
		t.Error("the failure is not told")
	}
}

func TestDTLS(t *testing.T) {
	for name, active := range map[string]bool{"the endpoint opens": true, "we open": false} {
		t.Run(name, func(t *testing.T) {
			b := start(t, [2]uint16{20500, 20599})
			s, _, a, c := pair(t, b, Audio)
			defer s.Close()
			alice, bob := newEndpoint(t), newEndpoint(t)
			identity, err := srtp.NewIdentity(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			r := alice.remote(pcmu)
			r.DTLS = &DTLS{Fingerprint: identity.Fingerprint(), Active: active}
			alice.attach(a, r)
			alice.dtls, err = identity.Start(srtp.HandshakeConfig{
				Client: active, Fingerprint: a.Local().Fingerprint,
				Send: func(p []byte) { _, _ = alice.conns[0].WriteToUDPAddrPort(p, alice.to[0]) },
				Done: func(k srtp.Keys, err error) {
					alice.mu.Lock()
					defer alice.mu.Unlock()
					if err == nil {
						alice.out, _ = srtp.NewSender(k.Send)
						alice.in, err = srtp.NewReceiver(k.Receive)
					}
					done <- err
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			connected := make(chan struct{})
			a.OnConnected(func(Selected) { close(connected) })
			alice.listen()
			bob.listen()
			bob.attach(c, bob.remote(pcmu))
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			<-connected
			alice.send(rtp.Header{PT: 0, Seq: 1, SSRC: 7}, payload(160))
			bob.next()
			bob.send(rtp.Header{PT: 0, Seq: 1, SSRC: 8}, payload(160))
			alice.next()
		})
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
	begin := time.Now()
	for i := 1; i < 6; i++ {
		h, got := bob.next()
		if h.PT != 9 || len(got) != 160 || h.Seq != first.Seq+uint16(i) || h.Timestamp != first.Timestamp+uint32(160*i) || h.Marker {
			t.Errorf("piece %d: %+v, %d bytes", i, h, len(got))
		}
	}
	if took := time.Since(begin); took < 80*time.Millisecond || took > 200*time.Millisecond {
		t.Errorf("five pieces took %v, want 100ms", took)
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

func TestBadDescriptions(t *testing.T) {
	b := start(t, [2]uint16{21000, 21099})
	s, _, a, _ := pair(t, b, Audio)
	defer s.Close()
	key := srtp.NewCrypto(1, srtp.AES80)
	for name, r := range map[string]Remote{
		"nothing":            {},
		"two kinds of keys":  {RTP: netip.MustParseAddrPort("127.0.0.1:9"), Crypto: &key, DTLS: &DTLS{}},
		"ICE without secret": {ICE: StandardICE},
		"payload type":       {RTP: netip.MustParseAddrPort("127.0.0.1:9"), Codecs: []Codec{{PT: 200, Name: "x", Rate: 1}}},
		"clock rate":         {RTP: netip.MustParseAddrPort("127.0.0.1:9"), Codecs: []Codec{{PT: 100, Name: "x"}}},
	} {
		if err := a.SetRemote(r); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for name, c := range map[string]Config{
		"no address": {Ports: [2]uint16{1000, 2000}},
		"wildcard":   {Address: netip.IPv4Unspecified(), Ports: [2]uint16{1000, 2000}},
		"no ports":   {Address: loopback},
		"odd port":   {Address: loopback, Ports: [2]uint16{1001, 1002}},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestIPv6(t *testing.T) {
	six := netip.IPv6Loopback()
	probe, err := net.ListenUDP("udp6", net.UDPAddrFromAddrPort(netip.AddrPortFrom(six, 0)))
	if err != nil {
		t.Skip("no IPv6 on this machine")
	}
	defer probe.Close()
	r, err := New(Config{Address: six, Ports: [2]uint16{21600, 21699}})
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

// Encryption that is switched off and on again goes on under the same key without repeating packet numbers.
func TestKeyIsNeverStartedAnew(t *testing.T) {
	b := start(t, [2]uint16{21700, 21799})
	s, _, a, c := pair(t, b, Audio)
	defer s.Close()
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	bob.attach(c, bob.remote(pcmu))
	secure := alice.remote(pcmu)
	alice.secure(a, &secure)
	alice.attach(a, secure)
	before := a.sdes
	alice.attach(a, alice.remote(pcmu))
	if a.out != nil {
		t.Error("still encrypting")
	}
	alice.attach(a, secure)
	if a.out == nil || a.out != before {
		t.Error("the key was started anew")
	}
	bob.send(rtp.Header{PT: 0, Seq: 1, SSRC: 8}, payload(160))
	alice.next()
}

// After its end the relay takes nothing on, and what was open is closed and reported.
func TestEnd(t *testing.T) {
	var final []string
	r, err := New(Config{Address: loopback, Ports: [2]uint16{23100, 23199}, Report: func(r Report) { final = append(final, r.Leg) }})
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
