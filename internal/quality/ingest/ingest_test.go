package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/diag"
	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/metric"
	"parley/internal/wire/qoe"
	"parley/internal/wire/rtcpxr"
	"parley/internal/wire/sip"
)

// disk is a journal in memory that can fail like one on disk.
type disk struct {
	mu      sync.Mutex
	records [][]byte
	first   uint64 // number of the first record
	fail    error
	wake    chan struct{}
}

func newDisk(first uint64) *disk { return &disk{first: first, wake: make(chan struct{})} }

func (d *disk) AppendAsync(payload []byte, done func(uint64, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		done(0, d.fail)
		return
	}
	d.records = append(d.records, append([]byte{}, payload...))
	close(d.wake)
	d.wake = make(chan struct{})
	done(d.first+uint64(len(d.records))-1, nil)
}

func (d *disk) Follow(ctx context.Context, from uint64, yield func(uint64, []byte) error) error {
	next := max(from, d.first)
	for {
		d.mu.Lock()
		var payload []byte
		if i := next - d.first; i < uint64(len(d.records)) {
			payload = d.records[i]
		}
		wake := d.wake
		d.mu.Unlock()
		if payload != nil {
			if err := yield(next, payload); err != nil {
				return err
			}
			next++
			continue
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// world is a service on an archive, with a clock of its own.
type world struct {
	*Service
	t       *testing.T
	journal *disk
	archive *archive.Archive
	now     time.Time
	stop    func()
}

func noon(minutes float64) time.Time {
	return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(time.Duration(minutes * float64(time.Minute)))
}

func start(t *testing.T, a *archive.Archive, j *disk) *world {
	t.Helper()
	w := &world{t: t, journal: j, archive: a, now: noon(30)}
	var err error
	w.Service, err = New(t.Context(), Config{Journal: j, Archive: a, Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func open(t *testing.T) *world {
	return start(t, archivetest.Open(t, archive.Config{Engine: archive.EngineDuckDB, Threads: 2}), newDisk(1))
}

// settleAll runs the consumer until the archive has all records.
func (w *world) settleAll() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for w.Status().Pending > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			w.t.Fatalf("%d records still pending", w.Status().Pending)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) legs(dialogs ...Dialog) archive.Rows {
	w.t.Helper()
	var keys []int64
	for _, d := range dialogs {
		keys = append(keys, legKey(d))
	}
	rows, err := w.archive.Legs(w.t.Context(), keys)
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

func (w *world) count(table string) (n int64) {
	w.t.Helper()
	if err := w.archive.Query(w.t.Context(), "SELECT count(*) FROM "+w.archive.From(table), func(row []any) error { n = row[0].(int64); return nil }); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// answer is what a request got.
type answer struct {
	code int
	res  *sip.Message
	err  error
}

func (w *world) send(method, user, from, contentType string, body []byte, edit func(m *sip.Message)) (got answer) {
	w.t.Helper()
	m := sip.NewRequest(method, "sip:parley.test")
	m.Set("Via", "SIP/2.0/TLS 192.0.2.7:5061;branch=z9hG4bK1")
	m.Set("From", "<sip:"+from+">;tag=1")
	m.Set("To", "<sip:"+from+">")
	m.Set("Call-ID", "1")
	m.Set("CSeq", "1 "+method)
	m.Set("User-Agent", "test/1")
	m.SetBody(contentType, body)
	if edit != nil {
		edit(m)
	}
	r := Request{Message: m, User: user,
		Reply: func(code int, reason string, edit func(*sip.Message)) {
			got = answer{code: code, res: sip.NewResponse(m, code, reason)}
			if edit != nil {
				edit(got.res)
			}
		},
		Refuse: func(err error) { got = answer{code: diag.Of(err).SIP, err: err} },
	}
	switch method {
	case "SERVICE":
		w.Service.Service(r)
	case "PUBLISH":
		w.Publish(r)
	default:
		w.Notify(r)
	}
	return got
}

// The legs of a call from a Lync-dialect client to a phone.
var (
	aliceLeg = Leg{Role: "caller", Dialog: Dialog{"a-call", "a1", "s1"}, User: "alice@parley.test", UserAgent: "UCCAPI/16 OC/16", Dialect: "lync", Endpoint: "epid1", Initiated: true}
	bobLeg   = Leg{Role: "callee", Dialog: Dialog{"b-call", "s2", "b1"}, User: "bob@parley.test", UserAgent: "linphone", Dialect: "standard", Endpoint: "uuid2"}
)

func record() CallRecord {
	return CallRecord{ID: "call-1", Caller: "alice@parley.test", Callee: "bob@parley.test", Started: noon(0), Answered: noon(0.1), Ended: noon(5),
		Outcome: "answered", SIPCode: 200, HungUpBy: "caller", Legs: []Leg{aliceLeg, bobLeg}}
}

func relayed(leg Leg, fromEndpoint bool, jitter float64) StreamMeasurement {
	m := StreamMeasurement{CallID: "call-1", Dialog: leg.Dialog, Label: "main-audio", FromEndpoint: fromEndpoint, Initiated: leg.Initiated, User: leg.User,
		Source: metric.Relay, Started: noon(0.1), Ended: noon(5), Codec: "PCMU", ClockRate: 8000, Transport: "UDP", Security: "SRTP",
		Local: netip.MustParseAddrPort("192.0.2.1:40000"), Remote: netip.MustParseAddrPort("10.0.0.5:50000"), MOSModel: "g107/1"}
	m.Values.Put(metric.Jitter, jitter)
	m.Values.Put(metric.LossRate, 0.01)
	m.Values.Put(metric.Packets, 14700)
	m.Values.Put(metric.MOSLQ, 4.2)
	return m
}

// report is what alice's client sends of her leg.
func report(edit func(r *qoe.Report)) []byte {
	in, out := &qoe.Stream{PayloadType: 0, Codec: "PCMU", SampleRate: 8000}, &qoe.Stream{PayloadType: 0, Codec: "PCMU", SampleRate: 8000}
	in.Numbers.Put(qoe.JitterInterArrival, 41)
	in.Numbers.Put(qoe.LossRate, 0.02)
	in.Numbers.Put(qoe.OverallAvg, 3.9)
	out.Numbers.Put(qoe.RoundTrip, 77)
	line := qoe.MediaLine{Label: "main-audio", Inbound: in, Outbound: out}
	line.Description = qoe.Description{ICE: "DIRECT", Transport: "UDP", Security: "SRTP", Network: "wifi", Local: qoe.Address{IP: "10.0.0.5", Port: 50000, SubnetMask: "255.255.255.0"},
		Capture: qoe.Device{Name: "Mic"}, Render: qoe.Device{Name: "Ear"}}
	r := qoe.Report{SessionID: "x", Endpoint: qoe.Endpoint{Name: "PC-1", OS: "Windows"}, Lines: []qoe.MediaLine{line}, Dialog: qoe.DialogInfo{
		CallID: "a-call", FromTag: "a1", ToTag: "s1", Start: noon(0.1), End: noon(5), FromURI: "sip:alice@parley.test", ToURI: "sip:bob@parley.test", Caller: true,
		LocalUserAgent: "UCCAPI/16 OC/16 (Skype for Business)", LocalPAI: "sip:alice@parley.test"}}
	if edit != nil {
		edit(&r)
	}
	return (&qoe.Event{Reports: []qoe.Report{r}}).Append(nil)
}

func (w *world) wantAccepted(got answer, code int) {
	w.t.Helper()
	if got.code != code {
		w.t.Fatalf("answered %d (%v), want %d", got.code, got.err, code)
	}
}

func (w *world) feed(v ...any) {
	w.t.Helper()
	for _, one := range v {
		var err error
		done := func(e error) { err = e }
		switch r := one.(type) {
		case CallRecord:
			w.Call(r, done)
		case StreamMeasurement:
			w.Stream(r, done)
		case []byte:
			w.wantAccepted(w.send("SERVICE", "alice@parley.test", "alice@parley.test", qoe.ReportType, r, nil), 202)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

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

func TestServiceAnswers(t *testing.T) {
	w := open(t)
	forged := report(func(r *qoe.Report) { r.Dialog.LocalPAI = "sip:bob@parley.test" })
	noPAI := report(func(r *qoe.Report) { r.Dialog.LocalPAI = "" })
	guest := report(func(r *qoe.Report) {
		r.Dialog.LocalPAI, r.Dialog.FromURI, r.Dialog.ConferenceURI = "", "sip:x@anonymous.invalid", "sip:alice@parley.test;gruu;opaque=app:conf:focus:id:1"
	})
	focus := func(v string) func(m *sip.Message) {
		return func(m *sip.Message) { m.Set("From", "<sip:x@anonymous.invalid>;tag=2"); m.Set("focus-uri", v) }
	}
	rating := (&qoe.Feedback{CallID: "a-call", FromTag: "a1", ToTag: "s1", User: "sip:alice@parley.test", Rating: 3}).Append(nil)
	const alice, bob = "alice@parley.test", "bob@parley.test"
	for _, c := range []struct {
		name, user, from, typ string
		body                  []byte
		edit                  func(m *sip.Message)
		code                  int
	}{
		{"report", alice, alice, qoe.ReportType, report(nil), nil, 202},
		{"type with parameter", alice, alice, "Application/VQ-RTCPXR+XML; charset=utf-8", report(nil), nil, 202},
		{"identity by FromURI", alice, alice, qoe.ReportType, noPAI, nil, 202},
		{"rating", alice, alice, qoe.FeedbackType, rating, nil, 202},
		{"anonymous in the meeting", "", "x@anonymous.invalid", qoe.ReportType, guest, focus("sip:alice@parley.test;gruu;opaque=app:conf:focus:id:1"), 202},
		{"anonymous elsewhere", "", "x@anonymous.invalid", qoe.ReportType, guest, focus("sip:alice@parley.test;gruu;opaque=app:conf:focus:id:2"), 401},
		{"somebody else's", alice, alice, qoe.ReportType, forged, nil, 401},
		{"another From", alice, bob, qoe.ReportType, forged, nil, 401},
		{"somebody else's rating", bob, bob, qoe.FeedbackType, rating, nil, 401},
		{"not XML", alice, alice, qoe.ReportType, []byte("hello"), nil, 400},
		{"bad number", alice, alice, qoe.ReportType, []byte(strings.Replace(string(report(nil)), ">41<", ">fast<", 1)), nil, 400},
		{"too large", alice, alice, qoe.ReportType, make([]byte, qoe.MaxBody+1), nil, 413},
		{"other type", alice, alice, "text/plain", report(nil), nil, 415},
		{"other document", alice, alice, qoe.ReportType, []byte("<presence/>"), nil, 606},
	} {
		if got := w.send("SERVICE", c.user, c.from, c.typ, c.body, c.edit); got.code != c.code {
			t.Errorf("%s: answered %d (%v), want %d", c.name, got.code, got.err, c.code)
		}
	}
	w.settleAll()
	if n := w.count("ratings"); n != 1 {
		t.Errorf("%d ratings", n)
	}
}

func TestNothingIsAcknowledgedThatIsNotOnDisk(t *testing.T) {
	w := open(t)
	w.journal.fail = errors.New("disk full")
	if got := w.send("SERVICE", "alice@parley.test", "alice@parley.test", qoe.ReportType, report(nil), nil); got.code != 503 {
		t.Errorf("SERVICE answered %d", got.code)
	}
	var told error
	w.Call(record(), func(err error) { told = err })
	if told == nil {
		t.Error("the call's record was acknowledged")
	}
	if w.Status().Pending != 0 {
		t.Errorf("%+v", w.Status())
	}
}

func vq(name string, t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPublishAndNotify(t *testing.T) {
	w := open(t)
	body := vq("bob-session.txt", t)
	const bob = "bob@parley.test"
	got := w.send("PUBLISH", bob, bob, rtcpxr.ContentType, body, func(m *sip.Message) { m.Set("Event", "vq-rtcpxr"); m.Remove("Expires") })
	if got.code != 200 || got.res.Get("SIP-ETag") == "" || got.res.Get("Expires") != "3600" {
		t.Fatalf("PUBLISH answered %+v", got)
	}
	if got := w.send("PUBLISH", bob, bob, "", nil, func(m *sip.Message) { m.Set("SIP-If-Match", "x"); m.Set("Expires", "0") }); got.code != 200 {
		t.Errorf("removal answered %d", got.code)
	}
	if got := w.send("NOTIFY", "", bob, rtcpxr.ContentType, body, nil); got.code != 200 {
		t.Errorf("NOTIFY answered %d", got.code)
	}
	for name, c := range map[string]struct {
		user, typ string
		body      []byte
		code      int
	}{
		"type":  {bob, "text/plain", body, 415},
		"other": {"eve@parley.test", rtcpxr.ContentType, body, 403},
		"empty": {bob, rtcpxr.ContentType, nil, 400},
		"large": {bob, rtcpxr.ContentType, make([]byte, rtcpxr.MaxBody+1), 413},
	} {
		if got := w.send("PUBLISH", c.user, c.user+"x", c.typ, c.body, nil); got.code != c.code {
			t.Errorf("%s: answered %d (%v)", name, got.code, got.err)
		}
	}
	w.settleAll()
	if n := w.count("streams"); n != 2 {
		t.Errorf("%d streams: the PUBLISH and the NOTIFY are the same report", n)
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

func TestBadClocks(t *testing.T) {
	for _, c := range []struct {
		name       string
		start, end time.Time
		alone      archive.Clock
		known      archive.Clock
	}{
		{"right", noon(0.1), noon(5), archive.ClockOK, archive.ClockOK},
		{"sixty years off", noon(0).AddDate(-60, 0, 0), noon(5).AddDate(-60, 0, 0), archive.ClockQuarantined, archive.ClockRepaired},
		{"next week", noon(0).AddDate(0, 0, 7), noon(5).AddDate(0, 0, 7), archive.ClockQuarantined, archive.ClockRepaired},
		{"an hour ahead", noon(60), noon(65), archive.ClockOK, archive.ClockRepaired},
		{"backwards", noon(5), noon(0), archive.ClockQuarantined, archive.ClockRepaired},
		{"three days long", noon(0).AddDate(0, 0, -3), noon(5), archive.ClockQuarantined, archive.ClockRepaired},
		{"last quarter", noon(0).AddDate(0, -3, 0), noon(5).AddDate(0, -3, 0), archive.ClockQuarantined, archive.ClockRepaired},
		{"absurd", time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 5, 0, 0, time.UTC), archive.ClockQuarantined, archive.ClockRepaired},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t)
			w.feed(report(func(r *qoe.Report) { r.Dialog.Start, r.Dialog.End = c.start, c.end }))
			w.settleAll()
			for _, s := range w.legs(aliceLeg.Dialog).Streams {
				if s.Clock != c.alone || s.Started.Before(noon(0).Add(-longestCall)) || s.Ended.After(noon(30).Add(aheadOf)) {
					t.Errorf("alone: %v from %v to %v", s.Clock, s.Started, s.Ended)
				}
			}
			// The server's record repairs what was quarantined.
			w.feed(record())
			w.settleAll()
			for _, s := range w.legs(aliceLeg.Dialog).Streams {
				if s.Clock != c.known || !s.Started.Equal(noon(0.1)) || !s.Ended.Equal(noon(5)) {
					t.Errorf("known: %v from %v to %v", s.Clock, s.Started, s.Ended)
				}
			}
		})
	}
}

func TestImpossibleValuesAreSetAsideWithTheirReason(t *testing.T) {
	w := open(t)
	w.feed(report(func(r *qoe.Report) {
		r.Lines[0].Inbound.Numbers.Put(qoe.LossRate, 1.5)
		r.Lines[0].Inbound.Numbers.Put(qoe.OverallAvg, 7)
	}))
	w.settleAll()
	for _, m := range w.legs(aliceLeg.Dialog).Measurements {
		if m.Source != metric.ReceivingEnd {
			continue
		}
		if m.Values.Has(metric.LossRate) || m.Values.Has(metric.NetworkMOS) || !m.Values.Has(metric.Jitter) || !strings.Contains(m.Remarks, "loss is 1.5, outside of 0 to 1") {
			t.Errorf("%+v", m)
		}
	}
}

// A stop between two writes, or a write that fails after the database took it,
// makes records come twice.
func TestReplayAfterAStopChangesNothing(t *testing.T) {
	w := open(t)
	w.feed(record(), relayed(aliceLeg, true, 5), relayed(aliceLeg, false, 6), relayed(bobLeg, true, 7), relayed(bobLeg, false, 8), report(nil))
	w.settleAll()
	if err := w.archive.Write(t.Context(), &archive.Batch{Cursor: 2}); err != nil {
		t.Fatal(err)
	}
	again := start(t, w.archive, w.journal)
	again.feed(record())
	again.settleAll()
	checkAliceAndBob(t, again)
	if c, _ := w.archive.Cursor(t.Context()); c != 7 {
		t.Errorf("cursor %d", c)
	}
}

func TestAnEmptiedJournalIsConsumedFromItsBeginning(t *testing.T) {
	w := open(t)
	w.feed(record(), report(nil))
	w.settleAll()
	if err := w.archive.Write(t.Context(), &archive.Batch{Cursor: 1000}); err != nil {
		t.Fatal(err)
	}
	fresh := start(t, w.archive, newDisk(1))
	for i := range 3 {
		rec := record()
		rec.ID, rec.Legs = fmt.Sprint("new-", i), nil
		fresh.feed(rec)
	}
	fresh.settleAll()
	if n := w.count("calls"); n != 4 {
		t.Errorf("%d calls, want 4", n)
	}
}

func TestDamagedRecordsAreSetAside(t *testing.T) {
	w := open(t)
	for _, payload := range []string{"", "\x05{", "\x13{\"format\":\"hologram\"}", "\x11{\"format\":\"call\"}not json", "\x13{\"format\":\"ms-qoe\"}<x"} {
		w.journal.AppendAsync([]byte(payload), func(uint64, error) {})
	}
	w.feed(record())
	w.settleAll()
	if n := w.count("rejected"); n != 5 {
		t.Errorf("%d records set aside, want 5", n)
	}
	if n := w.count("calls"); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestStatusCountsByFormat(t *testing.T) {
	w := open(t)
	w.feed(relayed(aliceLeg, false, 5), report(nil), report(func(r *qoe.Report) { // of a call that nobody knows, by a wrong clock
		r.Dialog.CallID, r.Dialog.Start, r.Dialog.End = "other", noon(0).AddDate(-60, 0, 0), noon(1).AddDate(-60, 0, 0)
	}))
	w.send("SERVICE", "alice@parley.test", "alice@parley.test", qoe.ReportType, []byte("x"), nil)
	w.send("SERVICE", "alice@parley.test", "alice@parley.test", qoe.FeedbackType, []byte("x"), nil)
	w.journal.AppendAsync([]byte("?"), func(uint64, error) {})
	w.feed(record())
	w.settleAll()
	got := w.Status().Formats
	for format, want := range map[string]Counts{
		formatQoE:      {Accepted: 2, Last: noon(30), Refused: 1, Merged: 1, Quarantined: 2},
		formatFeedback: {Refused: 1},
		formatStream:   {Accepted: 1, Last: noon(30)},
		formatCall:     {Accepted: 1, Last: noon(30)},
		"unreadable":   {SetAside: 1},
	} {
		if got[format] != want {
			t.Errorf("%s: %+v, want %+v", format, got[format], want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		`"Alice" <sip:Alice@Parley.test:5061;transport=tls>;tag=1`: "alice@parley.test",
		"sips:bob@parley.test;opaque=user:epid:x;gruu":             "bob@parley.test",
		"carol@parley.test": "carol@parley.test",
		"sip:[2001:db8::1]": "", "sip:x@[2001:db8::1]:5060": "x@[2001:db8::1]",
		"": "", "tel:+49": "", "<": "",
	} {
		if got := aor(in); got != want {
			t.Errorf("aor(%q) = %q, want %q", in, got, want)
		}
	}
	for _, c := range [][3]string{{"10.1.2.3", "255.255.254.0", "10.1.2.0/23"}, {"2001:db8::5", "64", "2001:db8::/64"}, {"10.1.2.3", "", ""}, {"x", "8", ""}, {"10.1.2.3", "99", ""}} {
		if got := subnet(c[0], c[1]); got != c[2] {
			t.Errorf("subnet(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
	if !sameParty("sip:bob@192.168.1.4", "bob@parley.test") || sameParty("sip:bob@example.org", "bob@parley.test") {
		t.Error("a phone's own idea of its address")
	}
}

func BenchmarkConsume(b *testing.B) {
	a := archivetest.Open(b, archive.Config{Engine: archive.EngineDuckDB, Path: b.TempDir() + "/q.duckdb", Threads: 2})
	s, err := New(b.Context(), Config{Journal: newDisk(1), Archive: a, Now: func() time.Time { return noon(30) }})
	if err != nil {
		b.Fatal(err)
	}
	seq := uint64(0)
	for b.Loop() {
		batch := make([]journalRecord, 0, 1000)
		for range 1000 {
			seq++
			e := entry{Format: formatQoE, Received: noon(30), Reporter: "alice@parley.test", Body: report(func(r *qoe.Report) { r.Dialog.CallID = fmt.Sprint(seq) })}
			payload, err := e.encode()
			if err != nil {
				b.Fatal(err)
			}
			batch = append(batch, journalRecord{seq, payload})
		}
		if err := s.store(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(seq)/b.Elapsed().Seconds(), "reports/s")
}
