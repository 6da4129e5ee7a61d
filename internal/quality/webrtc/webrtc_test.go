package webrtc

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"parley/internal/quality/metric"
)

var began = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// sample is one after some seconds of a stream with 50 packets a second each
// way, of which a share was lost.
func sample(seconds int, lost int) []byte {
	at := began.Add(time.Duration(seconds) * time.Second).UnixMilli()
	n := 50 * seconds
	return fmt.Appendf(nil, `[{"id":"I","type":"inbound-rtp","timestamp":%d,"kind":"audio","ssrc":1,"packetsReceived":%d,"packetsLost":%d,"jitter":0.0%d,"concealedSamples":%d,"totalSamplesReceived":%d,
"jitterBufferDelay":%d,"jitterBufferEmittedCount":%d},{"id":"O","type":"outbound-rtp","timestamp":%d,"kind":"audio","ssrc":2,"packetsSent":%d,"remoteId":"R"},
{"id":"R","type":"remote-inbound-rtp","localId":"O","packetsLost":%d,"roundTripTime":0.05}]`, at, n-lost, lost, 10+seconds, 48*lost, 48000*seconds, 3*seconds, 50*seconds, at, n, lost)
}

func take(t *testing.T, c *Calls, final bool, samples ...[]byte) []Measurement {
	t.Helper()
	m, err := c.Take("alice@parley.test", &Post{CallID: "c", LocalTag: "a", Final: final, Samples: samples}, began.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func value(t *testing.T, m *Measurement, id metric.ID, want float64) {
	t.Helper()
	if v, ok := m.Values.Get(id); !ok || math.Abs(v-want) > 1e-9 {
		t.Errorf("%s is %v (%v), want %v", id, v, ok, want)
	}
}

// Counters are since the beginning: intervals are differences, however the
// samples are spread over posts.
func TestIntervalsAndTotals(t *testing.T) {
	all := [][]byte{sample(5, 0), sample(10, 50), sample(15, 50)}
	for name, posts := range map[string][][][]byte{"one post": {all}, "three posts": {all[:1], all[1:2], all[2:]}, "a post twice": {all[:2], all[:2], all[2:]}} {
		t.Run(name, func(t *testing.T) {
			var c Calls
			var got []Measurement
			for i, p := range posts {
				got = append(got, take(t, &c, i == len(posts)-1, p...)...)
			}
			var parts, finals []*Measurement
			for i := range got {
				switch m := &got[i]; {
				case m.Sent:
				case m.Final:
					finals = append(finals, m)
				default:
					parts = append(parts, m)
				}
			}
			if len(parts) != 2 || len(finals) != 1 {
				t.Fatalf("%d intervals, %d totals", len(parts), len(finals))
			}
			value(t, parts[0], metric.LossRate, 0.2)
			value(t, parts[0], metric.Packets, 200)
			value(t, parts[0], metric.Concealed, 0.01)
			value(t, parts[1], metric.LossRate, 0)
			value(t, parts[1], metric.BufferNominal, 60)
			value(t, finals[0], metric.LossRate, 50.0/750)
			value(t, finals[0], metric.LossRateMax, 0.2)
			value(t, finals[0], metric.Jitter, 25)
			if !parts[1].Started.Equal(began.Add(10*time.Second)) || !parts[1].Ended.Equal(began.Add(15*time.Second)) || !finals[0].Started.Equal(began.Add(5*time.Second)) {
				t.Errorf("%v to %v", parts[1].Started, parts[1].Ended)
			}
			if len(c.calls) != 0 {
				t.Error("the call is not forgotten")
			}
		})
	}
}

func TestSentStreams(t *testing.T) {
	var c Calls
	got := take(t, &c, false, sample(5, 0), sample(10, 50))
	for i := range got {
		if got[i].Sent {
			value(t, &got[i], metric.RoundTrip, 50)
			value(t, &got[i], metric.LossRate, 0.2)
			value(t, &got[i], metric.Packets, 250)
			return
		}
	}
	t.Error("there is no sent stream")
}

func TestPostsThatCannotBeUsed(t *testing.T) {
	var c Calls
	for name, p := range map[string]*Post{"no call": {Samples: [][]byte{sample(1, 0)}}, "no sample": {CallID: "c"}, "nonsense": {CallID: "c", Samples: [][]byte{[]byte("x")}},
		"too many": {CallID: "c", Samples: make([][]byte, maxSamples+1)}} {
		if _, err := c.Take("a@b", p, began); !errors.Is(err, ErrPost) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongClockOfAnEndpoint(t *testing.T) {
	var c Calls
	m, err := c.Take("a@b", &Post{CallID: "c", Final: true, Samples: [][]byte{sample(5, 0)}}, began.AddDate(3, 0, 0))
	if err != nil || m[0].Ended.Year() != 2029 {
		t.Errorf("%v %v", m, err)
	}
}

func TestCallsAreBounded(t *testing.T) {
	var c Calls
	for i := range maxCalls + 5 {
		if _, err := c.Take("a@b", &Post{CallID: fmt.Sprint(i), Samples: [][]byte{sample(1, 0)}}, began); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.calls) > maxCalls {
		t.Errorf("%d calls", len(c.calls))
	}
	if _, err := c.Take("a@b", &Post{CallID: "late", Samples: [][]byte{sample(1, 0)}}, began.Add(time.Hour)); err != nil || len(c.calls) != 1 {
		t.Errorf("%d calls after an hour, %v", len(c.calls), err)
	}
}
