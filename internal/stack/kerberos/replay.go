package kerberos

import (
	"sync"
	"time"
)

// maxReplays bounds the cache. Only tokens that verified get in, so a stranger cannot fill it.
const maxReplays = 1 << 17

// replayCache remembers tokens for as long as their time stamps would be accepted (RFC 4120 section 3.2.3). It keeps two
// halves of that time and forgets the older half at once, so no timer is needed.
type replayCache struct {
	span time.Duration

	mu       sync.Mutex
	turned   time.Time
	now, old map[[32]byte]struct{}
}

func newReplayCache(span time.Duration) *replayCache {
	return &replayCache{span: span, now: map[[32]byte]struct{}{}}
}

// add remembers a token; false when it is known already, or when no more can be remembered.
func (c *replayCache) add(token [32]byte, at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.Sub(c.turned) > c.span {
		c.old, c.now = c.now, map[[32]byte]struct{}{}
		if at.Sub(c.turned) > 2*c.span {
			c.old = nil
		}
		c.turned = at
	}
	_, new := c.now[token]
	_, old := c.old[token]
	if new || old || len(c.now) >= maxReplays {
		return false
	}
	c.now[token] = struct{}{}
	return true
}
