package ice

import (
	crand "crypto/rand"
	"math/rand/v2"
	"net/netip"
	"time"

	"parley/internal/wire/stun"
)

// Consent freshness, RFC 7675 section 5.1.
const (
	consentEvery = 5 * time.Second  // between checks, give or take a fifth
	consentLife  = 30 * time.Second // without an answer until nothing may be sent any more
)

// consent is what a component's peer says about getting media.
type consent struct {
	asked  [8]stun.ID // of the latest checks, which may be answered until the consent ends
	next   int
	heard  time.Duration // of the last answer
	spoken bool          // the peer answers such checks: there are agents that stop to when a pair is chosen
}

// keepUp keeps the selected pairs alive, and asks a peer of RFC 8445 whether it still wants media. Agents of the Microsoft
// form have no such thing, and neither does an agent that only answers.
func (a *Agent) keepUp(now time.Duration) {
	asks := a.form == stun.Standard && !a.cfg.Lite
	every := keepalive
	if asks {
		every = consentEvery*8/10 + rand.N(consentEvery*4/10)
	}
	if a.nextAlive == 0 {
		a.nextAlive = now + every
	}
	for c := range a.components {
		if k := &a.consent[c]; asks && k.spoken && now >= k.heard+consentLife {
			a.status = Lost
			return
		}
	}
	if now < a.nextAlive {
		return
	}
	a.nextAlive = now + every
	for c := range a.components {
		p := a.selected[c]
		if p == nil {
			continue
		}
		if !asks {
			a.indicate(p)
			continue
		}
		k := &a.consent[c]
		if k.spoken {
			a.nextAlive = min(a.nextAlive, k.heard+consentLife)
		}
		var id stun.ID
		crand.Read(id[:])
		k.asked[k.next] = id
		k.next = (k.next + 1) % len(k.asked)
		a.sendCheck(p, id, false)
	}
}

// consented takes an answer to a consent check. False means that it is none.
func (a *Agent) consented(now time.Duration, component int, from netip.AddrPort) bool {
	k := &a.consent[component-1]
	p := a.selected[component-1]
	if p == nil || p.remote.Addr != from || a.msg.Type != stun.BindingSuccess {
		return false
	}
	for i, id := range k.asked {
		if id == a.msg.ID && id != (stun.ID{}) {
			if _, ok := a.msg.Verify(a.remoteKey); !ok {
				return false
			}
			k.asked[i] = stun.ID{}
			k.heard, k.spoken = now, true
			return true
		}
	}
	return false
}
