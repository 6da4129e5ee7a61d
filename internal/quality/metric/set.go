package metric

import (
	"encoding/json"
	"fmt"
	"iter"
)

// Set holds the metrics that one party gave of one stream. The zero value is
// empty. It is a value: copies do not share anything.
type Set struct {
	has [(Count + 63) / 64]uint64
	v   [Count]float64
}

// Get returns a metric, ok false when the set does not have it.
func (s *Set) Get(id ID) (v float64, ok bool) {
	if s.has[id/64]&(1<<(id%64)) == 0 {
		return 0, false
	}
	return s.v[id], true
}

// Has tells whether the set has a metric.
func (s *Set) Has(id ID) bool { return s.has[id/64]&(1<<(id%64)) != 0 }

// Put sets a metric without checking its range.
func (s *Set) Put(id ID, v float64) {
	s.has[id/64] |= 1 << (id % 64)
	s.v[id] = v
}

// Offer sets a metric when the value is possible; otherwise it changes nothing
// and returns why.
func (s *Set) Offer(id ID, v float64) error {
	if err := id.Check(v); err != nil {
		return err
	}
	s.Put(id, v)
	return nil
}

// Remove takes a metric out.
func (s *Set) Remove(id ID) {
	s.has[id/64] &^= 1 << (id % 64)
	s.v[id] = 0
}

// Len is the number of metrics in the set.
func (s *Set) Len() int {
	n := 0
	for range s.All() {
		n++
	}
	return n
}

// All yields the metrics of the set in the catalogue's order.
func (s *Set) All() iter.Seq2[ID, float64] {
	return func(yield func(ID, float64) bool) {
		for id := range Count {
			if s.Has(id) && !yield(id, s.v[id]) {
				return
			}
		}
	}
}

// MarshalJSON writes an object of names and values.
func (s Set) MarshalJSON() ([]byte, error) {
	m := make(map[string]float64)
	for id, v := range s.All() {
		m[id.String()] = v
	}
	return json.Marshal(m)
}

// UnmarshalJSON reads what MarshalJSON wrote. A name that the catalogue does
// not have is an error.
func (s *Set) UnmarshalJSON(b []byte) error {
	var m map[string]float64
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("read metrics: %w", err)
	}
	*s = Set{}
	for name, v := range m {
		id, ok := ByName(name)
		if !ok {
			return fmt.Errorf("read metrics: no metric is called %q", name)
		}
		s.Put(id, v)
	}
	return nil
}
