package mapping

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// index finds rows by what endpoints report. It is never changed once built.
type index struct {
	revision  uint64
	levels    []level // of networks, the longest prefix first
	bssids    map[string][]*AccessPoint
	endpoints map[string][]*Endpoint
	changes   []time.Time
	some      bool // any set at all
}

// level are the networks of one family with prefixes of one length.
type level struct {
	bits int
	v4   bool
	nets map[netip.Addr][]*located
}

// located is a network with its building, which may be nil.
type located struct {
	*Network
	place *Building
}

// build makes the index of some sets, in the order in which they count.
func build(sets []*Set, revision uint64) *index {
	x := &index{revision: revision, bssids: map[string][]*AccessPoint{}, endpoints: map[string][]*Endpoint{}, some: len(sets) > 0}
	type kind struct {
		bits int
		v4   bool
	}
	levels := map[kind]map[netip.Addr][]*located{}
	for _, s := range sets {
		buildings := make(map[string]*Building, len(s.Buildings))
		for i := range s.Buildings {
			buildings[s.Buildings[i].Key] = &s.Buildings[i]
		}
		for i := range s.Networks {
			n := &s.Networks[i]
			p := unmapped(n.Prefix)
			k := kind{p.Bits(), p.Addr().Is4()}
			if levels[k] == nil {
				levels[k] = map[netip.Addr][]*located{}
			}
			levels[k][p.Addr()] = append(levels[k][p.Addr()], &located{n, buildings[n.Building]})
			x.change(n.Validity)
		}
		for i := range s.AccessPoints {
			a := &s.AccessPoints[i]
			x.bssids[NormalBSSID(a.BSSID)] = append(x.bssids[NormalBSSID(a.BSSID)], a)
			x.change(a.Validity)
		}
		for i := range s.Endpoints {
			e := &s.Endpoints[i]
			x.endpoints[strings.ToLower(e.Name)] = append(x.endpoints[strings.ToLower(e.Name)], e)
			x.change(e.Validity)
		}
	}
	for k, nets := range levels {
		x.levels = append(x.levels, level{k.bits, k.v4, nets})
	}
	slices.SortFunc(x.levels, func(a, b level) int { return cmp.Compare(b.bits, a.bits) })
	slices.SortFunc(x.changes, time.Time.Compare)
	x.changes = slices.CompactFunc(x.changes, time.Time.Equal)
	return x
}

func (x *index) change(v Validity) {
	for _, t := range []time.Time{v.From, v.To} {
		if !t.IsZero() {
			x.changes = append(x.changes, t)
		}
	}
}

// unmapped is a prefix without IPv4-in-IPv6.
func unmapped(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(a.Unmap(), p.Bits()-96).Masked()
	}
	return p.Masked()
}

// network finds the network that a subnet or an address belongs to at a time.
func (x *index) network(text string, at time.Time) *located {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil
		}
		a = a.WithZone("").Unmap()
		p = netip.PrefixFrom(a, a.BitLen())
	}
	p = unmapped(p)
	for _, l := range x.levels {
		if l.v4 != p.Addr().Is4() || l.bits > p.Bits() {
			continue
		}
		up, err := p.Addr().Prefix(l.bits)
		if err != nil {
			continue
		}
		for _, n := range l.nets[up.Addr()] {
			if n.At(at) {
				return n
			}
		}
	}
	return nil
}

// attribute is what Service.Attribute promises.
func (x *index) attribute(attr string) func(text string, at time.Time) string {
	if get, ok := pointAttributes[attr]; ok {
		return func(text string, at time.Time) string {
			for _, a := range x.bssids[NormalBSSID(text)] {
				if a.At(at) {
					return get(a)
				}
			}
			return ""
		}
	}
	if get, ok := endpointAttributes[attr]; ok {
		return func(text string, at time.Time) string {
			for _, e := range x.endpoints[strings.ToLower(text)] {
				if e.At(at) {
					return get(e)
				}
			}
			return ""
		}
	}
	if attr == "inside_corp" { // whatever is not known to be inside is outside
		return func(text string, at time.Time) string {
			switch n := x.network(text, at); {
			case !x.some:
				return ""
			case n != nil && n.inside():
				return "Inside"
			}
			return "Outside"
		}
	}
	get := networkAttributes[attr]
	return func(text string, at time.Time) string {
		if n := x.network(text, at); n != nil && get != nil {
			return get(n)
		}
		return ""
	}
}

func (n *located) inside() bool {
	if n.InsideCorp != nil {
		return *n.InsideCorp
	}
	return n.place != nil && n.place.InsideCorp
}

// ofPlace is an attribute of the building.
func ofPlace(get func(b *Building) string) func(n *located) string {
	return func(n *located) string {
		if n.place == nil {
			return ""
		}
		return get(n.place)
	}
}

// The attributes by their names in the model; never changed.
var (
	networkAttributes = map[string]func(n *located) string{
		"building":       ofPlace(func(b *Building) string { return b.Name }),
		"building_short": ofPlace(func(b *Building) string { return b.ShortName }),
		"ownership":      ofPlace(func(b *Building) string { return b.Ownership }),
		"building_type":  ofPlace(func(b *Building) string { return b.Type }),
		"office_type":    ofPlace(func(b *Building) string { return b.OfficeType }),
		"city":           ofPlace(func(b *Building) string { return b.City }),
		"zip":            ofPlace(func(b *Building) string { return b.Zip }),
		"country":        ofPlace(func(b *Building) string { return b.Country }),
		"state":          ofPlace(func(b *Building) string { return b.State }),
		"region":         ofPlace(func(b *Building) string { return b.Region }),
		"network":        func(n *located) string { return n.Prefix.String() },
		"network_range":  func(n *located) string { return strconv.Itoa(n.Prefix.Bits()) },
		"network_name":   func(n *located) string { return n.Name },
		"network_type":   func(n *located) string { return n.Type },
		"express_route":  func(n *located) string { return strconv.FormatBool(n.ExpressRoute) },
		"mapped_vpn": func(n *located) string {
			return strconv.FormatBool(n.VPN || strings.EqualFold(n.Type, "VPN") || n.place != nil && strings.EqualFold(n.place.Name, "VPN"))
		},
	}
	pointAttributes = map[string]func(a *AccessPoint) string{
		"ap": func(a *AccessPoint) string { return a.Name }, "controller": func(a *AccessPoint) string { return a.Controller },
		"ap_radio": func(a *AccessPoint) string { return a.Radio }, "ap_building": func(a *AccessPoint) string { return a.Building }, "floor": func(a *AccessPoint) string { return a.Floor },
	}
	endpointAttributes = map[string]func(e *Endpoint) string{
		"endpoint_make": func(e *Endpoint) string { return e.Make }, "endpoint_model": func(e *Endpoint) string { return e.Model }, "endpoint_type": func(e *Endpoint) string { return e.Type },
		"endpoint_label1": func(e *Endpoint) string { return e.Label1 }, "endpoint_label2": func(e *Endpoint) string { return e.Label2 }, "endpoint_label3": func(e *Endpoint) string { return e.Label3 },
	}
)
