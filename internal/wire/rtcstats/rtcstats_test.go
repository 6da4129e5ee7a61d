package rtcstats

import (
	"errors"
	"strings"
	"testing"
)

// chromium is what Chromium 120 gives for a call with sound, cut to what counts.
const chromium = `{"IT01A1":{"id":"IT01A1","timestamp":1795348800000.5,"type":"inbound-rtp","codecId":"C1","kind":"audio","mid":"0","ssrc":111,"jitter":0.012,"packetsLost":5,"packetsReceived":995,
"packetsDiscarded":2,"jitterBufferDelay":60,"jitterBufferEmittedCount":1000,"concealedSamples":4800,"totalSamplesReceived":480000,"insertedSamplesForDeceleration":960,"removedSamplesForAcceleration":480,"bytesReceived":100000},
"OT01A2":{"id":"OT01A2","timestamp":1795348800000.5,"type":"outbound-rtp","codecId":"C1","kind":"audio","mid":"0","ssrc":222,"packetsSent":1000,"bytesSent":90000,"remoteId":"RI","mediaSourceId":"S1"},
"RI":{"id":"RI","timestamp":1795348799000,"type":"remote-inbound-rtp","localId":"OT01A2","ssrc":222,"packetsLost":10,"fractionLost":0.01,"jitter":0.005,"roundTripTime":0.08},
"C1":{"id":"C1","type":"codec","mimeType":"audio/opus","clockRate":48000},"S1":{"id":"S1","type":"media-source","echoReturnLoss":-30},
"T1":{"id":"T1","type":"transport","selectedCandidatePairId":"CP"},"CP":{"id":"CP","type":"candidate-pair","state":"succeeded","nominated":true,"currentRoundTripTime":0.075,"availableOutgoingBitrate":300000,"localCandidateId":"L","remoteCandidateId":"R"},
"L":{"id":"L","type":"local-candidate","address":"192.0.2.7","port":50000,"candidateType":"host","networkType":"wifi","protocol":"udp"},"R":{"id":"R","type":"remote-candidate","ip":"198.51.100.1","port":"40000"}}`

// list is the same as an array, as libraries write it.
func list(t testing.TB, pairs bool) []byte {
	t.Helper()
	objects, err := split([]byte(chromium))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	rest := chromium
	for range objects {
		i := strings.Index(rest, `":{"id"`) + 2
		j := strings.IndexByte(rest[i:], '}') + i + 1
		one := rest[i:j]
		if pairs {
			one = `["x",` + one + `]`
		}
		out = append(out, one)
		rest = rest[j:]
	}
	return []byte("[" + strings.Join(out, ",") + "]")
}

func TestFormsOfASample(t *testing.T) {
	for name, raw := range map[string][]byte{"by id": []byte(chromium), "array": list(t, false), "pairs": list(t, true)} {
		s, err := Parse(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if s.At.UnixMilli() != 1795348800000 || len(s.Streams) != 2 || s.RoundTrip != 0.075 || s.Bandwidth != 300000 || s.Local.Network != "wifi" || s.Remote.Address != "198.51.100.1" || s.Remote.Port != 40000 {
			t.Errorf("%s: %+v", name, s)
		}
		for _, st := range s.Streams {
			if st.Codec != "opus" || st.Clock != 48000 {
				t.Errorf("%s: %+v", name, st)
			}
			if st.Sent && (st.RemoteRoundTrip != 0.08 || st.Packets != 1000 || st.EchoReturnLoss != -30) || !st.Sent && (st.Lost != 5 || st.Samples != 480000) {
				t.Errorf("%s: %+v", name, st)
			}
		}
	}
}

func TestSamplesThatAreNone(t *testing.T) {
	for _, raw := range []string{"", "x", "5", "[1]", `[["a"]]`, `{"a":{"type":"inbound-rtp","jitter":"fast"}}`, strings.Repeat(" ", MaxSample+1),
		"[" + strings.Repeat(`{"type":"inbound-rtp"},`, maxStreams) + `{"type":"inbound-rtp"}]`} {
		if _, err := Parse([]byte(raw)); err == nil {
			t.Errorf("%.60q: no error", raw)
		}
	}
	if _, err := Parse([]byte(`{"a":{"type":"codec"},"when":5}`)); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(chromium))
	f.Add(list(f, true))
	f.Add([]byte(`{"a":{"type":"inbound-rtp","ssrc":-1,"port":1e300}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := Parse(raw)
		if err == nil && len(s.Streams) == 0 {
			t.Fatal("a sample without streams")
		}
	})
}
