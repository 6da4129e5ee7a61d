package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/test/peers"
)

const (
	ringing  = peers.Patience // until a call is there
	speaking = peers.Patience // until sound is heard
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

// waitRecording waits until linphone has written some seconds of what it hears. It completes the file at the end of the call.
func waitRecording(t *testing.T, file string) {
	t.Helper()
	peers.Eventually(t, speaking, "linphone records", func() bool {
		info, err := os.Stat(file)
		return err == nil && info.Size() > 100_000
	})
}

func TestCallFromLyncToLync(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", lyncThatCalls())
	bob := s.Lync("bob", lyncThatAnswers())
	bob.Called(func() { alice.Call("sip:bob@parley.test") })
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

			alice.Call("sip:bob@parley.test")
			bob.Wait(ringing, "CALL_ESTABLISHED")
			alice.WaitLevel(speaking, loud, loudest)
			expectHeard(t, "bob", filepath.Join(o.Record, "*dec.wav"))
			alice.Do("hangup")
			bob.Wait(ringing, "CALL_CLOSED")

			dave := s.Lync("dave", lyncThatAnswers())
			dave.Called(func() { bob.Do("dial", "sip:dave@parley.test") })
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

// TestCallBetweenLyncAndLinphone calls in both directions. With ICE, linphone sends a re-INVITE of its own after the checks.
func TestCallBetweenLyncAndLinphone(t *testing.T) {
	peers.NeedNamespace(t)
	for name, o := range map[string]peers.LinphoneOptions{
		"plain":    {},
		"SDES":     {Media: "srtp", Transport: "tcp"},
		"DTLS":     {Media: "dtls", Transport: "tls"},
		"ICE":      {ICE: true},
		"SDES ICE": {Media: "srtp", ICE: true},
		"DTLS ICE": {Media: "dtls", ICE: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
			o.Wav, o.Record, o.AutoAnswer = peers.Tone(t, 8000, 1, time.Minute), filepath.Join(t.TempDir(), "heard.wav"), true
			carol := s.Linphone("carol", o)
			alice := s.Lync("alice", lyncThatCalls())
			alice.Call("sip:carol@parley.test")
			carol.WaitCall(ringing, "StreamsRunning")
			alice.WaitLevel(speaking, loud, loudest)
			waitRecording(t, o.Record)
			alice.Do("hangup")
			carol.WaitCall(ringing, "End")
			expectHeard(t, "carol", o.Record)

			dave := s.Lync("dave", lyncThatAnswers())
			dave.Called(func() { carol.Do("call sip:dave@parley.test") })
			carol.WaitCall(ringing, "StreamsRunning")
			dave.WaitLevel(speaking, loud, loudest)
			dave.Do("hangup")
			carol.WaitCall(ringing, "End")
		})
	}
}

func TestCallBetweenStandardClients(t *testing.T) {
	peers.NeedNamespace(t)
	for name, tt := range map[string]struct {
		bob   peers.BaresipOptions
		carol peers.LinphoneOptions
	}{
		"plain":                {},
		"Opus":                 {bob: peers.BaresipOptions{Codecs: "opus/48000/2"}},
		"G.722 and Opus":       {bob: peers.BaresipOptions{Codecs: "G722/16000,PCMA/8000"}},
		"SDES to plain":        {bob: peers.BaresipOptions{Media: "srtp-mand"}},
		"DTLS to SDES":         {bob: peers.BaresipOptions{Media: "dtls_srtp"}, carol: peers.LinphoneOptions{Media: "srtp"}},
		"ICE on one side":      {carol: peers.LinphoneOptions{ICE: true}},
		"ICE and DTLS on both": {bob: peers.BaresipOptions{Media: "dtls_srtp", ICE: true}, carol: peers.LinphoneOptions{Media: "dtls", ICE: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
			tt.bob.Wav, tt.bob.Record, tt.bob.Answer = toneFor(t, tt.bob.Codecs), t.TempDir(), "auto"
			tt.carol.Wav, tt.carol.Record, tt.carol.AutoAnswer = peers.Tone(t, 8000, 1, time.Minute), filepath.Join(t.TempDir(), "heard.wav"), true
			bob, carol := s.Baresip("bob", tt.bob), s.Linphone("carol", tt.carol)
			bob.Do("dial", "sip:carol@parley.test")
			bob.Wait(ringing, "CALL_ESTABLISHED")
			expectHeard(t, "bob", filepath.Join(tt.bob.Record, "*dec.wav"))
			waitRecording(t, tt.carol.Record)
			bob.Do("hangup", "")
			carol.WaitCall(ringing, "End")
			expectHeard(t, "carol", tt.carol.Record)
			carol.Do("call sip:bob@parley.test")
			bob.Wait(ringing, "CALL_ESTABLISHED")
			carol.WaitCall(ringing, "StreamsRunning")
			carol.Do("terminate")
			bob.Wait(ringing, "CALL_CLOSED")
		})
	}
}
