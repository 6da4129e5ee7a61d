package presence

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"parley/internal/dialect"
	"parley/internal/event"

	"parley/internal/state/statetest"
)

// changes records what is put on the event spine.
type changes struct{ seen []string }

func (c *changes) Publish(e event.Event) {
	if p, ok := e.(event.PresenceChanged); ok {
		c.seen = append(c.seen, fmt.Sprintf("%s %d %s", p.AOR, p.Availability, p.Activity))
	}
}

// The portal's list of people follows these events: one for each change, none when nothing changes.
func TestChangesAreEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got changes
		s := New(Config{Network: fakeNetwork{}, Directory: &world{}, Profiles: &statetest.Table[Profile]{}, Events: &got, Domains: []string{"parley.test"}})
		defer s.Close()
		s.DeviceUp("bob@parley.test", "phone", dialect.Standard)
		s.DeviceUp("bob@parley.test", "phone", dialect.Standard)
		s.InCall("bob@parley.test", true)
		s.InCall("bob@parley.test", false)
		s.DeviceDown("bob@parley.test", "phone")
		want := []string{
			"bob@parley.test 3500 ", "bob@parley.test 6500 on-the-phone", "bob@parley.test 3500 ", "bob@parley.test 18500 ",
		}
		if strings.Join(got.seen, "|") != strings.Join(want, "|") {
			t.Errorf("events %q, want %q", got.seen, want)
		}
	})
}
