// Package metric is the catalogue of what can be measured on a media stream:
// one entry for every number of every dialect of quality report, with its unit,
// the range that makes sense and the party that knows it best. The archive's
// columns, the merge of two reports, the classifier's rules and the portal's
// tables are all made from it.
package metric

import (
	"fmt"
	"math"
)

// Side is the party whose value of a metric counts when several gave one.
type Side uint8

const (
	// Receiver metrics are seen where the stream arrives: jitter, loss.
	Receiver Side = iota
	// Sender metrics are seen where it starts: round trip, send levels.
	Sender
)

// Def describes one metric.
type Def struct {
	// Name is the archive's column and the name in rules and the API.
	Name string
	// Title is the name that people know from the original dashboard.
	Title string
	// Unit is the unit of the stored value: ms, ratio, %, bit/s, dB, fps, MOS,
	// R or empty for a count.
	Unit string
	// Scale is the number of integer steps in one unit: the archive stores
	// round(value * Scale), which loses nothing that reports carry and makes
	// sums independent of their order.
	Scale float64
	// Min and Max bound what a value can be; outside of it is a mistake.
	Min, Max float64
	// Known tells whose value counts.
	Known Side
}

// Get returns the definition of a metric.
func (id ID) Get() Def { return defs[id] }

// String is the metric's name.
func (id ID) String() string { return defs[id].Name }

// ByName finds a metric by its column name.
func ByName(name string) (ID, bool) {
	for i := range defs {
		if defs[i].Name == name {
			return ID(i), true
		}
	}
	return 0, false
}

// Check says whether a value can be one of this metric; the error tells what is
// wrong with it, for the remark that is kept instead of the value.
func (id ID) Check(v float64) error {
	d := &defs[id]
	switch {
	case math.IsNaN(v), math.IsInf(v, 0):
		return fmt.Errorf("%s is %v, not a number", d.Name, v)
	case v < d.Min || v > d.Max:
		return fmt.Errorf("%s is %v, outside of %v to %v %s", d.Name, v, d.Min, d.Max, d.Unit)
	}
	return nil
}

// Stored is the integer that the archive keeps for a value.
func (id ID) Stored(v float64) int64 { return int64(math.Round(v * defs[id].Scale)) }

// Value is the inverse of Stored.
func (id ID) Value(stored int64) float64 { return float64(stored) / defs[id].Scale }
