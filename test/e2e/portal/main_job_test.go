package portal

import (
	"strings"
	"testing"
	"time"

	"parley/internal/portal/api"
	"parley/test/peers"
)

// seen is how long presence may take to reach the other world.
const seen = peers.Patience

// TestMainJob is what the server is for, in one go: a Lync-dialect client and a standard endpoint sign in, see each other's
// presence change, exchange messages both ways and talk to each other, and the quality of their call, measured on its
// media, is on the portal. What went over the wire is well-formed to an independent decoder.
func TestMainJob(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	capture := peers.StartCapture(t)
	alice := s.Lync("alice", peers.LyncOptions{Transport: "tcp", Args: []string{"--encryption", "optional"}})
	bob := s.Baresip("bob", peers.BaresipOptions{
		Transport: "tcp", Wav: peers.Tone(t, 8000, 1, time.Minute), Answer: "auto", Publish: true, Contacts: []string{"sip:alice@parley.test"},
	})

	alice.Do("answer sipid=bob")
	alice.Do("action Contact search") // the contact list has come once this is answered
	alice.Events.Wait(t, seen, "search results", func(e peers.LyncEvent) bool { return e.Ev == "search-results" })
	alice.Do("add-buddy sip:bob@parley.test")
	alice.WaitBuddyStatus(seen, "sip:bob@parley.test", "available")
	alice.Do("status busy")
	bob.WaitPresence(seen, "sip:alice@parley.test", "Busy")
	alice.Do("status available")
	bob.WaitPresence(seen, "sip:alice@parley.test", "Online")

	alice.Say("sip:bob@parley.test", "hello from the Lync world")
	bob.WaitMessage(seen, "hello from the Lync world")
	bob.Say("sip:alice@parley.test", "hello from the standard world")
	alice.WaitMessage(seen, "hello from the standard world")

	alice.Call("sip:bob@parley.test")
	bob.Wait(answering, "CALL_ESTABLISHED")
	alice.WaitLevel(speaking, 0.15, 0.3)
	alice.WaitBuddyStatus(seen, "sip:bob@parley.test", "busy")
	alice.Do("hangup")
	bob.Wait(answering, "CALL_CLOSED")
	alice.WaitBuddyStatus(seen, "sip:bob@parley.test", "available")

	page := signIn(t, s, "alice@parley.test")
	var listed api.Call
	peers.Eventually(t, archiving, "the call is on the portal with its measured quality", func() bool {
		calls := get[api.CallPage](page, "/quality/calls").Calls
		if len(calls) == 0 || calls[0].WorstMos == nil {
			return false
		}
		listed = calls[0]
		return true
	})
	if listed.Outcome != "answered" || *listed.WorstMos < 1 {
		t.Errorf("listed call: %+v", listed)
	}
	bob.Stop()
	alice.Stop()
	// Told the port, the decoder puts messages together that arrive in pieces. What the clients write is theirs.
	_, port, _ := strings.Cut(s.Addr("sip-tcp"), ":")
	for _, filter := range []string{"sip && tcp.srcport == " + port, "rtp", "stun"} {
		capture.CheckWellFormed(filter, "tcp.port=="+port+",sip")
	}
}
