package e2e

import (
	"strings"
	"testing"

	"parley/test/peers"
)

// search asks a client for people whose address begins with user, and returns what it shows.
func search(t *testing.T, c *peers.Lync, user string) string {
	t.Helper()
	c.Do("answer sipid=%s", user)
	c.Do("action Contact search")
	return c.Events.Wait(t, soon, "search results", func(e peers.LyncEvent) bool { return e.Ev == "search-results" }).Raw
}

// befriend adds a contact. A client throws away what it adds before its contact list has come, which it has once
// anything that was asked later is answered.
func befriend(t *testing.T, c *peers.Lync, user string) {
	t.Helper()
	search(t, c, "alice")
	c.Do("add-buddy %s", user)
}

// TestPresenceOfLync: what a Lync-dialect client sets is seen by another one, by baresip and by linphone.
func TestPresenceOfLync(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	dave := s.Lync("dave", peers.LyncOptions{})
	bob := s.Baresip("bob", peers.BaresipOptions{Contacts: []string{"sip:alice@parley.test"}})
	befriend(t, dave, "sip:alice@parley.test")
	dave.WaitBuddyStatus(soon, "sip:alice@parley.test", "available")
	bob.WaitPresence(soon, "sip:alice@parley.test", "Online")
	for _, c := range []struct{ set, lync, baresip string }{
		{"busy", "busy", "Busy"},
		{"dnd", "do-not-disturb", "Busy"},
		{"brb", "be-right-back", ""},
		{"away", "away", ""},
		{"available", "available", "Online"},
	} {
		alice.Do("status %s", c.set)
		dave.WaitBuddyStatus(soon, "sip:alice@parley.test", c.lync)
		if c.baresip != "" {
			bob.WaitPresence(soon, "sip:alice@parley.test", c.baresip)
		}
	}
	alice.Stop()
	dave.WaitBuddyStatus(soon, "sip:alice@parley.test", "offline")
	bob.WaitPresence(soon, "sip:alice@parley.test", "Offline")
}

// TestPresenceOfStandard: what baresip and linphone publish is seen by a Lync-dialect client.
func TestPresenceOfStandard(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	befriend(t, alice, "sip:bob@parley.test")
	befriend(t, alice, "sip:carol@parley.test")
	alice.WaitBuddyStatus(soon, "sip:bob@parley.test", "offline")
	bob := s.Baresip("bob", peers.BaresipOptions{Publish: true})
	alice.WaitBuddyStatus(soon, "sip:bob@parley.test", "available")
	carol := s.Linphone("carol", peers.LinphoneOptions{Publish: true})
	alice.WaitBuddyStatus(soon, "sip:carol@parley.test", "available")
	bob.Stop()
	alice.WaitBuddyStatus(soon, "sip:bob@parley.test", "offline")
	carol.Stop()
	alice.WaitBuddyStatus(soon, "sip:carol@parley.test", "offline")
}

// TestPresenceInCall: who talks is shown so to both worlds, and no longer than that.
func TestPresenceInCall(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	befriend(t, alice, "sip:carol@parley.test")
	carol := s.Linphone("carol", peers.LinphoneOptions{Publish: true, AutoAnswer: true})
	dave := s.Baresip("dave", peers.BaresipOptions{Contacts: []string{"sip:carol@parley.test"}})
	alice.WaitBuddyStatus(soon, "sip:carol@parley.test", "available")
	dave.WaitPresence(soon, "sip:carol@parley.test", "Online")
	bob := s.Baresip("bob", peers.BaresipOptions{})
	bob.Do("dial", "sip:carol@parley.test")
	carol.WaitCall(soon, "StreamsRunning")
	dave.WaitPresence(soon, "sip:carol@parley.test", "Busy")
	alice.WaitBuddy(soon, "sip:carol@parley.test", "in a call", func(b peers.Buddy) bool { return b.Status == "busy" && b.Message == "In a call" })
	bob.Do("hangup", "")
	dave.WaitPresence(soon, "sip:carol@parley.test", "Online")
	alice.WaitBuddyStatus(soon, "sip:carol@parley.test", "available")
}

