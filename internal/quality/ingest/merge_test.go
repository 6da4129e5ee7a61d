package ingest

import (
	"fmt"
	"strings"
	"testing"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
	"parley/internal/wire/rtcpxr"
)

// What an endpoint reports, what the relay measured and the server's record
// become one row a stream, in whatever order they come, and coming twice
// changes nothing.
func TestOneRowAStreamInAnyOrder(t *testing.T) {
	parts := []any{record(), relayed(aliceLeg, true, 5), relayed(aliceLeg, false, 6), relayed(bobLeg, true, 7), relayed(bobLeg, false, 8), report(nil)}
	orders := [][]int{{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {5, 0, 1, 2, 3, 4}, {1, 5, 0, 3, 2, 4}, {0, 5, 5, 1, 1, 2, 3, 4, 0}}
	for _, order := range orders {
		for _, oneByOne := range []bool{false, true} {
			t.Run(fmt.Sprint(order, oneByOne), func(t *testing.T) {
				w := open(t)
				for _, i := range order {
					w.feed(parts[i])
					if oneByOne {
						w.settleAll()
					}
				}
				w.settleAll()
				checkAliceAndBob(t, w)
			})
		}
	}
}

func checkAliceAndBob(t *testing.T, w *world) {
	t.Helper()
	for table, n := range map[string]int64{"calls": 1, "legs": 2, "streams": 4, "measurements": 6} {
		if got := w.count(table); got != n {
			t.Errorf("%d rows in %s, want %d", got, table, n)
		}
	}
	rows := w.legs(aliceLeg.Dialog, bobLeg.Dialog)
	if len(rows.Calls) != 1 || !rows.Calls[0].Known || rows.Calls[0].ID != "call-1" || rows.Calls[0].Callee != "bob@parley.test" {
		t.Fatalf("calls %+v", rows.Calls)
	}
	received := streamKey(legKey(aliceLeg.Dialog), "main-audio", archive.Responder)
	for _, s := range rows.Streams {
		if s.CallKey != rows.Calls[0].Key || !s.Started.Equal(noon(0.1)) || s.Clock != archive.ClockOK || s.Codec != "PCMU" || s.Media != metric.Audio {
			t.Errorf("stream %+v", s)
		}
		if s.Key != received {
			continue
		}
		// The stream to alice: her client knows its jitter, the relay its own
		// scores, and the server is the first end.
		jitter, _ := s.Values.Get(metric.Jitter)
		mos, _ := s.Values.Get(metric.MOSLQ)
		packets, _ := s.Values.Get(metric.Packets)
		if jitter != 41 || mos != 4.2 || packets != 14700 || s.Server != archive.Responder || s.Sources != 1<<metric.ReceivingEnd|1<<metric.Relay {
			t.Errorf("jitter %v, mos %v, packets %v, server %v, sources %b", jitter, mos, packets, s.Server, s.Sources)
		}
		if e := s.Of(archive.Initiator); e.User != "alice@parley.test" || e.Endpoint != "PC-1" || e.Subnet != "10.0.0.0/24" || e.Render != "Ear" || !e.Told || !strings.Contains(e.UserAgent, "Skype") {
			t.Errorf("alice's end %+v", e)
		}
	}
}

func TestReportsAloneMakeACall(t *testing.T) {
	w := open(t)
	w.feed(report(nil))
	w.settleAll()
	rows := w.legs(aliceLeg.Dialog)
	if len(rows.Calls) != 1 || rows.Calls[0].Known || rows.Calls[0].Caller != "alice@parley.test" || rows.Calls[0].Outcome != "unknown" || !rows.Calls[0].Started.Equal(noon(0.1)) {
		t.Fatalf("%+v", rows.Calls)
	}
	if len(rows.Streams) != 2 || rows.Streams[0].Server != archive.NoSide {
		t.Fatalf("%+v", rows.Streams)
	}
}

// linphone reports bob's leg in intervals and at the end; the tags are in
// DialogID. An older phone gives the Call-ID alone, before the call is known.
func TestPhonesReportsJoinTheCall(t *testing.T) {
	for _, tagless := range []bool{false, true} {
		t.Run(fmt.Sprint("tagless ", tagless), func(t *testing.T) {
			w := open(t)
			for _, name := range []string{"bob-interval.txt", "bob-session.txt"} {
				body := string(vq(name, t))
				if tagless {
					body, _, _ = strings.Cut(body, "DialogID:")
				}
				got := w.send("PUBLISH", "bob@parley.test", "bob@parley.test", rtcpxr.ContentType, []byte(body), nil)
				w.wantAccepted(got, 200)
				w.settleAll()
			}
			w.feed(relayed(bobLeg, false, 3), record())
			w.settleAll()
			for table, n := range map[string]int64{"calls": 1, "legs": 2, "streams": 2} {
				if got := w.count(table); got != n {
					t.Errorf("%d rows in %s, want %d", got, table, n)
				}
			}
			rows := w.legs(bobLeg.Dialog)
			for _, s := range rows.Streams {
				if s.Sender != archive.Initiator {
					continue // bob's own stream, of which only his RemoteMetrics tell
				}
				loss, _ := s.Values.Get(metric.LossRate)
				jitter, _ := s.Values.Get(metric.Jitter)
				mos, _ := s.Values.Get(metric.MOSLQ)
				if loss != 0.05 || jitter != 12 || mos != 4.5 || s.Of(archive.Responder).User != "bob@parley.test" || s.Remarks == 0 {
					t.Errorf("loss %v, jitter %v, mos %v: %+v", loss, jitter, mos, s)
				}
			}
			finals, intervals := 0, 0
			for _, m := range rows.Measurements {
				if m.Format == formatRFC6035 && m.Part == 0 {
					finals++
				} else if m.Format == formatRFC6035 {
					intervals++
				}
			}
			if finals != 2 || intervals != 2 {
				t.Errorf("%d final and %d interval measurements", finals, intervals)
			}
		})
	}
}

func TestStatHeaderOfBye(t *testing.T) {
	w := open(t)
	w.feed(record())
	w.Stat(bobLeg, "EX=BareSip;CS=0;CD=290;PR=980;PS=1000;PL=20,0;PD=0,0;JI=7.0,0;IP=10.0.0.9:4000,192.0.2.1:40002;EN=PCMU/8000;DE=PCMU/8000", nil)
	w.settleAll()
	rows := w.legs(bobLeg.Dialog)
	if len(rows.Streams) != 2 {
		t.Fatalf("%d streams", len(rows.Streams))
	}
	for _, s := range rows.Streams {
		loss, has := s.Values.Get(metric.LossRate)
		if s.Sender == archive.Initiator && loss != 0.02 {
			t.Errorf("loss of the received stream is %v", loss)
		}
		if s.Sender == archive.Responder && has {
			t.Errorf("the sent stream has a loss of %v without anybody having told", loss)
		}
	}
	var err error
	w.Stat(bobLeg, "nonsense", func(e error) { err = e })
	if err == nil {
		t.Error("nonsense was taken")
	}
}
