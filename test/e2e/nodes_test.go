package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/state/statetest"
	"parley/test/peers"
)

// TestTwoNodes: two servers on one external NATS. What alice's endpoint at the first stores, contacts, a note and whom she
// blocks, is there for her other endpoint and for dave, who are at the second.
func TestTwoNodes(t *testing.T) {
	shared := []string{
		fmt.Sprintf("nats-url = %q", statetest.NATS(t)),
		fmt.Sprintf("key-file = %q", filepath.Join(t.TempDir(), "secret.key")),
	}
	first := peers.StartServer(t, peers.ServerOptions{Users: peers.People(), Store: shared})
	second := peers.StartServer(t, peers.ServerOptions{Store: shared})
	desk := first.Lync("alice", peers.LyncOptions{Hostname: "desk"})
	lap := second.Lync("alice", peers.LyncOptions{Hostname: "lap"})
	dave := second.Lync("dave", peers.LyncOptions{})
	desk.Do("add-buddy sip:bob@parley.test Friends")
	lap.WaitBuddy(soon, "sip:bob@parley.test", "in the new group", func(b peers.Buddy) bool { return b.Group == "Friends" })
	lap.Do("alias sip:bob@parley.test Bobby")
	desk.WaitBuddy(soon, "sip:bob@parley.test", "renamed", func(b peers.Buddy) bool { return b.Alias == "Bobby" })
	befriend(t, dave, "sip:alice@parley.test")
	dave.WaitBuddyStatus(soon, "sip:alice@parley.test", "available")
	desk.Do("status busy gone fishing")
	dave.WaitBuddy(soon, "sip:alice@parley.test", "with a note", func(b peers.Buddy) bool { return strings.Contains(b.Message, "gone fishing") })
	desk.Do("block sip:dave@parley.test")
	dave.WaitBuddyStatus(soon, "sip:alice@parley.test", "offline")
}
