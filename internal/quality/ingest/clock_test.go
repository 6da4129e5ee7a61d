package ingest

import (
	"strings"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
	"parley/internal/wire/qoe"
)

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
