package ingest

import (
	"context"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/wire/qoe"
)

// wrong is Alice's report by a clock 60 years off, of a call that this server
// does not know.
func wrong(callID string) []byte {
	return report(func(r *qoe.Report) {
		r.Dialog.CallID, r.Dialog.Start, r.Dialog.End = callID, noon(0).AddDate(-60, 0, 0), noon(5).AddDate(-60, 0, 0)
	})
}

// bobs is Bob's report of the same dialog, by a good clock.
func bobs(callID string) []byte {
	return report(func(r *qoe.Report) {
		r.Dialog.CallID, r.Dialog.FromURI, r.Dialog.ToURI, r.Dialog.LocalPAI, r.Dialog.Caller = callID, "sip:alice@parley.test", "sip:bob@parley.test", "sip:bob@parley.test", false
		r.Dialog.Start, r.Dialog.End = noon(1), noon(6)
	})
}

func (w *world) clocks() map[archive.Clock]int {
	w.t.Helper()
	got := map[archive.Clock]int{}
	err := w.archive.Query(w.t.Context(), "SELECT clock, count(*) FROM "+w.archive.From("streams")+" GROUP BY clock", func(row []any) error {
		got[archive.Clock(row[0].(int64))] += int(row[1].(int64))
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// mend runs a repair beside the consumer.
func (w *world) mend(f RepairFilter) RepairResult {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	result, err := w.Repair(ctx, f)
	if err != nil {
		w.t.Fatal(err)
	}
	cancel()
	if err := <-ended; err != nil {
		w.t.Fatal(err)
	}
	return result
}

// The other end's clock repairs a wrong one, in whatever order they report.
func TestAWrongClockIsRepairedByTheOtherEnds(t *testing.T) {
	for name, order := range map[string][2][]byte{"before": {wrong("x"), bobs("x")}, "after": {bobs("x"), wrong("x")}} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			for _, body := range order {
				who := "alice@parley.test"
				if string(body) == string(bobs("x")) {
					who = "bob@parley.test"
				}
				w.accept(who, body)
				w.settleAll()
			}
			rows := w.legs(Dialog{"x", "a1", "s1"})
			if len(rows.Streams) != 2 {
				t.Fatalf("%d streams", len(rows.Streams))
			}
			for _, s := range rows.Streams {
				if s.Started.Year() != 2026 || s.Clock == archive.ClockQuarantined {
					t.Errorf("%v: %s, %v", s.Sender, s.Clock, s.Started)
				}
			}
			if got := w.clocks(); got[archive.ClockRepaired] != 1 {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestRepairOnDemand(t *testing.T) {
	w := open(t)
	w.accept("alice@parley.test", wrong("lost"))
	w.accept("alice@parley.test", wrong("found"))
	w.accept("bob@parley.test", bobs("found"))
	w.settleAll()
	// As a version without the other end's clock left it.
	rows := w.legs(Dialog{"found", "a1", "s1"})
	for i := range rows.Streams {
		rows.Streams[i].Clock, rows.Streams[i].Started = archive.ClockQuarantined, noon(30)
	}
	if err := w.archive.Write(t.Context(), &archive.Batch{Put: archive.Rows{Streams: rows.Streams, Measurements: rows.Measurements}}); err != nil {
		t.Fatal(err)
	}
	if got := w.clocks(); got[archive.ClockQuarantined] != 4 {
		t.Fatalf("before: %v", got)
	}
	if got := w.mend(RepairFilter{Until: noon(-100)}); got != (RepairResult{}) {
		t.Errorf("outside of the filter: %+v", got)
	}
	if got := w.mend(RepairFilter{Since: noon(0), Until: noon(60)}); got.Repaired != 2 || got.Left != 2 {
		t.Errorf("%+v", got)
	}
	if got := w.clocks(); got[archive.ClockQuarantined] != 2 {
		t.Errorf("after: %v", got)
	}
}

// What an older version could not read is read when it can be.
func TestRepairReadsAgainWhatWasSetAside(t *testing.T) {
	w := open(t)
	err := w.archive.Write(t.Context(), &archive.Batch{Put: archive.Rows{Rejected: []archive.Rejected{
		{Seq: 1 << 40, Received: noon(1), Format: formatQoE, Reporter: "alice@parley.test", Reason: "unknown element", Body: string(report(nil))},
		{Seq: 1<<40 + 1, Received: noon(1), Format: formatQoE, Reason: "bad", Body: "<x"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.mend(RepairFilter{}); got.Replayed != 1 {
		t.Errorf("%+v", got)
	}
	w.settleAll()
	if streams, left := w.count("streams"), w.count("rejected"); streams != 2 || left != 1 {
		t.Errorf("%d streams, %d still set aside", streams, left)
	}
}
