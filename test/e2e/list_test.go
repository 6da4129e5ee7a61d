package e2e

import (
	"testing"

	"parley/test/peers"
)

// TestListOfLinphone: linphone watches its friends as one list (RFC 4662, RFC 5367), with its body deflated.
func TestListOfLinphone(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	carol := s.Linphone("carol", peers.LinphoneOptions{Friends: []string{"sip:alice@parley.test", "sip:bob@parley.test"},
		Config: []string{"[sip]", "rls_uri=sip:rls@parley.test"}})
	carol.WaitLine(soon, "application/rlmi+xml")
	carol.WaitLine(soon, `entity="sip:alice@parley.test"`)
	alice.Do("status dnd")
	carol.WaitLine(soon, "do-not-disturb")
}
