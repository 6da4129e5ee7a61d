package qoe

// Numbers holds the numbers that a report gave. The zero value is empty.
type Numbers struct {
	has [(fieldCount + 63) / 64]uint64
	v   [fieldCount]float64
}

// Get returns a number, ok false when it was not given.
func (n *Numbers) Get(f Field) (v float64, ok bool) {
	if n.has[f/64]&(1<<(f%64)) == 0 {
		return 0, false
	}
	return n.v[f], true
}

// Put sets a number.
func (n *Numbers) Put(f Field, v float64) {
	n.has[f/64] |= 1 << (f % 64)
	n.v[f] = v
}

// String is the name of the field's element.
func (f Field) String() string { return places[f].name }
