// Package registrar keeps which devices of which user are signed in and how to reach them: RFC 3261 section 10, RFC 5626
// (outbound), RFC 5627 (GRUU), RFC 3327 (Path) for standard endpoints and [MS-SIPRE] registration for the Lync dialect,
// in one table.
package registrar

import (
	"crypto/cipher"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Config says how long registrations last and how many a user may have. Zero fields take the defaults given.
type Config struct {
	MinExpires     time.Duration // shorter ones are refused with 423; 10 s
	MaxExpires     time.Duration // longer ones are cut; 2 h
	DefaultExpires time.Duration // when a client names none; 1 h
	Devices        int           // for one user; 32
	KeepAlive      time.Duration // that Lync-dialect clients are asked for; 300 s
	ServerAgent    string        // Server field towards the Lync dialect, which reads its major version: "RTC/6.0"
	Events         Publisher
	Log            *slog.Logger
}

// Publisher takes events.
type Publisher interface{ Publish(event.Event) }

// Change tells what became of a binding.
type Change struct {
	Binding frontend.Binding
	Kind    ChangeKind
	Reason  string // of a removal: "client", "expired", "connection lost", "administrator", "replaced"
}

// ChangeKind is what became of a binding.
type ChangeKind uint8

const (
	Added ChangeKind = iota
	Refreshed
	Removed
)

// Registrar is the location service. It is safe for concurrent use.
type Registrar struct {
	config Config
	log    *slog.Logger
	date   date

	mu        sync.RWMutex
	users     map[string][]*frontend.Binding // by account
	flows     map[uint64][]*frontend.Binding // by connection
	temporary map[[12]byte]*frontend.Binding // by what temporary GRUUs hide
	count     int
	observers []func(Change)
	sweeper   *time.Timer
	stopped   bool

	veil   cipher.Block  // makes temporary GRUUs unreadable
	issued atomic.Uint32 // temporary GRUUs
}

// New returns an empty Registrar.
func New(c Config) *Registrar {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&c.MinExpires, 10 * time.Second}, {&c.MaxExpires, 2 * time.Hour}, {&c.DefaultExpires, time.Hour}, {&c.KeepAlive, 300 * time.Second}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.Devices == 0 {
		c.Devices = 32
	}
	if c.ServerAgent == "" {
		c.ServerAgent = "RTC/6.0"
	}
	r := &Registrar{
		config: c, log: c.Log, users: map[string][]*frontend.Binding{}, flows: map[uint64][]*frontend.Binding{},
		temporary: map[[12]byte]*frontend.Binding{}, veil: newVeil(),
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r
}

// Observe names who is told of every change, in the order of the changes. Call it before the first registration.
// Observers must not call back into the Registrar's writing methods.
func (r *Registrar) Observe(f func(Change)) { r.observers = append(r.observers, f) }

// Stop ends the expiry timer.
func (r *Registrar) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	if r.sweeper != nil {
		r.sweeper.Stop()
	}
}

// Lookup returns the user's devices that are signed in, most preferred first, then the newest. A device with several flows
// is there once, by the newest (RFC 5626 section 5.3).
func (r *Registrar) Lookup(account string) []frontend.Binding {
	now := time.Now()
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := r.users[account]
	found := make([]frontend.Binding, 0, len(list))
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Expires.After(now) && !spare(found, list[i]) {
			found = append(found, *list[i])
		}
	}
	for i := 1; i < len(found); i++ {
		for j := i; j > 0 && found[j].Q > found[j-1].Q; j-- {
			found[j], found[j-1] = found[j-1], found[j]
		}
	}
	return found
}

// registered copies all of a user's registrations, newest first.
func (r *Registrar) registered(account string, now time.Time) []frontend.Binding {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var all []frontend.Binding
	for _, b := range slices.Backward(r.users[account]) {
		if b.Expires.After(now) {
			all = append(all, *b)
		}
	}
	return all
}

// spare adds b to the device that it is another flow of, if that is among found.
func spare(found []frontend.Binding, b *frontend.Binding) bool {
	if b.RegID == 0 || b.Instance == "" {
		return false
	}
	for i := range found {
		if f := &found[i]; f.RegID != 0 && f.Instance == b.Instance {
			if b.Flow != nil && f.Flow != nil {
				f.Spare = append(f.Spare, b.Flow)
			}
			return true
		}
	}
	return false
}

// Device returns the one device that a GRUU or a registered contact URI names. ok is false when it is not signed in.
func (r *Registrar) Device(u sip.URI) (b frontend.Binding, ok bool) {
	account := u.Account()
	opaque, hasOpaque := u.Params.Get("opaque")
	gr, hasGR := u.Params.Get("gr")
	now := time.Now()
	r.mu.RLock()
	defer r.mu.RUnlock()
	if hasGR && gr == "" {
		return r.veiled(u, now)
	}
	for _, b := range r.users[account] {
		if !b.Expires.After(now) {
			continue
		}
		switch {
		case hasOpaque && strings.HasPrefix(opaque, "user:epid:"):
			if id := opaque[len("user:epid:"):]; id == bare(b.Instance) || id == b.Epid {
				return *b, true
			}
		case hasGR && gr != "":
			if strings.EqualFold(gr, b.Instance) {
				return *b, true
			}
		}
	}
	return frontend.Binding{}, false
}

// From returns the device that a flow belongs to: account's binding that was registered over it.
func (r *Registrar) From(account string, flow transport.Flow) (b frontend.Binding, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, b := range r.users[account] {
		if b.Flow != nil && b.Flow.ID() == flow.ID() || b.Flow == nil && flow.Proto() == b.Proto && flow.Remote() == b.Remote {
			return *b, true
		}
	}
	return frontend.Binding{}, false
}

// Each calls visit with every binding until it returns false. The table is locked meanwhile.
func (r *Registrar) Each(visit func(b *frontend.Binding) bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, list := range r.users {
		for _, b := range list {
			if !visit(b) {
				return
			}
		}
	}
}

// Count is the number of bindings.
func (r *Registrar) Count() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.count
}
