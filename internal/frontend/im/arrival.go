package im

import (
	"hash/maphash"
	"sync"
)

// arrivalKey is what makes one arrival: a request that comes again, over another connection too, is the same message.
// Call-ID and tags are not enough, since clients of the Lync dialect that start in one second share them.
type arrivalKey struct {
	from   string // account
	device string // epid, else From tag
	callID string
	cseq   uint32
	kind   string // MESSAGE, or "tf" for the first text within an INVITE
}

// arrivals remembers the messages of the last one to two turns by their keys.
type arrivals struct {
	seed     maphash.Seed // makes the index unpredictable from outside
	mu       sync.Mutex
	now, old map[arrivalKey]arrival
}

type arrival struct {
	body uint64 // hash: the same key with another body is another message, from a client that repeats its ids
	m    *message
}

// enter remembers m, or returns the message that came before by the same key.
func (a *arrivals) enter(m *message) (before *message) {
	body := maphash.Bytes(a.seed, m.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, known := range [...]map[arrivalKey]arrival{a.now, a.old} {
		if got, ok := known[m.arrival]; ok && got.body == body {
			return got.m
		}
	}
	if a.now == nil {
		a.now = map[arrivalKey]arrival{}
	}
	a.now[m.arrival] = arrival{body, m}
	return nil
}

// forget makes room for another attempt after one that was not stored.
func (a *arrivals) forget(m *message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, known := range [...]map[arrivalKey]arrival{a.now, a.old} {
		if known[m.arrival].m == m {
			delete(known, m.arrival)
		}
	}
}

// turn lets go of what is older than a turn.
func (a *arrivals) turn() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now, a.old = nil, a.now
}
