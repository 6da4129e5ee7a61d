package ingest

import (
	"fmt"
	"testing"

	"parley/internal/quality/archive"
)

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
