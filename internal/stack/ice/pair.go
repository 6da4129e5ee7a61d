package ice

import (
	"net/netip"
	"time"

	"parley/internal/wire/stun"
)

// state of a candidate pair (RFC 8445 section 6.1.2.6). There is no frozen state: with one local candidate a component
// and family, nothing is gained from the order that it gives.
type state uint8

const (
	waiting state = iota
	inProgress
	succeeded
	failed
)

// Retransmission of checks: the interval doubles from firstRTO to lastRTO, for at most maxTries (RFC 8445 section 14.3 has
// 500 ms; on the local networks that the relay serves a shorter start finds late peers sooner).
const (
	firstRTO = 250 * time.Millisecond
	lastRTO  = 1600 * time.Millisecond
	maxTries = 9
)

// pair is the component's own socket of an address family and one remote candidate of it.
type pair struct {
	component int
	local     Candidate
	remote    Candidate
	priority  uint64
	state     state

	id        stun.ID // of the check under way
	sentAt    time.Duration
	rto       time.Duration
	tries     int
	nominates bool // the check under way carries USE-CANDIDATE
	controls  bool // it was sent in the controlling role

	nominated      bool // selected by the controlling side, and valid
	nominateOnPass bool // the peer asked for it before our own check came back
}

// pairPriority is RFC 8445 section 6.1.2.3; g is the controlling side's candidate.
func pairPriority(g, d uint32) uint64 {
	lo, hi := uint64(min(g, d)), uint64(max(g, d))
	p := lo<<32 | hi<<1
	if g > d {
		p |= 1
	}
	return p
}

// valid tells whether media may flow on the pair.
func (p *pair) valid() bool { return p.state == succeeded }

func (p *pair) at(component int, from netip.AddrPort) bool {
	return p.component == component && p.remote.Addr == from
}
