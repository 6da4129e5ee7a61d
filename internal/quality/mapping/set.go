package mapping

import (
	"net/netip"
	"time"
)

// Set is one administrator's table of everything: a file that was uploaded, or
// what an editor holds. Several sets can be in force; of networks that overlap
// the longest prefix counts, then the set whose name comes first.
type Set struct {
	Name         string        `json:"name"`
	Buildings    []Building    `json:"buildings,omitempty"`
	Networks     []Network     `json:"networks,omitempty"`
	AccessPoints []AccessPoint `json:"accessPoints,omitempty"`
	Endpoints    []Endpoint    `json:"endpoints,omitempty"`
}

// Building is a place. Key is what networks name it by.
type Building struct {
	Key        string  `json:"key"`
	Name       string  `json:"name"`
	ShortName  string  `json:"shortName,omitempty"`
	Ownership  string  `json:"ownership,omitempty"`
	Type       string  `json:"type,omitempty"`
	OfficeType string  `json:"officeType,omitempty"`
	City       string  `json:"city,omitempty"`
	Zip        string  `json:"zip,omitempty"`
	Country    string  `json:"country,omitempty"`
	State      string  `json:"state,omitempty"`
	Region     string  `json:"region,omitempty"`
	Latitude   float64 `json:"latitude,omitempty"`
	Longitude  float64 `json:"longitude,omitempty"`
	InsideCorp bool    `json:"insideCorp,omitempty"`
}

// Validity is the span in which a row holds: From is included, To is not; zero
// is without bound.
type Validity struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// At tells whether a time is in the span.
func (v Validity) At(t time.Time) bool {
	return (v.From.IsZero() || !t.Before(v.From)) && (v.To.IsZero() || t.Before(v.To))
}

// overlaps tells whether two spans have a time in common.
func (v Validity) overlaps(o Validity) bool {
	before := func(to, from time.Time) bool { return !to.IsZero() && !from.IsZero() && !from.Before(to) }
	return !before(v.To, o.From) && !before(o.To, v.From)
}

// Network is a subnet of a building.
type Network struct {
	Prefix netip.Prefix `json:"prefix"`
	// Building is the key of a building of the same set; empty for none.
	Building string `json:"building,omitempty"`
	Name     string `json:"name,omitempty"`
	// Type is such as VPN or LAB.
	Type         string `json:"type,omitempty"`
	VPN          bool   `json:"vpn,omitempty"`
	ExpressRoute bool   `json:"expressRoute,omitempty"`
	// InsideCorp overrides the building's; nil is the building's.
	InsideCorp *bool `json:"insideCorp,omitempty"`
	Validity
}

// AccessPoint is a transmitter of a wireless network.
type AccessPoint struct {
	BSSID      string `json:"bssid"`
	Name       string `json:"name,omitempty"`
	Controller string `json:"controller,omitempty"`
	Radio      string `json:"radio,omitempty"`
	Building   string `json:"building,omitempty"`
	Floor      string `json:"floor,omitempty"`
	Validity
}

// Endpoint is a machine or a device by its name.
type Endpoint struct {
	Name   string `json:"name"`
	Make   string `json:"make,omitempty"`
	Model  string `json:"model,omitempty"`
	Type   string `json:"type,omitempty"`
	Label1 string `json:"label1,omitempty"`
	Label2 string `json:"label2,omitempty"`
	Label3 string `json:"label3,omitempty"`
	Validity
}

// Rows is the number of rows of all tables.
func (s *Set) Rows() int {
	return len(s.Buildings) + len(s.Networks) + len(s.AccessPoints) + len(s.Endpoints)
}
