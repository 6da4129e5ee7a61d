package e2e

import (
	"path/filepath"
	"testing"
	"time"

	"parley/test/peers"
)

// TestHoldByLyncClient: a held standard client hears the caller again afterwards.
func TestHoldByLyncClient(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	record := t.TempDir()
	bob := s.Baresip("bob", peers.BaresipOptions{Wav: toneFor(t, ""), Record: record, Answer: "auto"})
	alice := s.Lync("alice", lyncThatCalls())
	alice.Call("sip:bob@parley.test")
	bob.Wait(ringing, "CALL_ESTABLISHED")
	alice.WaitLevel(speaking, loud, loudest)
	expectHeard(t, "bob", filepath.Join(record, "*dec.wav"))
	alice.Do("hold")
	bob.WaitLine(ringing, "got re-INVITE")
	resumed := alice.Do("unhold").Time
	bob.WaitLine(ringing, "got re-INVITE")
	waitTone(t, alice, resumed)
	alice.Do("hangup")
	bob.Wait(ringing, "CALL_CLOSED")
}

// TestHoldAndResumeAtOnce: whoever presses hold and resume at once, before the standard client has answered, is not left in silence.
// pidgin-sipe sends both re-INVITEs without waiting, and no third one when the second is refused.
func TestHoldAndResumeAtOnce(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := s.Baresip("bob", peers.BaresipOptions{Wav: toneFor(t, ""), Answer: "auto"})
	alice := s.Lync("alice", lyncThatCalls())
	alice.Call("sip:bob@parley.test")
	bob.Wait(ringing, "CALL_ESTABLISHED")
	alice.WaitLevel(speaking, loud, loudest)
	alice.Do("hold")
	resumed := alice.Do("unhold").Time
	bob.WaitLine(ringing, "got re-INVITE")
	bob.WaitLine(ringing, "got re-INVITE")
	waitTone(t, alice, resumed)
	alice.Do("hangup")
	bob.Wait(ringing, "CALL_CLOSED")
}

// waitTone waits until a client hears the tone a second or more after a moment of its clock.
func waitTone(t *testing.T, c *peers.Lync, since float64) {
	t.Helper()
	c.Events.Wait(t, speaking, "tone after the hold", func(e peers.LyncEvent) bool {
		return e.Ev == "media-level" && e.Who != "" && e.Time > since+1 && e.Level > loud && e.Level < loudest
	})
}

// TestBlindTransferToLyncClient: baresip hands a Lync client over to another one; neither knows what a REFER is.
func TestBlindTransferToLyncClient(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := s.Baresip("bob", peers.BaresipOptions{Wav: toneFor(t, ""), Answer: "auto"})
	alice := s.Lync("alice", lyncThatCalls())
	dave := s.Lync("dave", lyncThatAnswers())
	alice.Call("sip:bob@parley.test")
	bob.Wait(ringing, "CALL_ESTABLISHED")
	alice.WaitLevel(speaking, loud, loudest)
	dave.Called(func() { bob.Do("transfer", "sip:dave@parley.test") })
	dave.WaitLevel(speaking, loud, loudest) // only Alice's tone can be heard there
	dave.Do("hangup")
	alice.WaitMedia(ringing, "", "end")
}

// TestDevicesRingAndOneAnswers: all devices of a user ring, the one that answers has the call and the other stops.
func TestDevicesRingAndOneAnswers(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	phone := s.Baresip("bob", peers.BaresipOptions{Wav: toneFor(t, "")})
	desk := s.Lync("bob", peers.LyncOptions{Args: []string{"--encryption", "optional"}})
	alice := s.Lync("alice", lyncThatCalls())
	alice.Call("sip:bob@parley.test")
	phone.Wait(ringing, "CALL_INCOMING")
	phone.Do("accept", "")
	phone.Wait(ringing, "CALL_ESTABLISHED")
	alice.WaitLevel(speaking, loud, loudest)
	desk.WaitMedia(ringing, "", "end")
	phone.Do("hangup", "")
	alice.WaitMedia(ringing, "", "end")
}

// TestRefusedCall: a standard client's refusal ends the Lync client's call at once.
func TestRefusedCall(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := s.Baresip("bob", peers.BaresipOptions{})
	alice := s.Lync("alice", lyncThatCalls())
	alice.Call("sip:bob@parley.test")
	bob.Wait(ringing, "CALL_INCOMING")
	bob.Do("hangup", "")
	alice.WaitMedia(30*time.Second, "", "end") // at once: a call that nobody answers lasts twice as long
}

// TestCallThatFitsNobody: a client of the Lync dialect answers 488 by trying once more with the older form of ICE. It must hear the same again and
// give up, and not be told something that it tries for ever.
func TestCallThatFitsNobody(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People(), Config: []string{"[media]", `encryption = "required"`}})
	s.Baresip("bob", peers.BaresipOptions{})
	alice := s.Lync("alice", peers.LyncOptions{Args: []string{"--encryption", "required"}})
	alice.Do("call sip:bob@parley.test audio")
	alice.WaitMedia(ringing, "", "end")
	ended := func() int { return int(s.Metric("parley_call_ended_total")) }
	peers.Eventually(t, soon, "both attempts have ended", func() bool { return ended() >= 1 && ended() == int(s.Metric("parley_call_started_total")) })
	if n := ended(); n > 2 {
		t.Errorf("the client called %d times", n)
	}
}
