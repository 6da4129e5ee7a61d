package ice

import (
	"net/netip"
	"time"

	"parley/internal/wire/stun"
)

// response matches an answer to the check that it belongs to (RFC 8445 section 7.2.5).
func (a *Agent) response(now time.Duration, component int, from netip.AddrPort) bool {
	if !a.known {
		return false
	}
	for _, p := range a.pairs {
		if p.state != inProgress || p.component != component || p.id != a.msg.ID {
			continue
		}
		form, ok := a.msg.Verify(a.remoteKey)
		if !ok {
			return false
		}
		a.form = form
		if from != p.remote.Addr {
			// An answer from elsewhere means an asymmetric path, which cannot carry media (section 7.2.5.2.1).
			p.state = failed
			return true
		}
		if a.msg.Type == stun.BindingError {
			a.checkRefused(now, p)
			return true
		}
		a.checkPassed(now, p)
		return true
	}
	return a.consented(now, component, from)
}

func (a *Agent) checkRefused(now time.Duration, p *pair) {
	if a.msg.Code() != stun.CodeRoleConflict {
		p.state = failed
		return
	}
	// Section 7.2.5.1: switch and try again, unless the peer's own check has already made us switch.
	if p.controls == a.controlling {
		a.switchRole()
	}
	p.state = waiting
	a.triggered = append(a.triggered, p)
	a.nextCheck = min(a.nextCheck, now)
}

func (a *Agent) checkPassed(now time.Duration, p *pair) {
	p.state = succeeded
	if a.firstPass[p.component-1] == 0 {
		a.firstPass[p.component-1] = max(now, 1)
	}
	if p.nominates && a.controlling || p.nominateOnPass && !a.controlling {
		p.nominated = true
		a.choose()
	}
}
