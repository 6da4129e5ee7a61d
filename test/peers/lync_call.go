package peers

import (
	"fmt"
	"strings"
	"time"
)

// gatherings is how often a call is tried with a client that comes to it without an address of its own.
const gatherings = 3

// Call calls somebody (sip:bob@parley.test) with sound and returns once the client has gathered its addresses.
func (c *Lync) Call(to string) {
	c.t.Helper()
	c.tryCall("call to "+to, func() { c.Do("call %s audio", to) }, func() { c.Do("hangup") })
}

// Called has somebody call this client, which accepts, and returns once it has gathered its addresses.
func (c *Lync) Called(call func()) {
	c.t.Helper()
	c.tryCall("call of "+c.User, call, nil)
}

// tryCall repeats a call that this client spoils by itself: on a busy machine libpurple now and then drops what farstream gathers
// while the main loop is held up, so that the client tells of no address and neither offers nor answers a stream that can be used.
func (c *Lync) tryCall(what string, call, end func()) {
	c.t.Helper()
	for range gatherings {
		call()
		prepared := c.Events.Wait(c.t, Patience, what+" prepared", func(e LyncEvent) bool { return e.Ev == "media-candidates-prepared" })
		if !strings.Contains(prepared.Raw, `"local":[]`) {
			return
		}
		c.t.Logf("%s: %s found no address of its own", c.process.name, what)
		if end != nil {
			end()
		}
		c.WaitMedia(Patience, "", "end")
	}
	c.t.Fatalf("%s: %s: no address of its own in %d calls", c.process.name, what, gatherings)
}

// WaitMedia waits for a media state (new, connected, end) of a session (audio, video; empty: the whole call).
func (c *Lync) WaitMedia(within time.Duration, session, state string) LyncEvent {
	c.t.Helper()
	return c.Events.Wait(c.t, within, fmt.Sprintf("media %s %s at %s", session, state, c.User), func(e LyncEvent) bool {
		return e.Ev == "media-state" && e.State == state && e.Session == session
	})
}

// WaitLevel waits until the client hears a loudness between low and high (RMS, 0 to 1; the other driver's sine is 0.21).
func (c *Lync) WaitLevel(within time.Duration, low, high float64) LyncEvent {
	c.t.Helper()
	return c.Events.Wait(c.t, within, fmt.Sprintf("level between %.2f and %.2f at %s", low, high, c.User), func(e LyncEvent) bool {
		return e.Ev == "media-level" && e.Who != "" && e.Level >= low && e.Level <= high
	})
}
