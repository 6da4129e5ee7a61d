package ice

import (
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"time"

	"parley/internal/wire/stun"
)

// Timing of an agent.
const (
	pace      = 20 * time.Millisecond  // between checks (Ta, RFC 8445 section 14.2)
	settle    = 400 * time.Millisecond // how long a controlling agent waits for a better pair once one works
	keepalive = 15 * time.Second       // RFC 8445 section 11, for peers without consent checks
	deadline  = 20 * time.Second       // from SetRemote to failure
	// maxRemote bounds the candidates of one component, signalled and peer-reflexive.
	maxRemote = 32
)

// Config makes an Agent.
type Config struct {
	Components int         // 2; the peer's agreement to rtcp-mux makes it 1
	Local      []Candidate // our host candidates: one for each component and address family that we have
	Ufrag, Pwd string      // ours
	// Lite makes an agent that only answers (RFC 8445 section 2.5); the peer has to be full and controls.
	Lite bool
	// Send passes a datagram to the component's socket. It is called from within Handle and Tick and must copy b or be
	// done with it when it returns.
	Send func(component int, to netip.AddrPort, b []byte)
}

// Remote is what the peer signalled.
type Remote struct {
	Ufrag, Pwd  string
	Candidates  []Candidate // those of other components and transports than ours are skipped
	Controlling bool        // our role
	Lite        bool        // the peer only answers
	Mux         bool        // RTCP shares RTP's component
	Form        stun.Form   // to begin with; the peer's own messages correct it
}

// Status is how far an agent has come.
type Status uint8

// The states of an agent.
const (
	Checking Status = iota
	Connected
	Failed
	// Lost tells that the peer does not consent to media any more (RFC 7675): nothing may be sent to it until a restart.
	Lost
)

// Pair is a chosen local and remote candidate.
type Pair struct{ Local, Remote Candidate }

// Agent runs ICE for one stream. It is driven by its owner and not safe for concurrent use.
type Agent struct {
	cfg         Config
	remote      Remote
	components  int
	known       bool // remote is set
	controlling bool
	tie         uint64
	form        stun.Form
	localKey    *stun.Key
	remoteKey   *stun.Key
	status      Status

	pairs     []*pair
	triggered []*pair
	selected  [2]*pair
	begun     time.Duration
	nextCheck time.Duration
	nextAlive time.Duration
	consent   [2]consent
	firstPass [2]time.Duration // when the component's first pair passed; 0 not yet

	msg stun.Message
	out []byte
}

// NewAgent makes an agent that answers checks at once; its own begin with SetRemote.
func NewAgent(cfg Config) *Agent {
	var tie [8]byte
	rand.Read(tie[:])
	return &Agent{cfg: cfg, components: cfg.Components, localKey: stun.NewKey(cfg.Pwd), tie: binary.BigEndian.Uint64(tie[:])}
}

// SetRemote begins the checks at time now. Peers whose checks came earlier are already among the candidates.
func (a *Agent) SetRemote(now time.Duration, r Remote) {
	a.remote, a.known = r, true
	if r.Mux {
		a.components = 1
	}
	a.controlling = r.Controlling || r.Lite && !a.cfg.Lite
	if len(a.pairs) == 0 {
		a.form = r.Form
	}
	a.remoteKey = stun.NewKey(r.Pwd)
	for _, p := range a.pairs {
		p.priority = a.priority(p)
	}
	for _, c := range r.Candidates {
		a.addRemote(c)
	}
	a.begun, a.nextCheck = now, now
}

// addRemote files a signalled candidate; one that was already found by its checks gets its signalled name.
func (a *Agent) addRemote(c Candidate) {
	if !c.UDP() || c.Component < RTP || c.Component > a.components || c.Addr.Port() == 0 {
		return
	}
	if _, ok := a.local(c); !ok {
		return // of a family that we have no address of
	}
	if p := a.find(c.Component, c.Addr); p != nil {
		p.remote = c
		p.priority = a.priority(p)
		return
	}
	a.add(c)
}

func (a *Agent) add(c Candidate) *pair {
	n := 0
	for _, p := range a.pairs {
		if p.component == c.Component {
			n++
		}
	}
	if n >= maxRemote {
		return nil
	}
	own, _ := a.local(c)
	p := &pair{component: c.Component, local: own, remote: c}
	p.priority = a.priority(p)
	a.pairs = append(a.pairs, p)
	return p
}

func (a *Agent) priority(p *pair) uint64 {
	if a.controlling {
		return pairPriority(p.local.Priority, p.remote.Priority)
	}
	return pairPriority(p.remote.Priority, p.local.Priority)
}

// local is our candidate that reaches a remote one: of the same component and family.
func (a *Agent) local(remote Candidate) (Candidate, bool) {
	for _, c := range a.cfg.Local {
		if c.Component == remote.Component && c.Addr.Addr().Unmap().Is4() == remote.Addr.Addr().Unmap().Is4() {
			return c, true
		}
	}
	return Candidate{}, false
}

func (a *Agent) find(component int, from netip.AddrPort) *pair {
	for _, p := range a.pairs {
		if p.at(component, from) {
			return p
		}
	}
	return nil
}

// Status tells how far the agent has come.
func (a *Agent) Status() Status { return a.status }

// Form tells which form of STUN the peer speaks.
func (a *Agent) Form() stun.Form { return a.form }

// Controlling tells our present role, which a conflict can have changed.
func (a *Agent) Controlling() bool { return a.controlling }

// Selected gives the pair that a component sends on.
func (a *Agent) Selected(component int) (Pair, bool) {
	if component < RTP || component > a.components || a.selected[component-1] == nil || a.status == Lost {
		return Pair{}, false
	}
	p := a.selected[component-1]
	return Pair{Local: p.local, Remote: p.remote}, true
}

// Allowed tells whether media from this source has passed a check and so may be taken.
func (a *Agent) Allowed(component int, from netip.AddrPort) bool {
	p := a.find(component, from)
	return p != nil && p.valid()
}

// choose makes the best nominated pair of each component the selected one, and tells whether all have one.
func (a *Agent) choose() {
	complete := true
	for c := range a.components {
		for _, p := range a.pairs {
			if p.component == c+1 && p.nominated && (a.selected[c] == nil || p.priority > a.selected[c].priority) {
				a.selected[c] = p
			}
		}
		complete = complete && a.selected[c] != nil
	}
	if complete && a.status == Checking {
		a.status = Connected
	}
}
