package locate

import (
	"net/netip"
	"slices"
	"time"

	"parley/internal/stack/transport"
)

const (
	// avoidTime is for how long a server that failed comes after the others.
	avoidTime = time.Minute
	// maxAvoided bounds how many failed servers are remembered.
	maxAvoided = 1024
)

type place struct {
	proto transport.Proto
	addr  netip.AddrPort
}

// Avoid says that a server failed. For a minute it is named after those that did not, so that not every request waits for
// its time-out.
func (r *Resolver) Avoid(proto transport.Proto, addr netip.AddrPort) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.failed) >= maxAvoided {
		for p, until := range r.failed {
			if !until.After(now) {
				delete(r.failed, p)
			}
		}
		if len(r.failed) >= maxAvoided {
			return
		}
	}
	r.failed[place{proto, addr}] = now.Add(avoidTime)
}

// willing puts servers that failed lately last. It changes hops.
func (r *Resolver) willing(hops []Hop) []Hop {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.failed) == 0 {
		return hops
	}
	now := time.Now()
	slices.SortStableFunc(hops, func(a, b Hop) int { return r.penalty(a, now) - r.penalty(b, now) })
	return hops
}

// penalty is called with mu held.
func (r *Resolver) penalty(h Hop, now time.Time) int {
	if r.failed[place{h.Proto, h.Addr}].After(now) {
		return 1
	}
	return 0
}
