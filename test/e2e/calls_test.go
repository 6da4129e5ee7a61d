package e2e

import (
	"path/filepath"
	"testing"
	"time"

	"parley/test/peers"
)

const (
	ringing  = 15 * time.Second // until a call is there
	speaking = 25 * time.Second // until sound is heard
)

// The tone that everybody plays is 0.21 RMS.
const loud, loudest = 0.15, 0.3

// caller and callee of the Lync dialect encrypt when the other side can.
func lyncThatCalls() peers.LyncOptions {
	return peers.LyncOptions{Args: []string{"--encryption", "optional"}}
}

func lyncThatAnswers() peers.LyncOptions {
	return peers.LyncOptions{Args: []string{"--encryption", "optional", "--accept-calls"}}
}

// expectHeard waits until a recording has the tone in it.
func expectHeard(t *testing.T, who, pattern string) {
	t.Helper()
	peers.Eventually(t, speaking, who+" hears the tone", func() bool {
		l := peers.Loudness(t, pattern)
		return l > loud && l < loudest
	})
}

func TestCallFromLyncToLync(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", lyncThatCalls())
	bob := s.Lync("bob", lyncThatAnswers())
	alice.Do("call sip:bob@parley.test audio")
	alice.WaitLevel(speaking, loud, loudest)
	bob.WaitLevel(speaking, loud, loudest)
	alice.Do("hangup")
	bob.WaitMedia(ringing, "", "end")
}

// toneFor makes a tone as baresip must have it for a codec: it does not convert files.
func toneFor(t *testing.T, codec string) string {
	switch codec {
	case "G722/16000":
		return peers.Tone(t, 16000, 1, time.Minute)
	case "opus/48000/2":
		return peers.Tone(t, 48000, 2, time.Minute)
	}
	return peers.Tone(t, 8000, 1, time.Minute)
}

// TestCallBetweenLyncAndBaresip calls in both directions, with each kind of encryption and connectivity that baresip has.
func TestCallBetweenLyncAndBaresip(t *testing.T) {
	peers.NeedNamespace(t)
	for name, o := range map[string]peers.BaresipOptions{
		"plain":         {},
		"TCP":           {Transport: "tcp"},
		"SDES":          {Media: "srtp"},
		"SDES required": {Media: "srtp-mand"},
		"DTLS":          {Media: "dtls_srtp", Transport: "tls"},
		"ICE":           {ICE: true},
		"G.722":         {Codecs: "G722/16000"},
		"Opus first":    {Codecs: "opus/48000/2,PCMU/8000"},
	} {
		t.Run(name, func(t *testing.T) {
			s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
			o.Wav, o.Record, o.Answer = toneFor(t, o.Codecs), t.TempDir(), "auto"
			bob := s.Baresip("bob", o)
			alice := s.Lync("alice", lyncThatCalls())

			alice.Do("call sip:bob@parley.test audio")
			bob.Wait(ringing, "CALL_ESTABLISHED")
			alice.WaitLevel(speaking, loud, loudest)
			expectHeard(t, "bob", filepath.Join(o.Record, "*dec.wav"))
			alice.Do("hangup")
			bob.Wait(ringing, "CALL_CLOSED")

			dave := s.Lync("dave", lyncThatAnswers())
			bob.Do("dial", "sip:dave@parley.test")
			bob.Wait(ringing, "CALL_ESTABLISHED")
			dave.WaitLevel(speaking, loud, loudest)
			peers.Eventually(t, speaking, "bob hears the tone of the second call", func() bool {
				files, _ := filepath.Glob(filepath.Join(o.Record, "*dec.wav"))
				return len(files) == 2 && peers.Loudness(t, files[1]) > loud
			})
			bob.Do("hangup", "")
			dave.WaitMedia(ringing, "", "end")
		})
	}
}