// TestNotesAndBlocking: a note reaches colleagues, and a blocked one sees its owner leave.
func TestNotesAndBlocking(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	dave := s.Lync("dave", peers.LyncOptions{})
	befriend(t, dave, "sip:alice@parley.test")
	dave.WaitBuddyStatus(soon, "sip:alice@parley.test", "available")
	alice.Do("status busy gone fishing & <more>")
	dave.WaitBuddy(soon, "sip:alice@parley.test", "busy with a note", func(b peers.Buddy) bool {
		return b.Status == "busy" && strings.Contains(b.Message, "gone fishing &")
	})
	alice.Do("block sip:dave@parley.test")
	dave.WaitBuddyStatus(soon, "sip:alice@parley.test", "offline")
	alice.Do("allow sip:dave@parley.test")
	dave.WaitBuddyStatus(soon, "sip:alice@parley.test", "busy")
}

// TestContactsRoam: contacts and groups that one endpoint makes are there at another, now and after a new sign-in.
func TestContactsRoam(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	desk := s.Lync("alice", peers.LyncOptions{Hostname: "desk"})
	lap := s.Lync("alice", peers.LyncOptions{Hostname: "lap"})
	search(t, desk, "alice") // its contact list has come once this is answered
	in := func(group string) func(peers.Buddy) bool {
		return func(b peers.Buddy) bool { return b.Group == group }
	}
	desk.Do("add-buddy sip:bob@parley.test Friends & more")
	lap.WaitBuddy(soon, "sip:bob@parley.test", "in the new group", in("Friends & more"))
	lap.Do("move-buddy sip:bob@parley.test Work")
	desk.WaitBuddy(soon, "sip:bob@parley.test", "in the other group", in("Work"))
	desk.Do("group-rename Work|Office")
	lap.WaitBuddy(soon, "sip:bob@parley.test", "in the renamed group", in("Office"))
	lap.Do("alias sip:bob@parley.test Bobby")
	desk.WaitBuddy(soon, "sip:bob@parley.test", "renamed", func(b peers.Buddy) bool { return b.Alias == "Bobby" })
	desk.Stop()
	desk = s.Lync("alice", peers.LyncOptions{Hostname: "desk"})
	desk.WaitBuddy(soon, "sip:bob@parley.test", "as it was left", func(b peers.Buddy) bool { return b.Group == "Office" && b.Alias == "Bobby" })
	desk.Do("del-buddy sip:bob@parley.test")
	peers.Eventually(t, soon, "bob gone from the other endpoint", func() bool {
		for _, b := range lap.Buddies() {
			if b.URI == "sip:bob@parley.test" {
				return false
			}
		}
		return true
	})
}

// TestDirectorySearch finds people by their name.
func TestDirectorySearch(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	if found := search(t, alice, "bob"); !strings.Contains(found, "bob@parley.test") || strings.Contains(found, "carol@parley.test") {
		t.Errorf("found %s", found)
	}
}

// TestLossOfLync: a client that vanishes is not shown to leave at once.
func TestLossOfLync(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	dave := s.Lync("dave", peers.LyncOptions{})
	befriend(t, dave, "sip:alice@parley.test")
	dave.WaitBuddyStatus(soon, "sip:alice@parley.test", "available")
	alice.Kill()
	alice = s.Lync("alice", peers.LyncOptions{Status: "busy"})
	dave.WaitBuddyStatus(soon, "sip:alice@parley.test", "busy")
	if left := dave.Events.All(func(e peers.LyncEvent) bool { return e.Signal == "buddy-signed-off" }); len(left) > 0 {
		t.Errorf("alice was shown to leave: %s", left[0].Raw)
	}
	alice.Stop()
}
