package query_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/classify"
	"parley/internal/quality/metric"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
)

// Winter time comes back to Lisbon within these days.
var worldStart = time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)

func worldNow() time.Time { return worldStart.Add(40 * 24 * time.Hour) }

// world is calls with legs, streams and ratings, the same in every run: every
// kind of media, values around the limits, metrics missing, personal data, and
// texts that are SQL.
func world(n int) archive.Rows {
	rnd := rand.New(rand.NewPCG(7, 11))
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	var rows archive.Rows
	rules, _ := classify.ByName("cqd2015")
	for i := range int64(n) {
		at := worldStart.Add(time.Duration(rnd.Int64N(int64(30 * 24 * time.Hour)))).Truncate(time.Millisecond)
		call := archive.Call{Key: i + 1, ID: fmt.Sprintf("call-%03d", i), Started: at, Ended: at.Add(time.Duration(rnd.IntN(600)) * time.Second), Caller: fmt.Sprintf("user%d@parley.test", rnd.IntN(9)),
			Callee: pick("bob.o'hara@example.org", "x' OR '1'='1@parley.test", "carol@parley.test"), Outcome: pick("answered", "answered", "busy", "failed"), SIPCode: 200, Reason: pick("", "media timeout"),
			HungUpBy: pick("caller", "callee", "server"), Known: rnd.IntN(8) > 0, Written: at}
		if call.Outcome == "answered" {
			call.Answered = at.Add(2 * time.Second)
		}
		leg := archive.Leg{Key: 1000 + i, CallKey: call.Key, Role: "caller", CallID: fmt.Sprint("sip-", i), User: call.Caller, Dialect: "lync", Initiated: true, Known: true}
		rows.Calls, rows.Legs = append(rows.Calls, call), append(rows.Legs, leg)
		if rnd.IntN(5) == 0 {
			rows.Ratings = append(rows.Ratings, archive.Rating{Key: 5000 + i, LegKey: leg.Key, CallKey: call.Key, User: call.Caller, Stars: int32(1 + rnd.IntN(5)), Received: at})
		}
		for j := range int64(rnd.IntN(5)) {
			st := archive.Stream{Key: 100000 + 10*i + j, LegKey: leg.Key, CallKey: call.Key, Label: pick("main-audio", "main-video"), Media: metric.Media(rnd.IntN(5)), Sender: archive.Side(1 + j%2),
				Server: archive.Side(rnd.IntN(3)), Started: at.Add(time.Duration(rnd.IntN(5000)) * time.Millisecond), Received: at, ICEFailed: rnd.IntN(10) == 0, Sources: uint8(1<<metric.Relay | rnd.IntN(2)<<metric.ReceivingEnd),
				Clock: archive.Clock(rnd.IntN(3)), Codec: pick("opus", "PCMU", ""), Transport: pick("UDP", "TCP"), Remarks: int32(rnd.IntN(2))}
			st.Ended = st.Started.Add(time.Duration(rnd.IntN(100_000)) * time.Millisecond)
			for e := range st.Sides {
				st.Sides[e] = archive.End{User: call.Caller, UserAgent: pick("UCCAPI/16.0.1 OC/16.0.1", "Linphone/5.2", "RTCC/7.0 MediationServer", ""), OS: pick("Windows 10.0 (x64)", ""),
					IP: pick("10.1.1.7", "10.1.2.9", "2001:db8:1::7", "192.0.2.4", ""), Subnet: pick("10.1.1.0/24", "10.1.2.0/24", "2001:db8:1::/64", "", ""), Network: pick("wired", "wifi", ""),
					Inside: archive.Tri(rnd.IntN(3)), VPN: archive.Tri(rnd.IntN(3)), ICE: pick("DIRECT", "RELAY", ""), Told: rnd.IntN(2) == 0, WifiRSSI: int32(-rnd.IntN(90)), WifiChannel: int32(rnd.IntN(3) * 11), BSSID: pick("aa", "bb", "")}
			}
			for _, r := range append(append(rules.Media[metric.Audio].Limits, rules.Media[metric.Video].Limits...), rules.Media[metric.AppShare].Limits...) {
				step := 1 / r.Metric.Get().Scale
				switch rnd.IntN(6) {
				case 0:
					st.Values.Put(r.Metric, r.Limit+step)
				case 1:
					st.Values.Put(r.Metric, r.Limit)
				case 2:
					st.Values.Put(r.Metric, r.Limit/4)
				}
			}
			if rnd.IntN(2) == 0 {
				st.Values.Put(metric.SendSignal, float64(-rnd.IntN(600))/10)
			}
			rows.Streams = append(rows.Streams, st)
		}
	}
	return rows
}

// open fills an archive and makes a service on it.
func open(t testing.TB, cfg archive.Config, rows archive.Rows, mapping query.Mapping) *query.Service {
	t.Helper()
	a := archivetest.Open(t, cfg)
	if err := a.Write(t.Context(), &archive.Batch{Put: rows, Cursor: 1}); err != nil {
		t.Fatal(err)
	}
	s, err := query.New(query.Config{Archive: a, Engine: cfg.Engine, Model: model.New(), Mapping: mapping, Now: worldNow})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func table(t testing.TB, s *query.Service, text string) *query.Result {
	t.Helper()
	q, err := query.Decode([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	r, err := s.Table(t.Context(), query.Everything{}, q)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}
