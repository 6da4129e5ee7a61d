package e2e

import (
	"embed"
	"math"
	"path/filepath"
	"testing"

	"parley/internal/wire/audio"
	"parley/test/peers"
)

//go:embed scenarios/*.xml
var scenarios embed.FS

// play starts a scenario file as a user's device; keys are pairs of name and value.
func play(t *testing.T, s *peers.Server, user, scenario string, keys ...string) *peers.SIPp {
	t.Helper()
	text, err := scenarios.ReadFile("scenarios/" + scenario + ".xml")
	if err != nil {
		t.Fatal(err)
	}
	o := peers.SIPpOptions{Scenario: string(text), Keys: map[string]string{}, Files: map[string][]byte{"tone.ulaw": toneULaw()}}
	for i := 0; i+1 < len(keys); i += 2 {
		o.Keys[keys[i]] = keys[i+1]
	}
	return s.SIPp(user, o)
}

// toneULaw is a second of a tone as loud as everybody's, as PCMU has it.
func toneULaw() []byte {
	tone := make([]byte, 8000)
	for i := range tone {
		tone[i] = audio.EncodeMuLaw(int16(0.3 * 32767 * math.Sin(2*math.Pi*440*float64(i)/8000)))
	}
	return tone
}

// played is how long a scenario may take on a busy machine.
const played = peers.Patience

// TestReliableEarlyMedia has a PRACK on both legs, and the answer only after it.
func TestReliableEarlyMedia(t *testing.T) {
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := play(t, s, "bob", "callee-reliable-early")
	alice := play(t, s, "alice", "caller-reliable", "target", "bob")
	alice.Expect(played)
	bob.Expect(played)
}

// TestDelayedOfferToLyncClient: a Lync client never sees an INVITE without a description, and hears nothing of the answer in
// the ACK.
func TestDelayedOfferToLyncClient(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := s.Lync("bob", lyncThatAnswers())
	var alice *peers.SIPp
	bob.Called(func() { alice = play(t, s, "alice", "caller-without-offer", "target", "bob") })
	alice.Expect(played)
	bob.WaitMedia(ringing, "", "end")
}

// TestDigitsByInfo: what a telephone sends as INFO arrives as RFC 4733 events.
func TestDigitsByInfo(t *testing.T) {
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := s.Baresip("bob", peers.BaresipOptions{Wav: toneFor(t, ""), Answer: "auto"})
	alice := play(t, s, "alice", "caller-digits-by-info", "target", "bob")
	for _, digit := range []string{"1", "*", "5"} {
		bob.Events.Wait(t, ringing, "digit "+digit, func(e peers.BaresipEvent) bool { return e.Type == "CALL_DTMF_START" && e.Param == digit })
	}
	alice.Expect(played)
}

// TestHoldByAddress: an old telephone's hold reaches a Lync client and ends.
func TestHoldByAddress(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := s.Lync("bob", lyncThatAnswers())
	var alice *peers.SIPp
	bob.Called(func() { alice = play(t, s, "alice", "caller-holds-by-address", "target", "bob") })
	alice.Expect(played)
	bob.WaitMedia(ringing, "", "end")
}

// TestRedirectionToLyncClient: a device's 302 to another user of the server makes that user's client ring.
func TestRedirectionToLyncClient(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := play(t, s, "bob", "callee-redirects", "to", "sip:dave@parley.test")
	dave := s.Lync("dave", lyncThatAnswers())
	alice := s.Baresip("alice", peers.BaresipOptions{Wav: toneFor(t, "")})
	alice.Do("dial", "sip:bob@parley.test")
	alice.Wait(ringing, "CALL_ESTABLISHED")
	dave.WaitLevel(speaking, loud, loudest)
	bob.Expect(played)
	alice.Do("hangup", "")
	dave.WaitMedia(ringing, "", "end")
}

// TestRedirectionElsewhere is passed on to a standard caller, and ends a Lync client's call.
func TestRedirectionElsewhere(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := play(t, s, "bob", "callee-redirects", "to", "sip:reception@example.net")
	play(t, s, "alice", "caller-is-redirected", "target", "bob").Expect(played)
	bob.Expect(played)
	carol := play(t, s, "carol", "callee-redirects", "to", "sip:reception@example.net")
	dave := s.Lync("dave", lyncThatCalls())
	dave.Do("call sip:carol@parley.test audio")
	dave.WaitMedia(ringing, "", "end")
	carol.Expect(played)
}

// TestAnswerThatCrossesTheCancel is acknowledged and hung up, with reasons both ways.
func TestAnswerThatCrossesTheCancel(t *testing.T) {
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := play(t, s, "bob", "callee-answers-too-late")
	play(t, s, "alice", "caller-cancels", "target", "bob").Expect(played)
	bob.Expect(played)
}

// TestDeviceHearsThatAnotherAnswered: it is to list no missed call.
func TestDeviceHearsThatAnotherAnswered(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	desk := play(t, s, "bob", "callee-rings-in-vain")
	laptop := s.Lync("bob", lyncThatAnswers())
	alice := s.Baresip("alice", peers.BaresipOptions{Wav: toneFor(t, "")})
	alice.Do("dial", "sip:bob@parley.test")
	alice.Wait(ringing, "CALL_ESTABLISHED")
	desk.Expect(played)
	alice.Do("hangup", "")
	laptop.WaitMedia(ringing, "", "end")
}

// TestEarlyMedia: what a device plays before the answer is heard by either standard client; linphone, which can, acknowledges
// it. A Lync client hears ringing.
func TestEarlyMedia(t *testing.T) {
	peers.NeedNamespace(t)
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	record := t.TempDir()
	alice := s.Baresip("alice", peers.BaresipOptions{Wav: toneFor(t, ""), Record: record})
	bob := play(t, s, "bob", "callee-early-sound")
	alice.Do("dial", "sip:bob@parley.test")
	alice.Wait(ringing, "CALL_PROGRESS")
	expectHeard(t, "alice", filepath.Join(record, "*dec.wav"))
	bob.Expect(played)
	alice.Wait(ringing, "CALL_CLOSED")

	heard := filepath.Join(record, "heard.wav")
	carol := s.Linphone("carol", peers.LinphoneOptions{Record: heard, Config: []string{"[sip]", "100rel_support_level=1"}})
	dave := play(t, s, "dave", "callee-early-sound")
	carol.Do("call sip:dave@parley.test")
	carol.WaitCall(ringing, "OutgoingEarlyMedia")
	carol.WaitLine(ringing, "PRACK sip:")
	dave.Expect(played)
	carol.WaitCall(ringing, "Error")
	expectHeard(t, "carol", heard)
}

// TestReferToOwnDevice: a user's one device asks the other to call, and hears its report; others' devices are not asked.
func TestReferToOwnDevice(t *testing.T) {
	t.Parallel()
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	desk := play(t, s, "alice", "device-is-asked-to-call")
	play(t, s, "alice", "asks-own-device-to-call", "target", "alice", "refer", "bob").Expect(played)
	desk.Expect(played)
	play(t, s, "carol", "asks-foreign-device-to-call", "target", "alice", "refer", "bob").Expect(played)
}
