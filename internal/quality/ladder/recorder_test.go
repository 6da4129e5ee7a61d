package ladder

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/event"
)

// memory is a journal.
type memory struct {
	mu      sync.Mutex
	records [][]byte
	reads   int
}

func (m *memory) AppendAsync(payload []byte, done func(uint64, error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = append(m.records, payload)
	done(uint64(len(m.records)), nil)
}

func (m *memory) Read(_ context.Context, from uint64, yield func(uint64, []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for seq := max(from, 1); seq <= uint64(len(m.records)); seq++ {
		m.reads++
		if err := yield(seq, m.records[seq-1]); err != nil {
			return err
		}
	}
	return nil
}

func TestLadderOfACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var bus event.Bus
		journal := &memory{}
		r := New(Config{Events: &bus, Journal: journal})
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = r.Run(ctx) })

		start := time.Now()
		bus.Publish(event.CallStarted{CallID: "1", From: "alice@parley.test", To: "bob@parley.test", Media: []string{"audio"}})
		change := event.TranslationChanged{CallID: "1", Leg: "callee", What: "codec x-msrta/16000", From: "114", Reason: "unknown there"}
		bus.Publish(change)
		bus.Publish(event.TranslationChanged{CallID: "1", Leg: "callee", What: "m= profile", From: "RTP/SAVP", To: "RTP/AVP", Reason: "no keys"})
		time.Sleep(2 * time.Second)
		bus.Publish(event.CallAnswered{CallID: "1", By: "bob@parley.test", Setup: 2 * time.Second})
		bus.Publish(change) // a later offer, translated in the same way
		time.Sleep(time.Minute)
		synctest.Wait()
		if got, ok, err := r.Call(t.Context(), "1"); err != nil || !ok || len(got.Steps) != 3 {
			t.Errorf("call that goes on: %+v, %v, %v", got, ok, err)
		}
		bus.Publish(event.CallEnded{CallID: "1", Status: 200, Reason: "caller", Talk: time.Minute})
		bus.Publish(event.StreamMeasured{CallID: "1", Leg: "caller", Media: "audio", Codec: "PCMU", Start: start.Add(2100 * time.Millisecond),
			Packets: 2900, Lost: 100, BurstLosses: [8]uint32{10, 5}, MOS: 3.2})
		bus.Publish(event.StreamMeasured{CallID: "1", Leg: "caller", Media: "audio", Codec: "PCMU", Start: start.Add(2100 * time.Millisecond),
			BurstLosses: [8]uint32{1, 0, 0, 0, 0, 0, 0, 2}})
		time.Sleep(2 * settle)
		synctest.Wait()

		got, ok, err := r.Call(t.Context(), "1")
		want := Record{
			ID: "1", Started: start,
			Steps: []Step{
				{At: start, Kind: Signalling, What: "Call started", Detail: "alice@parley.test calls bob@parley.test: audio"},
				{At: start, Kind: Translation, What: "Translated", Detail: "2 changes for the callee"},
				{At: start.Add(2 * time.Second), Kind: Signalling, What: "Answered", Detail: "by bob@parley.test, 2s after the invitation"},
				{At: start.Add(2100 * time.Millisecond), Kind: Media, What: "First audio packet from the caller", Detail: "PCMU, 2900 packets, 3.33 % lost, MOS 3.20"},
				{At: start.Add(2100 * time.Millisecond), Kind: Media, What: "First audio packet from the caller", Detail: "PCMU, 0 packets"},
				{At: start.Add(62 * time.Second), Kind: Signalling, What: "Call ended", Detail: "caller, after 1m0s"},
			},
			Changes: []Change{
				{At: start, Leg: "callee", What: "codec x-msrta/16000", From: "114", Reason: "unknown there"},
				{At: start, Leg: "callee", What: "m= profile", From: "RTP/SAVP", To: "RTP/AVP", Reason: "no keys"},
			},
			Runs: map[string][8]uint32{"caller": {11, 5, 0, 0, 0, 0, 0, 2}},
		}
		if err != nil || !ok {
			t.Fatalf("finished call: %v, %v", ok, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ladder (-want +got):\n%s", diff)
		}
		if len(r.open) != 0 {
			t.Error("a finished call is still in memory")
		}
		stop()
		running.Wait()
	})
}

func TestRecordsAreFoundAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		journal := &memory{}
		var bus event.Bus
		first := New(Config{Events: &bus, Journal: journal})
		ctx, stop := context.WithCancel(t.Context())
		for _, id := range []string{"a", "b", "c"} {
			bus.Publish(event.CallStarted{CallID: id})
			bus.Publish(event.CallEnded{CallID: id, Status: 486, Reason: "Busy Here"})
		}
		stop()
		if err := first.Run(ctx); err != nil { // takes and writes what is there
			t.Fatal(err)
		}
		second := New(Config{Events: &bus, Journal: journal})
		for range 2 {
			got, ok, err := second.Call(t.Context(), "b")
			if err != nil || !ok || got.ID != "b" || got.Steps[1].Detail != "486 Busy Here" || got.Steps[1].Kind != Failure {
				t.Errorf("call b: %+v, %v, %v", got, ok, err)
			}
		}
		if journal.reads != 3+2 {
			t.Errorf("%d records read, want the journal once and each answer once", journal.reads)
		}
		if _, ok, err := second.Call(t.Context(), "z"); ok || err != nil {
			t.Errorf("unknown call: %v, %v", ok, err)
		}
	})
}

func TestCallsAreBounded(t *testing.T) {
	t.Parallel()
	var r Record
	for i := range 2 * maxEntries {
		r.apply(time.Unix(int64(i), 0), event.TranslationChanged{Leg: "callee", What: string(rune('a' + i))})
	}
	if len(r.Changes) != maxEntries || len(r.Steps) > maxEntries || r.Left == 0 {
		t.Errorf("%d changes, %d steps, %d left out", len(r.Changes), len(r.Steps), r.Left)
	}
	late := New(Config{Events: new(event.Bus), Journal: &memory{}})
	late.take(event.Record{Event: event.StreamMeasured{CallID: "unknown"}})
	if len(late.open) != 0 {
		t.Error("an event of an unknown call opened a record")
	}
}
