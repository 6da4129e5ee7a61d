package presence

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
	"parley/internal/wire/msrtc"
)

// Two nodes that share the bucket: what a user stores at one is told at the other.
func TestNodesFollowEachOther(t *testing.T) {
	inWorld(t, func(w *world) {
		other := &world{t: t, profiles: w.profiles, contacts: map[string][]string{}}
		other.start()
		defer other.svc.Close()
		bob, bobThere := w.client("bob", dialect.Lync), other.client("bob", dialect.Lync)
		alice := other.client("alice", dialect.Lync)
		bob.signIn()
		bobThere.signIn()
		bobThere.roamingSelf()
		alice.batch("", "bob")
		alice.received()
		bobThere.received()
		settle := func() {
			time.Sleep(time.Minute) // notifications are gathered
			synctest.Wait()
		}
		told := func(c *client, what string) bool {
			settle()
			for _, m := range c.received() {
				if strings.Contains(string(m.Body()), what) {
					return true
				}
			}
			return false
		}
		if res := bob.publish(note(200, 0, "from the first node")); res.StatusCode() != 200 {
			t.Fatalf("%s", res.Bytes())
		}
		if !told(alice, "from the first node") {
			t.Error("a watcher at the other node was not told of a note")
		}
		if res := bobThere.publish(note(200, 0, "stale")); res.StatusCode() != 409 {
			t.Errorf("the other node does not know the version: %s", res.Bytes())
		}
		if res := bobThere.publish(note(200, 1, "from the second node")); res.StatusCode() != 200 {
			t.Errorf("%s", res.Bytes())
		}
		bob.roamingSelf()
		if res := bob.addMember(32000, 0, "alice@parley.test"); res.StatusCode() != 200 {
			t.Fatalf("%s", res.Bytes())
		}
		if !told(bobThere, `<container id="32000" version="1"`) {
			t.Error("the user's endpoint at the other node was not told of the container")
		}
		bob.publish(note(200, 2, "not for alice"))
		if told(alice, "not for alice") {
			t.Error("a watcher at the other node sees what is blocked for her")
		}
		withdrawn := note(200, 3, "")
		withdrawn.Withdraw = true
		bob.publish(withdrawn)
		settle()
		p := other.svc.presentity(bob.user)
		p.mu.Lock()
		defer p.mu.Unlock()
		for key := range p.instances {
			if key.category == msrtc.CategoryNote {
				t.Errorf("a note that was withdrawn at the first node is left at the second: %+v", key)
			}
		}
	})
}
