package ingest

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/metric"
	"parley/internal/wire/qoe"
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
