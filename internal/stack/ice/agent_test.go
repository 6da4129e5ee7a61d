package ice

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"parley/internal/wire/stun"
)

// wire joins two agents over a network with delay, loss and address translation, in virtual time.
type wire struct {
	t      *testing.T
	now    time.Duration
	agents [2]*Agent
	queue  []datagram
	drop   func(from, component int, b []byte) bool
	// nat gives the source address that side's datagrams show.
	nat  func(side int, a netip.AddrPort) netip.AddrPort
	seen [2][]stun.Form // forms of the requests that each side sent
}

type datagram struct {
	at        time.Duration
	to        int
	component int
	from      netip.AddrPort
	raw       []byte
}

const latency = 5 * time.Millisecond

func local(side, component int) Candidate {
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(side + 1)}), uint16(4000+component))
	return Candidate{Foundation: "1", Component: component, Transport: "UDP", Priority: HostPriority(addr.Addr(), component), Addr: addr, Type: Host}
}

func newWire(t *testing.T, components int, lite [2]bool) *wire {
	w := &wire{t: t, now: time.Second}
	for side := range w.agents {
		ufrag, pwd := NewCredentials()
		w.agents[side] = NewAgent(Config{
			Components: components, Local: []Candidate{local(side, RTP), local(side, RTCP)}, Ufrag: ufrag, Pwd: pwd, Lite: lite[side],
			Send: func(component int, to netip.AddrPort, b []byte) { w.send(side, component, to, b) },
		})
	}
	return w
}

func (w *wire) send(side, component int, to netip.AddrPort, b []byte) {
	var m stun.Message
	if err := m.Parse(b); err != nil {
		w.t.Errorf("side %d sends %v", side, err)
	}
	if m.Type == stun.BindingRequest {
		f, _ := m.Verify(stun.NewKey(w.agents[1-side].cfg.Pwd))
		w.seen[side] = append(w.seen[side], f)
	}
	if w.drop != nil && w.drop(side, component, b) {
		return
	}
	from := w.agents[side].cfg.Local[component-1].Addr
	if w.nat != nil {
		from = w.nat(side, from)
	}
	if to.Addr().As4()[3] != byte(2-side) {
		return // nobody lives there
	}
	w.queue = append(w.queue, datagram{w.now + latency, 1 - side, component, from, append([]byte(nil), b...)})
}

// remote is what side's SDP tells the other.
func (w *wire) remote(side int) Remote {
	c := w.agents[side].cfg
	r := Remote{Ufrag: c.Ufrag, Pwd: c.Pwd, Lite: c.Lite, Controlling: side == 1}
	for i := range c.Components {
		r.Candidates = append(r.Candidates, c.Local[i])
	}
	return r
}

// start gives both sides each other's description; side 0 controls.
func (w *wire) start(form [2]stun.Form) {
	for side := range w.agents {
		r := w.remote(1 - side)
		r.Form = form[side]
		w.agents[side].SetRemote(w.now, r)
	}
}

// run lets virtual time pass until cond holds or for long.
func (w *wire) run(long time.Duration, cond func() bool) {
	w.t.Helper()
	for end := w.now + long; w.now < end && !cond(); w.now += time.Millisecond {
		due := w.queue
		w.queue = nil
		for _, d := range due {
			if d.at > w.now {
				w.queue = append(w.queue, d)
				continue
			}
			w.agents[d.to].Handle(w.now, d.component, d.from, d.raw)
		}
		for _, a := range w.agents {
			a.Tick(w.now)
		}
	}
}

func (w *wire) connected() bool {
	return w.agents[0].Status() == Connected && w.agents[1].Status() == Connected
}

func TestConnect(t *testing.T) {
	for name, c := range map[string]struct {
		components int
		lite       [2]bool
		form       [2]stun.Form
		within     time.Duration
	}{
		"standard, two components":    {components: 2, within: 200 * time.Millisecond},
		"standard, one component":     {components: 1, within: 150 * time.Millisecond},
		"dialect, two components":     {components: 2, form: [2]stun.Form{stun.Microsoft, stun.Microsoft}, within: 200 * time.Millisecond},
		"the controlled side is lite": {components: 2, lite: [2]bool{false, true}, within: 300 * time.Millisecond},
		"dialect against our lite":    {components: 2, lite: [2]bool{false, true}, form: [2]stun.Form{stun.Microsoft, stun.Standard}, within: 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, c.components, c.lite)
			w.start(c.form)
			begin := w.now
			w.run(deadline, w.connected)
			if !w.connected() {
				t.Fatalf("states %v %v", w.agents[0].Status(), w.agents[1].Status())
			}
			if took := w.now - begin; took > c.within {
				t.Errorf("took %v", took)
			}
			for side, a := range w.agents {
				for comp := RTP; comp <= c.components; comp++ {
					p, ok := a.Selected(comp)
					if want := local(1-side, comp).Addr; !ok || p.Remote.Addr != want || !a.Allowed(comp, want) {
						t.Errorf("side %d component %d: %+v", side, comp, p)
					}
				}
				if a.Allowed(RTP, netip.MustParseAddrPort("10.0.0.9:4001")) {
					t.Error("a stranger is allowed")
				}
			}
		})
	}
}

