package report

import (
	"cmp"
	"slices"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// strip are the intervals among a stream's measurements.
func strip(measured []*archive.Measurement) []Interval {
	var parts []*archive.Measurement
	for _, m := range measured {
		if m.Part > 0 {
			parts = append(parts, m)
		}
	}
	slices.SortFunc(parts, func(a, b *archive.Measurement) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Part, b.Part))
	})
	var out []Interval
	for _, m := range parts {
		value := func(ids ...metric.ID) *float64 {
			for _, id := range ids {
				if v, ok := m.Values.Get(id); ok {
					return &v
				}
			}
			return nil
		}
		out = append(out, Interval{
			By: m.Source.String(), Started: m.Started, Ended: m.Ended, Loss: value(metric.LossRate), Jitter: value(metric.Jitter), RoundTrip: value(metric.RoundTrip),
			MOS: value(metric.MOSLQ, metric.NetworkMOS, metric.MOSCQ),
		})
	}
	return out
}
