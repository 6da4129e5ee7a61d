package auth

import (
	"maps"
	"net/netip"
	"sync"
	"time"
)

// Lockout says how failed sign-ins slow further ones down: a wait begins with the last of the allowed failures in a row and
// doubles with each further one.
type Lockout struct {
	Failures       int           // of one user until the first wait, 0 for 5
	SourceFailures int           // from one address, 0 for six times Failures: many users may share one
	First          time.Duration // first wait, 0 for 10 seconds
	Longest        time.Duration // bound of the wait, 0 for an hour
}

func (l *Lockout) complete() {
	if l.Failures == 0 {
		l.Failures = 5
	}
	if l.SourceFailures == 0 {
		l.SourceFailures = 6 * l.Failures
	}
	if l.First == 0 {
		l.First = 10 * time.Second
	}
	if l.Longest == 0 {
		l.Longest = time.Hour
	}
}

// forget is how long after its last wait a user or source has a clean record.
const forget = 2 * time.Hour

// maxFailures bounds the users and sources that are remembered. Names need not exist to be remembered: answers would tell.
const maxFailures = 1 << 16

type locks struct {
	cfg Lockout

	mu      sync.Mutex
	users   map[string]failures
	sources map[netip.Prefix]failures
}

type failures struct {
	count       int
	last, until time.Time
}

func newLocks(cfg Lockout) *locks {
	return &locks{cfg: cfg, users: map[string]failures{}, sources: map[netip.Prefix]failures{}}
}

// with returns locks of another configuration with the same records.
func (l *locks) with(cfg Lockout) *locks {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &locks{cfg: cfg, users: maps.Clone(l.users), sources: maps.Clone(l.sources)}
}

// wait returns how long attempts of a user from an address are refused unseen; 0 when they are not.
func (l *locks) wait(user string, from netip.Addr, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.users) == 0 && len(l.sources) == 0 {
		return 0
	}
	return max(l.users[user].until.Sub(now), l.sources[source(from)].until.Sub(now), 0)
}

// fail counts a failure and returns the wait that it starts.
func (l *locks) fail(user string, from netip.Addr, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	net := source(from)
	byUser := l.cfg.count(l.users[user], l.cfg.Failures, now)
	bySource := l.cfg.count(l.sources[net], l.cfg.SourceFailures, now)
	remember(l.users, user, byUser)
	remember(l.sources, net, bySource)
	return max(byUser.until.Sub(now), bySource.until.Sub(now), 0)
}

// succeed clears a user's record. A source keeps its own: one good password must not cover for guessing others.
func (l *locks) succeed(user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.users, user)
}

// source is what a peer cannot cheaply change: an IPv4 address, or the /64 that an IPv6 host has to itself.
func source(from netip.Addr) netip.Prefix {
	from = from.Unmap().WithZone("")
	bits := 32
	if from.Is6() {
		bits = 64
	}
	prefix, _ := from.Prefix(bits)
	return prefix
}

func (l *Lockout) count(f failures, allowed int, now time.Time) failures {
	if now.Sub(f.last) > forget {
		f = failures{}
	}
	f.count++
	f.last = now
	if over := f.count - allowed; over >= 0 {
		f.until = now.Add(min(l.First<<min(over, 20), l.Longest))
	}
	return f
}

func remember[K comparable](m map[K]failures, key K, f failures) {
	if _, known := m[key]; !known && len(m) >= maxFailures {
		for any := range m { // whichever comes first: a source that floods names is locked out itself long before
			delete(m, any)
			break
		}
	}
	m[key] = f
}
