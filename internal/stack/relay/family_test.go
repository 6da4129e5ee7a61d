package relay

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"parley/internal/stack/ice"
	"parley/internal/wire/rtp"
	"parley/internal/wire/stun"
)

var six = netip.IPv6Loopback()

func needIPv6(t *testing.T) {
	t.Helper()
	c, err := net.ListenUDP("udp6", net.UDPAddrFromAddrPort(netip.AddrPortFrom(six, 0)))
	if err != nil {
		t.Skip("no IPv6 on this machine")
	}
	c.Close()
}

// An endpoint of IPv4 and one of IPv6 hear each other through a relay that has both.
func TestFamiliesAreBridged(t *testing.T) {
	needIPv6(t)
	b := startAt(t, [2]uint16{21700, 21799}, Address{Bind: loopback}, Address{Bind: six})
	s := b.NewSession("families")
	defer s.Close()
	st, _ := s.AddStream(Audio)
	old, err := st.AddLeg("old", LegOptions{})
	if err != nil {
		t.Fatal(err)
	}
	modern, err := st.AddLeg("modern", LegOptions{})
	if err != nil {
		t.Fatal(err)
	}
	st.Bridge(old, modern)
	four, eight := newEndpoint(t), newEndpointAt(t, six)
	four.listen()
	eight.listen()
	four.attach(old, four.remote(pcmu))
	eight.attach(modern, eight.remote(pcmu))
	if four.to[0].Addr() != loopback || eight.to[0].Addr() != six {
		t.Fatalf("offered %v and %v", four.to[0], eight.to[0])
	}
	four.send(rtp.Header{Seq: 1, SSRC: 8}, payload(160))
	eight.next()
	eight.send(rtp.Header{Seq: 1, SSRC: 9}, payload(160))
	four.next()
}

// With ICE the candidates of both families are offered, and the better of those that work is taken: IPv6.
func TestICEChoosesAFamily(t *testing.T) {
	needIPv6(t)
	b := startAt(t, [2]uint16{21800, 21899}, Address{Bind: loopback}, Address{Bind: six})
	for name, at := range map[string]netip.Addr{"IPv4": loopback, "IPv6": six} {
		t.Run(name, func(t *testing.T) {
			s := b.NewSession("ice " + name)
			defer s.Close()
			st, _ := s.AddStream(Audio)
			l, err := st.AddLeg("client", LegOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(l.Local().Candidates); n != 4 {
				t.Fatalf("%d candidates, want two of each family", n)
			}
			client := newEndpointAt(t, at)
			connected := make(chan Selected, 1)
			l.OnConnected(func(sel Selected) { connected <- sel })
			r := client.remote(pcmu)
			client.useICE(l, &r, stun.Standard, true)
			client.listen()
			client.attach(l, r)
			client.drive()
			select {
			case sel := <-connected:
				if sel.RTP.Local.Addr != netip.AddrPortFrom(at, l.Local().RTP) || sel.RTP.Remote.Addr != client.addrs[0] {
					t.Errorf("selected %+v", sel.RTP)
				}
			case <-time.After(patience):
				t.Fatal("the leg does not connect")
			}
		})
	}
}

// An endpoint that answered consent checks and then falls silent gets no media any more, and its call hears why.
func TestMediaStopsWithoutConsent(t *testing.T) {
	b := start(t, [2]uint16{21900, 21999})
	s, _, a, p := pair(t, b, Audio)
	defer s.Close()
	client, phone := newEndpoint(t), newEndpoint(t)
	failed := make(chan error, 1)
	a.OnFailed(func(err error) { failed <- err })
	r := client.remote(pcmu)
	client.useICE(a, &r, stun.Standard, true)
	client.listen()
	phone.listen()
	client.attach(a, r)
	phone.attach(p, phone.remote(pcmu))
	client.drive()
	phone.send(rtp.Header{Seq: 1, SSRC: 7}, payload(160))
	client.next()
	later := func(d time.Duration) ice.Status {
		a.worker.mu.Lock()
		defer a.worker.mu.Unlock()
		a.agent.Tick(b.now() + d)
		a.progress()
		return a.agent.Status()
	}
	later(0)
	later(7 * time.Second) // asks, and the client answers
	eventually(t, "media stops", func() bool { return later(40*time.Second) == ice.Lost })
	select {
	case err := <-failed:
		if err == nil {
			t.Error("no reason")
		}
	case <-time.After(patience):
		t.Fatal("nobody was told")
	}
	phone.send(rtp.Header{Seq: 2, SSRC: 7}, payload(160))
	client.send(rtp.Header{Seq: 1, SSRC: 8}, payload(160)) // what the client sends still arrives
	phone.next()
	client.silent()
}
