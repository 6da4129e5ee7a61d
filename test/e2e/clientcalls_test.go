package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/test/peers"
)

// heardAfter waits until a Lync client hears the tone later than a moment of its own clock.
func heardAfter(t *testing.T, c *peers.Lync, moment float64) {
	t.Helper()
	c.Events.Wait(t, speaking, "tone at "+c.User+" afterwards", func(e peers.LyncEvent) bool {
		return e.Ev == "media-level" && e.Who != "" && e.Time > moment+1 && e.Level > loud && e.Level < loudest
	})
}

// TestHoldByStandardClients: a Lync client is held and hears the other again afterwards.
func TestHoldByStandardClients(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", lyncThatAnswers())
	bob := s.Baresip("bob", peers.BaresipOptions{Wav: toneFor(t, "")})
	alice.Called(func() { bob.Do("dial", "sip:alice@parley.test") })
	alice.WaitLevel(speaking, loud, loudest)
	bob.Do("hold", "")
	held := alice.Do("buddies").Time
	bob.Do("resume", "")
	heardAfter(t, alice, held)
	bob.Do("hangup", "")
	alice.WaitMedia(ringing, "", "end")

	carol := s.Linphone("carol", peers.LinphoneOptions{Wav: toneFor(t, "")})
	alice.Called(func() { carol.Do("call sip:alice@parley.test") })
	carol.WaitCall(ringing, "StreamsRunning")
	alice.WaitLevel(speaking, loud, loudest)
	carol.Do("pause")
	carol.WaitCall(ringing, "Paused")
	held = alice.Do("buddies").Time
	carol.Do("resume 1")
	carol.WaitCall(ringing, "StreamsRunning")
	heardAfter(t, alice, held)
	carol.Do("terminate")
	alice.WaitMedia(ringing, "", "end")
}

// TestDigitsOfClients: keys arrive whether the client sends them as RFC 4733 events or, as linphone can be told to, as INFO.
func TestDigitsOfClients(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := s.Baresip("bob", peers.BaresipOptions{Wav: toneFor(t, ""), Answer: "auto"})
	digit := func(d string) {
		t.Helper()
		bob.Events.Wait(t, ringing, "digit "+d, func(e peers.BaresipEvent) bool { return e.Type == "CALL_DTMF_START" && e.Param == d })
	}
	alice := s.Lync("alice", lyncThatCalls())
	alice.Call("sip:bob@parley.test")
	alice.WaitLevel(speaking, loud, loudest)
	alice.Do("dtmf 15#")
	digit("1")
	digit("5")
	digit("#")
	alice.Do("hangup")
	bob.Wait(ringing, "CALL_CLOSED")

	carol := s.Linphone("carol", peers.LinphoneOptions{Wav: toneFor(t, ""), Config: []string{"[sip]", "use_info=1", "use_rfc2833=0"}})
	carol.Do("call sip:bob@parley.test")
	carol.WaitCall(ringing, "StreamsRunning")
	carol.Do("7")
	digit("7")
	carol.WaitLine(ringing, "INFO sip:") // its log is read apart from baresip's
	carol.Do("terminate")
	bob.Wait(ringing, "CALL_CLOSED")
}

// TestDelayedOfferOfLinphone: linphone leaves the offer to the other side, a Lync client.
func TestDelayedOfferOfLinphone(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	dave := s.Lync("dave", lyncThatAnswers())
	heard := filepath.Join(t.TempDir(), "heard.wav")
	carol := s.Linphone("carol", peers.LinphoneOptions{Wav: toneFor(t, ""), Record: heard, Config: []string{"[sip]", "sdp_200_ack=1"}})
	dave.Called(func() { carol.Do("call sip:dave@parley.test") })
	carol.WaitCall(ringing, "StreamsRunning")
	dave.WaitLevel(speaking, loud, loudest)
	waitRecording(t, heard)
	dave.Do("hangup")
	carol.WaitCall(ringing, "End")
	expectHeard(t, "carol", heard)
}

// TestAttendedTransfer: linphone talks to a Lync client, asks baresip, and connects the two.
func TestAttendedTransfer(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", lyncThatAnswers())
	record := t.TempDir()
	bob := s.Baresip("bob", peers.BaresipOptions{Wav: toneFor(t, ""), Record: record, Answer: "auto"})
	carol := s.Linphone("carol", peers.LinphoneOptions{}) // is silent: what is heard comes from the others
	alice.Called(func() { carol.Do("call sip:alice@parley.test") })
	carol.WaitCall(ringing, "StreamsRunning")
	for range 2 {
		alice.Events.Wait(t, speaking, "end of the checks for RTP and RTCP", func(e peers.LyncEvent) bool { return e.Ev == "media-pair" })
	}
	carol.Do("pause")
	carol.WaitCall(ringing, "Paused")
	carol.Do("call sip:bob@parley.test")
	bob.Wait(ringing, "CALL_ESTABLISHED")
	carol.WaitCall(ringing, "StreamsRunning")
	carol.Do("transfer 1 --to-call 2")
	alice.WaitLevel(speaking, loud, loudest)
	expectHeard(t, "bob", filepath.Join(record, "*dec.wav"))
	bob.Do("hangup", "")
	alice.WaitMedia(ringing, "", "end")
}