// The form of a peer is learnt from its checks, whatever was expected.
func TestFormIsLearnt(t *testing.T) {
	w := newWire(t, 2, [2]bool{})
	w.start([2]stun.Form{stun.Microsoft, stun.Standard})
	w.agents[1].SetRemote(w.now, w.remote(0))
	// Side 1's own checks get lost until it has seen the dialect's.
	w.drop = func(from, _ int, b []byte) bool {
		return from == 1 && len(w.seen[0]) < 2 && b[1] == 1
	}
	w.run(deadline, w.connected)
	if !w.connected() {
		t.Fatal("not connected")
	}
	if got := w.seen[1][len(w.seen[1])-1]; got != stun.Microsoft {
		t.Errorf("side 1 still speaks %v", got)
	}
}

func TestConnectWithLoss(t *testing.T) {
	w := newWire(t, 2, [2]bool{})
	random := rand.New(rand.NewPCG(1, 2))
	w.drop = func(int, int, []byte) bool { return random.IntN(3) == 0 }
	w.start([2]stun.Form{})
	w.run(deadline, w.connected)
	if !w.connected() {
		t.Error("one of three datagrams lost, and no connection")
	}
}

func TestPeerReflexive(t *testing.T) {
	w := newWire(t, 1, [2]bool{})
	seen := netip.MustParseAddrPort("10.0.0.1:61000")
	w.nat = func(side int, a netip.AddrPort) netip.AddrPort {
		if side == 0 {
			return seen
		}
		return a
	}
	// Side 1 knows nothing that it could reach.
	r := w.remote(0)
	r.Candidates = nil
	w.agents[1].SetRemote(w.now, r)
	w.agents[0].SetRemote(w.now, w.remote(1))
	w.run(deadline, w.connected)
	if p, ok := w.agents[1].Selected(RTP); !ok || p.Remote.Addr != seen || p.Remote.Type != PeerReflexive {
		t.Errorf("selected %+v", p)
	}
}

// Checks that arrive before the answer are answered, and checked back once the answer is there.
func TestEarlyChecks(t *testing.T) {
	w := newWire(t, 2, [2]bool{})
	w.agents[0].SetRemote(w.now, w.remote(1))
	w.run(300*time.Millisecond, func() bool { return false })
	if w.agents[0].Status() == Failed || len(w.agents[1].pairs) != 2 {
		t.Fatalf("side 1 knows %d pairs", len(w.agents[1].pairs))
	}
	w.agents[1].SetRemote(w.now, w.remote(0))
	w.run(500*time.Millisecond, w.connected)
	if !w.connected() {
		t.Error("not connected soon after the answer")
	}
}

func TestRoleConflict(t *testing.T) {
	for _, both := range []bool{true, false} {
		w := newWire(t, 2, [2]bool{})
		for side := range w.agents {
			r := w.remote(1 - side)
			r.Controlling = both
			w.agents[side].SetRemote(w.now, r)
		}
		w.run(deadline, w.connected)
		if !w.connected() || w.agents[0].Controlling() == w.agents[1].Controlling() {
			t.Errorf("both controlling %v: connected %v, roles %v %v", both, w.connected(), w.agents[0].Controlling(), w.agents[1].Controlling())
		}
	}
}

func TestWrongPassword(t *testing.T) {
	w := newWire(t, 1, [2]bool{})
	r := w.remote(1)
	r.Pwd = "guessed guessed guessed!"
	w.agents[0].SetRemote(w.now, r)
	w.run(deadline+time.Second, func() bool { return w.agents[0].Status() != Checking })
	if w.agents[0].Status() != Failed || len(w.agents[1].pairs) != 0 {
		t.Errorf("status %v, the other side learnt %d pairs", w.agents[0].Status(), len(w.agents[1].pairs))
	}
}

func TestDeadline(t *testing.T) {
	w := newWire(t, 2, [2]bool{})
	w.drop = func(from, _ int, _ []byte) bool { return from == 0 }
	w.start([2]stun.Form{})
	w.run(deadline+time.Second, func() bool { return w.agents[0].Status() == Failed && w.agents[1].Status() == Failed })
	if w.agents[0].Status() != Failed {
		t.Errorf("status %v after the deadline", w.agents[0].Status())
	}
}

func TestKeepAlive(t *testing.T) {
	w := newWire(t, 2, [2]bool{})
	w.start([2]stun.Form{stun.Microsoft, stun.Microsoft})
	w.run(deadline, w.connected)
	indications := 0
	w.drop = func(from, _ int, b []byte) bool {
		if from == 0 && stun.Type(b[1])|stun.Type(b[0])<<8 == stun.BindingIndication {
			indications++
		}
		return false
	}
	w.run(keepalive*2+time.Second, func() bool { return false })
	if indications != 4 {
		t.Errorf("%d indications in 31 s on two components, want 4", indications)
	}
}

func TestCandidateFlood(t *testing.T) {
	w := newWire(t, 1, [2]bool{})
	r := w.remote(1)
	for i := range 500 {
		c := local(0, RTP)
		c.Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, byte(i >> 8), byte(i)}), 1)
		r.Candidates = append(r.Candidates, c)
	}
	w.agents[0].SetRemote(w.now, r)
	if n := len(w.agents[0].pairs); n > maxRemote {
		t.Errorf("%d pairs", n)
	}
}
