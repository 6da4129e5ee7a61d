package report

import (
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

func TestStripIsBySourceAndTime(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	one := func(source metric.Source, part int32, loss float64) *archive.Measurement {
		m := &archive.Measurement{Source: source, Part: part, Started: at, Ended: at.Add(time.Duration(part) * time.Minute)}
		m.Values.Put(metric.LossRate, loss)
		return m
	}
	got := strip([]*archive.Measurement{one(metric.Relay, 2, 0.2), one(metric.Relay, 0, 0.9), one(metric.ReceivingEnd, 5, 0.5), one(metric.Relay, 1, 0.1)})
	if len(got) != 3 || got[0].By != "receiver" || *got[1].Loss != 0.1 || *got[2].Loss != 0.2 || got[2].Jitter != nil || !got[2].Ended.Equal(at.Add(2*time.Minute)) {
		t.Errorf("%+v", got)
	}
}
