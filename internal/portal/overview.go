package portal

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"parley/internal/portal/api"
	"parley/internal/quality/report"
)

// maxRange bounds a time range: an hour's row for each of its hours is sent.
const maxRange = 366 * 24 * time.Hour

// GetOverview implements api.Server.
func (p *Portal) GetOverview(w http.ResponseWriter, r *http.Request, params api.GetOverviewParams) {
	span, err := rangeOf(params.From, params.To)
	if err != nil {
		p.fail(w, r, "the overview", err)
		return
	}
	now, err := p.deps.Quality.Overview(r.Context(), span)
	if err != nil {
		p.fail(w, r, "the quality of calls", err)
		return
	}
	before, err := p.deps.Quality.Overview(r.Context(), report.Range{From: span.From.Add(span.From.Sub(span.To)), To: span.From})
	if err != nil {
		p.fail(w, r, "the quality of the calls before", err)
		return
	}
	hours := make([]api.Hour, len(now.Hours))
	for i, h := range now.Hours {
		hours[i] = api.Hour{Start: h.Start.UTC(), Calls: h.Calls, Streams: countsOf(h.Streams)}
	}
	writeJSON(w, http.StatusOK, api.Overview{
		From: span.From.UTC(), To: span.To.UTC(), Hours: hours, Classifier: now.Classifier,
		Totals: totalsOf(now), Previous: totalsOf(before),
		Freshness: api.Freshness{
			AsOf: now.Freshness.AsOf.UTC(), LastRow: timeOrNil(now.Freshness.LastRow), LastCall: timeOrNil(now.Freshness.LastCall),
			Pending: int64(now.Freshness.Pending), LagSeconds: now.Freshness.LagSeconds,
			Quarantined: now.Freshness.Quarantined, Repaired: now.Freshness.Repaired,
		},
	})
}

// rangeOf is the time range of a question: the last 24 hours unless it says otherwise.
func rangeOf(from, to *time.Time) (report.Range, error) {
	span := report.Range{To: time.Now()}
	if to != nil {
		span.To = *to
	}
	span.From = span.To.Add(-24 * time.Hour)
	if from != nil {
		span.From = *from
	}
	switch length := span.To.Sub(span.From); {
	case length <= 0:
		return span, fmt.Errorf("%w: the range ends before it begins", report.ErrBadQuery)
	case length > maxRange:
		return span, fmt.Errorf("%w: the range is longer than %d days", report.ErrBadQuery, maxRange/(24*time.Hour))
	}
	return span, nil
}

func countsOf(c report.StreamCounts) api.Counts {
	return api.Counts{Good: c.Good, Poor: c.Poor, Unclassified: c.Unclassified}
}

func totalsOf(o report.Overview) api.Totals {
	t := api.Totals{Calls: o.Calls, Streams: countsOf(o.Streams)}
	if percent, ok := o.Streams.PoorPercent(); ok {
		low, high := wilson(o.Streams.Poor, o.Streams.Poor+o.Streams.Good)
		t.PoorPercent, t.PoorPercentLow, t.PoorPercentHigh = &percent, &low, &high
	}
	return t
}

// wilson is the 95 % interval of a share k of n in per cent (E. B. Wilson, 1927): it stays honest for small n and for
// shares near 0 and 100, where the usual one does not. n must not be 0.
func wilson(k, n int64) (low, high float64) {
	const z = 1.959964
	share, count := float64(k)/float64(n), float64(n)
	middle := share + z*z/(2*count)
	spread := z * math.Sqrt(share*(1-share)/count+z*z/(4*count*count))
	scale := 100 / (1 + z*z/count)
	return max(0, (middle-spread)*scale), min(100, (middle+spread)*scale)
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