// TestVideoBetweenStandardClients: pictures pass both ways.
func TestVideoBetweenStandardClients(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Baresip("alice", peers.BaresipOptions{Wav: toneFor(t, ""), Video: true})
	bob := s.Baresip("bob", peers.BaresipOptions{Wav: toneFor(t, ""), Video: true, Answer: "auto", Media: "dtls_srtp"})
	alice.Do("dial", "sip:bob@parley.test")
	alice.Wait(ringing, "CALL_ESTABLISHED")
	for _, c := range []*peers.Baresip{alice, bob} {
		c.WaitLine(speaking, "incoming rtp for 'video' established")
	}
	alice.Do("hangup", "")
	for _, c := range []*peers.Baresip{alice, bob} {
		c.Wait(ringing, "CALL_CLOSED")
	}
}

// TestVideoBetweenLyncClients: pictures in the dialect's own form pass both ways, beside the sound.
func TestVideoBetweenLyncClients(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", lyncThatCalls())
	bob := s.Lync("bob", lyncThatAnswers())
	packets := peers.StartCapture(t)
	alice.Do("call sip:bob@parley.test video")
	for _, c := range []*peers.Lync{alice, bob} {
		c.WaitLevel(speaking, loud, loudest)
		if failed := c.Events.All(func(e peers.LyncEvent) bool { return e.Ev == "media-error" }); len(failed) > 0 {
			t.Errorf("%s: %s", c.User, failed[0].Raw)
		}
	}
	alice.Do("hangup")
	bob.WaitMedia(ringing, "", "end")
	flows := map[string]int{}
	for _, flow := range packets.Fields("udp.length > 500", nil, "udp.srcport", "udp.dstport") { // sound has smaller packets
		flows[flow]++
	}
	large := 0
	for _, n := range flows {
		if n > 3 {
			large++
		}
	}
	if large != 4 { // to the server and from it, both ways
		t.Errorf("pictures pass by %d flows: %v", large, flows)
	}
}

// TestSessionTimerOfLinphone: the session is refreshed in time by whom the two agreed on, and the call goes on.
func TestSessionTimerOfLinphone(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := s.Baresip("bob", peers.BaresipOptions{Wav: peers.Tone(t, 8000, 1, 2*time.Minute), Answer: "auto"})
	carol := s.Linphone("carol", peers.LinphoneOptions{Config: []string{"[sip]", "session_expires_enabled=1", "session_expires_value=90", "session_expires_min_value=90", "session_expires_refresher_value=1"}})
	carol.Do("call sip:bob@parley.test")
	carol.WaitCall(ringing, "StreamsRunning")
	carol.WaitLine(ringing, "Session-Expires: 90")
	carol.WaitLine(ringing, "UPDATE sip:") // after half of the 90 s
	carol.Do("terminate")
	bob.Wait(ringing, "CALL_CLOSED")
}

// TestPickUp: while baresip rings, another device of its user takes the Lync client's call (RFC 3891).
func TestPickUp(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := s.Baresip("bob", peers.BaresipOptions{Trace: true})
	alice := s.Lync("alice", lyncThatCalls())
	alice.Call("sip:bob@parley.test")
	bob.Wait(ringing, "CALL_INCOMING")
	bob.WaitLine(ringing, "SIP/2.0 180 ")
	var dialog [3]string // Call-ID and the two tags, of the 180
	for i, pattern := range []string{`^Call-ID: (\S+)`, `^From: .*;tag=([^;>\s]+)`, `^To: .*;tag=([^;>\s]+)`} {
		field := regexp.MustCompile(pattern)
		peers.Eventually(t, ringing, "identifiers of the ringing dialog", func() bool {
			answered := false
			for _, line := range bob.Lines.All(func(string) bool { return true }) {
				answered = answered || strings.HasPrefix(line, "SIP/2.0 180 ")
				if m := field.FindStringSubmatch(line); answered && m != nil {
					dialog[i] = m[1]
					return true
				}
			}
			return false
		})
	}
	desk := play(t, s, "bob", "caller-takes-over", "target", "alice", "replaced", dialog[0], "ours", dialog[1], "theirs", dialog[2])
	bob.Wait(ringing, "CALL_CLOSED")
	desk.Expect(played)
	alice.WaitMedia(ringing, "", "end")
}
