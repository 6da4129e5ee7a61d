package measure

import "time"

// RoundTrips collects a path's round trip times.
type RoundTrips struct {
	Last, Min, Max time.Duration
	Count          uint32
	sum            time.Duration
}

// Add files one measurement.
func (r *RoundTrips) Add(d time.Duration) {
	if r.Count == 0 || d < r.Min {
		r.Min = d
	}
	r.Max = max(r.Max, d)
	r.Last = d
	r.sum += d
	r.Count++
}

// Since gives what was added after earlier round trips of the same path. Last, minimum and maximum stay those of the whole.
func (r RoundTrips) Since(e RoundTrips) RoundTrips {
	r.Count -= e.Count
	r.sum -= e.sum
	return r
}

// Avg gives the mean, 0 when nothing was measured.
func (r RoundTrips) Avg() time.Duration {
	if r.Count == 0 {
		return 0
	}
	return r.sum / time.Duration(r.Count)
}
