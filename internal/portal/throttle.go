package portal

import (
	"net/netip"
	"sync"
	"time"
)

// A sign-in form is open to the whole network, so wrong passwords cost time: freeTries are free, then each doubles the
// wait from one second to maxDelay. An address may try more names than a name may be tried, since many people can share one.
const (
	freeTries        = 5
	freeAddressTries = 20
	maxDelay         = 5 * time.Minute
	forgetAfter      = time.Hour
	maxThrottled     = 20_000
)

// throttle counts failed sign-ins by user and address, and by address.
type throttle struct {
	mu       sync.Mutex
	failures map[throttleKey]*failures
}

type throttleKey struct {
	user   string // empty for all users of the address
	source netip.Prefix
}

type failures struct {
	count int
	last  time.Time
	until time.Time
}

func newThrottle() *throttle { return &throttle{failures: map[throttleKey]*failures{}} }

// begin counts a try as failed in advance, so that tries at the same time cannot pass together, and returns how long to
// wait if it may not be made now.
func (t *throttle) begin(user string, source netip.Addr) (wait time.Duration) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range keysOf(user, source) {
		if f := t.failures[key]; f != nil && now.Before(f.until) {
			wait = max(wait, f.until.Sub(now))
		}
	}
	if wait > 0 {
		return wait
	}
	for i, key := range keysOf(user, source) {
		free := freeTries
		if i == 1 {
			free = freeAddressTries
		}
		t.count(key, now, free)
	}
	return 0
}

func (t *throttle) count(key throttleKey, now time.Time, free int) {
	f := t.failures[key]
	if f == nil {
		t.makeRoom(now)
		f = &failures{}
		t.failures[key] = f
	}
	f.count++
	f.last = now
	if over := f.count - free; over >= 0 {
		f.until = now.Add(min(time.Second<<min(over, 30), maxDelay))
	}
}

// makeRoom drops an old entry when the table is full: of a few picked at random (a map's order is), the one that failed
// longest ago. Looking at all of them for each new one would let a flood of names cost too much. mu is held.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.failures) < maxThrottled {
		return
	}
	var oldest throttleKey
	oldestTime, seen := now, 0
	for key, f := range t.failures {
		if !f.last.After(oldestTime) {
			oldest, oldestTime = key, f.last
		}
		if seen++; seen == 64 || now.Sub(f.last) >= forgetAfter {
			break
		}
	}
	delete(t.failures, oldest)
}

// succeeded takes back what begin counted.
func (t *throttle) succeeded(user string, source netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	keys := keysOf(user, source)
	delete(t.failures, keys[0])
	t.giveBack(keys[1])
}

// undecided takes back one try that ended in neither a right nor a wrong password.
func (t *throttle) undecided(user string, source netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range keysOf(user, source) {
		t.giveBack(key)
	}
}

func (t *throttle) giveBack(key throttleKey) {
	f := t.failures[key]
	if f == nil {
		return
	}
	f.count--
	f.until = time.Time{}
	if f.count <= 0 {
		delete(t.failures, key)
	}
}

// keysOf is the key of the user at the source, then that of the source alone. A source is an IPv4 address or an IPv6 /64.
func keysOf(user string, source netip.Addr) [2]throttleKey {
	source = source.Unmap()
	bits := 32
	if source.Is6() {
		bits = 64
	}
	prefix, err := source.Prefix(bits)
	if err != nil { // the zero address: one entry for all
		prefix = netip.Prefix{}
	}
	return [2]throttleKey{{user, prefix}, {"", prefix}}
}
