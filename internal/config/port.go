package config

import (
	"fmt"
	"strconv"
	"strings"
)

// PortRange is a range of ports, both ends included: "40000-41999" in the file.
type PortRange struct{ First, Last uint16 }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *PortRange) UnmarshalText(text []byte) error {
	first, last, ok := strings.Cut(string(text), "-")
	a, errA := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
	b, errB := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
	if !ok || errA != nil || errB != nil {
		return fmt.Errorf(`%q is no range of ports: write it as "40000-41999"`, text)
	}
	r.First, r.Last = uint16(a), uint16(b)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (r PortRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String is the form in the file.
func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.First, r.Last) }
