package ice

import (
	"bytes"
	"net/netip"
	"time"

	"parley/internal/wire/stun"
)

// Handle takes a STUN message that arrived on a component's socket at time now. It tells whether the message was
// authentic; others are dropped or, when they are requests, answered as RFC 8489 section 9.1.3 says. The owner should call Tick
// afterwards, since a triggered check may be due.
func (a *Agent) Handle(now time.Duration, component int, from netip.AddrPort, raw []byte) bool {
	if component < RTP || component > a.components || a.msg.Parse(raw) != nil || !a.msg.Fingerprinted() {
		return false
	}
	switch a.msg.Type {
	case stun.BindingRequest:
		return a.request(now, component, from)
	case stun.BindingSuccess, stun.BindingError:
		return a.response(now, component, from)
	case stun.BindingIndication:
		return a.Allowed(component, from)
	}
	return false
}

// request answers a check (RFC 8445 section 7.3).
func (a *Agent) request(now time.Duration, component int, from netip.AddrPort) bool {
	m := &a.msg
	user := m.Username()
	form, ok := m.Verify(a.localKey)
	switch {
	case user == nil || !m.Has(stun.MessageIntegrity):
		a.refuse(component, from, stun.Standard, stun.CodeBadRequest, "Bad Request", nil)
		return false
	case !ok || !bytes.HasPrefix(user, []byte(a.cfg.Ufrag+":")):
		a.refuse(component, from, stun.Standard, stun.CodeUnauthorized, "Unauthorized", nil)
		return false
	case a.known && string(user[len(a.cfg.Ufrag)+1:]) != a.remote.Ufrag:
		// A peer of an earlier negotiation: its password was right, its time is over.
		a.refuse(component, from, form, stun.CodeUnauthorized, "Unauthorized", nil)
		return false
	}
	if unknown := m.Unknown(nil); len(unknown) > 0 {
		a.refuse(component, from, form, stun.CodeUnknownAttribute, "Unknown Attribute", unknown)
		return false
	}
	a.form = form
	if a.known && a.conflict(component, from) {
		return true
	}
	a.succeed(component, from)
	p := a.find(component, from)
	if p == nil {
		prio, _ := m.Uint32(stun.Priority)
		p = a.add(Candidate{Foundation: "prflx", Component: component, Transport: "UDP", Priority: prio, Addr: from, Type: PeerReflexive})
		if p == nil {
			return true
		}
	}
	a.trigger(now, p, m.Has(stun.UseCandidate))
	return true
}

// trigger is RFC 8445 sections 7.3.1.4 and 7.3.1.5: check the pair back, and take the peer's nomination.
func (a *Agent) trigger(now time.Duration, p *pair, nominated bool) {
	if a.cfg.Lite {
		p.state = succeeded
		p.nominated = p.nominated || nominated
		a.choose()
		return
	}
	if nominated && (!a.controlling || !a.known) {
		if p.valid() {
			p.nominated = true
			a.choose()
		} else {
			p.nominateOnPass = true
		}
	}
	switch p.state {
	case inProgress:
		// The peer is there now: repeat at once what it may have missed.
		p.rto, p.sentAt = firstRTO/2, now-firstRTO
	case waiting, failed:
		p.state = waiting
		for _, q := range a.triggered {
			if q == p {
				return
			}
		}
		a.triggered = append(a.triggered, p)
		a.nextCheck = min(a.nextCheck, now)
	}
}

// conflict handles two agents of the same role (RFC 8445 section 7.3.1.1); true when the request was refused.
func (a *Agent) conflict(component int, from netip.AddrPort) bool {
	tie, controls := a.msg.Uint64(stun.ICEControlling)
	if !controls {
		var controlled bool
		if tie, controlled = a.msg.Uint64(stun.ICEControlled); !controlled {
			return false
		}
	}
	if controls != a.controlling {
		return false
	}
	// The larger tie-breaker controls. Whoever should keep its role refuses, the other one switches.
	if (a.tie >= tie) == a.controlling {
		a.refuse(component, from, a.form, stun.CodeRoleConflict, "Role Conflict", nil)
		return true
	}
	a.switchRole()
	return false
}

func (a *Agent) switchRole() {
	a.controlling = !a.controlling
	for _, p := range a.pairs {
		p.priority = a.priority(p)
		p.nominates = false
	}
}

// succeed answers a check with the address that it came from.
func (a *Agent) succeed(component int, from netip.AddrPort) {
	w := stun.Write(a.out[:0], stun.BindingSuccess, a.msg.ID, a.form)
	w.Mapped(from)
	if a.form == stun.Microsoft {
		w.Add(stun.Username, a.msg.Username())
		w.Uint32(stun.ImplementationVersion, implementation)
	}
	a.out = w.Sign(a.localKey)
	a.cfg.Send(component, from, a.out)
}

// refuse answers with an error. Without a credential that both share there is no integrity (RFC 8489 section 9.1.3).
func (a *Agent) refuse(component int, from netip.AddrPort, form stun.Form, code int, reason string, unknown []stun.Attr) {
	w := stun.Write(a.out[:0], stun.BindingError, a.msg.ID, form)
	w.Error(code, reason)
	key := a.localKey
	if code == stun.CodeBadRequest || code == stun.CodeUnauthorized {
		key = nil
	}
	if unknown != nil {
		w.Unknown(unknown)
	}
	a.out = w.Sign(key)
	a.cfg.Send(component, from, a.out)
}
