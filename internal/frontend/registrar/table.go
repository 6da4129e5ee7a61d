package registrar

import (
	"slices"
	"time"

	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/stack/transport"
)

// sweepEvery is how late the end of a registration may be noticed by observers; look-ups see it at once.
const sweepEvery = 5 * time.Second

// put stores a binding in place of the device's old one. The caller holds mu.
func (r *Registrar) put(b *frontend.Binding) Change {
	list := r.users[b.Account]
	kind := Added
	at := slices.IndexFunc(list, func(o *frontend.Binding) bool { return same(o, b) })
	if at >= 0 {
		kind = Refreshed
		r.keepSecret(b, list[at])
		b.Since = list[at].Since
		r.unlink(list[at])
		list[at] = b
	} else {
		r.keepSecret(b, nil)
		list = append(list, b)
		r.count++
	}
	r.users[b.Account] = list
	if b.Flow != nil {
		r.flows[b.Flow.ID()] = append(r.flows[b.Flow.ID()], b)
	}
	if r.sweeper == nil && !r.stopped {
		r.sweeper = time.AfterFunc(sweepEvery, r.sweep)
	}
	return Change{Binding: *b, Kind: kind}
}

// drop removes a binding. The caller holds mu.
func (r *Registrar) drop(b *frontend.Binding, reason string) Change {
	list := slices.DeleteFunc(r.users[b.Account], func(o *frontend.Binding) bool { return o == b })
	if len(list) == 0 {
		delete(r.users, b.Account)
	} else {
		r.users[b.Account] = list
	}
	r.count--
	delete(r.temporary, b.Temporary)
	r.unlink(b)
	return Change{Binding: *b, Kind: Removed, Reason: reason}
}

func (r *Registrar) unlink(b *frontend.Binding) {
	if b.Flow == nil {
		return
	}
	id := b.Flow.ID()
	left := slices.DeleteFunc(r.flows[id], func(o *frontend.Binding) bool { return o == b })
	if len(left) == 0 {
		delete(r.flows, id)
		return
	}
	r.flows[id] = left
}

// sweep drops what has expired and goes on while anybody is registered: an idle server has nothing to wake it.
func (r *Registrar) sweep() {
	now := time.Now()
	var gone []*frontend.Binding
	r.mu.Lock()
	for _, list := range r.users {
		for _, b := range list {
			if !b.Expires.After(now) {
				gone = append(gone, b)
			}
		}
	}
	changes := make([]Change, 0, len(gone))
	for _, b := range gone {
		changes = append(changes, r.drop(b, "expired"))
	}
	if r.count > 0 && !r.stopped {
		r.sweeper.Reset(sweepEvery)
	} else {
		r.sweeper = nil
	}
	r.mu.Unlock()
	r.tell(changes)
}

// FlowClosed drops the devices whose only way was a connection that ended. Devices that can be called keep their entry.
func (r *Registrar) FlowClosed(flow transport.Flow) {
	var changes []Change
	r.mu.Lock()
	for _, b := range slices.Clone(r.flows[flow.ID()]) {
		if b.Listens() {
			r.unlink(b)
			b.Flow = nil
			continue
		}
		changes = append(changes, r.drop(b, "connection lost"))
	}
	r.mu.Unlock()
	r.tell(changes)
}

// Remove signs out a user's devices, all of them or the one with that key, and returns them so that they can be told.
func (r *Registrar) Remove(account, key, reason string) []frontend.Binding {
	var changes []Change
	r.mu.Lock()
	for _, b := range slices.Clone(r.users[account]) {
		if key == "" || b.Key() == key {
			changes = append(changes, r.drop(b, reason))
		}
	}
	r.mu.Unlock()
	r.tell(changes)
	gone := make([]frontend.Binding, len(changes))
	for i, c := range changes {
		gone[i] = c.Binding
	}
	return gone
}

// tell reports changes to the observers and the event spine.
func (r *Registrar) tell(changes []Change) {
	for _, c := range changes {
		for _, f := range r.observers {
			f(c)
		}
		if r.config.Events == nil {
			continue
		}
		b := &c.Binding
		device := event.Device{AOR: b.Account, Instance: b.Instance, Epid: b.Epid, UserAgent: b.UserAgent, Dialect: b.Dialect.String()}
		if c.Kind == Removed {
			r.config.Events.Publish(event.Unregistered{Device: device, Contact: b.Contact, Reason: c.Reason})
			continue
		}
		r.config.Events.Publish(event.Registered{
			Device: device, Contact: b.Contact, Proto: b.Proto.String(), Remote: b.Remote,
			Expires: time.Until(b.Expires).Round(time.Second), Refresh: c.Kind == Refreshed,
		})
	}
}
