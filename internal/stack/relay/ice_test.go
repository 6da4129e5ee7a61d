package relay

import (
	"net/netip"
	"testing"
	"time"

	"parley/internal/stack/ice"
	"parley/internal/wire/rtp"
	"parley/internal/wire/stun"
)

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
		cfg.Local = append(cfg.Local, ice.Candidate{Foundation: "1", Component: c, Transport: "UDP", Priority: ice.HostPriority(e.addrs[c-1].Addr(), c), Addr: e.addrs[c-1], Type: ice.Host})
	}
	r.ICE, r.Ufrag, r.Pwd, r.Controlling, r.Candidates = StandardICE, ufrag, pwd, !controlling, cfg.Local
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
