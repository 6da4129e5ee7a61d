package ice

import (
	"crypto/rand"
	"time"

	"parley/internal/wire/stun"
)

// implementation is the IMPLEMENTATION-VERSION that goes with the Microsoft form ([MS-ICE2] section 2.2.2).
const implementation = 2

// Tick does what is due at time now and tells when it wants to be called next.
func (a *Agent) Tick(now time.Duration) time.Duration {
	if !a.known {
		return now + time.Hour
	}
	if a.status == Connected {
		a.keepUp(now)
	}
	if a.status == Lost {
		return now + time.Hour
	}
	if a.cfg.Lite {
		return a.expire(now, a.nextAlive)
	}
	next := now + time.Hour
	if a.status != Failed {
		a.nominate(now)
		next = a.runChecks(now)
	}
	if a.status == Connected {
		next = min(next, a.nextAlive)
	}
	return a.expire(now, next)
}

// expire fails the agent at its deadline.
func (a *Agent) expire(now, next time.Duration) time.Duration {
	if a.status != Checking {
		if next == 0 {
			return now + keepalive
		}
		return next
	}
	if now >= a.begun+deadline {
		a.status = Failed
		return now + time.Hour
	}
	if next == 0 {
		return a.begun + deadline
	}
	return min(next, a.begun+deadline)
}

// runChecks sends at most one new check and the retransmissions that are due.
func (a *Agent) runChecks(now time.Duration) time.Duration {
	next := now + time.Hour
	for _, p := range a.pairs {
		if p.state != inProgress {
			continue
		}
		if now >= p.sentAt+p.rto {
			if p.tries >= maxTries {
				p.state = failed
				continue
			}
			p.rto = min(p.rto*2, lastRTO)
			a.transmit(now, p)
		}
		next = min(next, p.sentAt+p.rto)
	}
	if now < a.nextCheck {
		return min(next, a.nextCheck)
	}
	if p := a.pick(); p != nil {
		a.start(now, p)
		a.nextCheck = now + pace
		return min(next, a.nextCheck)
	}
	if a.controlling && a.status == Checking {
		// A nomination may fall due although no check is outstanding.
		next = min(next, now+pace)
	}
	return next
}

// pick takes the next pair to check: triggered ones first, then by priority (RFC 8445 section 6.1.4.2).
func (a *Agent) pick() *pair {
	if len(a.triggered) > 0 {
		p := a.triggered[0]
		a.triggered = a.triggered[1:]
		return p
	}
	var best *pair
	for _, p := range a.pairs {
		if p.state == waiting && (best == nil || p.priority > best.priority) {
			best = p
		}
	}
	return best
}

// start begins a new check transaction on a pair.
func (a *Agent) start(now time.Duration, p *pair) {
	rand.Read(p.id[:])
	p.state, p.tries, p.rto = inProgress, 0, firstRTO
	a.transmit(now, p)
}

// transmit sends the pair's check (RFC 8445 section 7.2.4; the dialect's order of attributes is that of its clients).
func (a *Agent) transmit(now time.Duration, p *pair) {
	p.sentAt, p.controls = now, a.controlling
	p.tries++
	a.sendCheck(p, p.id, p.nominates)
}

// sendCheck sends a Binding request on a pair.
func (a *Agent) sendCheck(p *pair, id stun.ID, nominates bool) {
	w := stun.Write(a.out[:0], stun.BindingRequest, id, a.form)
	username := a.remote.Ufrag + ":" + a.cfg.Ufrag
	if a.form == stun.Standard {
		w.Add(stun.Username, []byte(username))
	}
	local := p.local
	// The priority that our candidate would have were it peer-reflexive: type preference 110 (RFC 8445 section 7.1.1).
	w.Uint32(stun.Priority, 110<<24|local.Priority&0xFFFFFF)
	if a.controlling {
		w.Uint64(stun.ICEControlling, a.tie)
		if nominates {
			w.Add(stun.UseCandidate, nil)
		}
	} else {
		w.Uint64(stun.ICEControlled, a.tie)
	}
	if a.form == stun.Microsoft {
		w.Add(stun.Username, []byte(username))
		w.Add(stun.CandidateIdentifier, []byte(local.Foundation))
		w.Uint32(stun.ImplementationVersion, implementation)
	}
	a.out = w.Sign(a.remoteKey)
	a.cfg.Send(p.component, p.remote.Addr, a.out)
}

// nominate makes a controlling agent settle on a pair for each component: at once when no better one is left to try, or
// after a while (RFC 8445 section 8.1.1).
func (a *Agent) nominate(now time.Duration) {
	if !a.controlling {
		return
	}
	for c := range a.components {
		if a.selected[c] != nil || a.firstPass[c] == 0 {
			continue
		}
		var best *pair
		better := false
		for _, p := range a.pairs {
			if p.component != c+1 {
				continue
			}
			if p.valid() && (best == nil || p.priority > best.priority) {
				best = p
			}
		}
		for _, p := range a.pairs {
			if p.component != c+1 {
				continue
			}
			if p.nominates && p.state == inProgress {
				best = nil // already on its way
				break
			}
			better = better || best != nil && p.priority > best.priority && (p.state == waiting || p.state == inProgress)
		}
		if best != nil && (!better || now >= a.firstPass[c]+settle) {
			best.nominates = true
			a.start(now, best)
		}
	}
}

// indicate sends a Binding indication on a pair.
func (a *Agent) indicate(p *pair) {
	var id stun.ID
	rand.Read(id[:])
	a.out = stun.Write(a.out[:0], stun.BindingIndication, id, a.form).Sign(nil)
	a.cfg.Send(p.component, p.remote.Addr, a.out)
}
