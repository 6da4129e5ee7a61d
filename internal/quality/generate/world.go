package generate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// How much there is of everything: the cardinalities of a company that an
// administrator of the original dashboard would call large.
const (
	buildings    = 420
	subnets      = 8000
	users        = 50_000
	machines     = 60_000
	bssids       = 20_000
	devices      = 600
	drivers      = 900
	hostsPerNet  = 18 // leases seen in a subnet: 144,000 inside addresses; homes add 50,000 outside ones
	mcusPerSite  = 6
	relaysPerHub = 2
)

// region is a part of the world with its own time of day.
type region struct {
	name, country string
	offset        int // hours from UTC
	weight        float64
	x, y          float64 // a place, for distances in thousands of kilometres
	cities        []string
	mcus, relays  []string
	userFrom      int // its users are userFrom to userTo
	userTo        int
}

type building struct {
	name          string
	region        int
	wired, wifi   []int // subnets
	apFrom, aps   int   // its BSSIDs
	size          float64
	wifiTrouble   float64 // how much worse than others
	congestedHour int     // local hour at which its uplink is full, -1 for never
}

type subnet struct {
	text, prefix string
	building     int
	wifi         bool
	hosts        [hostsPerNet]string
}

type user struct {
	address, reflexive, homeIP, homeNet string
	building                            int
	machine                             int
	second                              int // second machine, -1 for none
	remote                              float64
	vpn                                 bool
	homeWifi                            bool
}

// world is everything that stays the same over the calls.
type world struct {
	regions   []region
	regionMix weighted
	buildings []building
	subnets   []subnet
	users     []user
	machines  []machine
	bssids    []string
	builds    []family
}

func newWorld(seed uint64, until time.Time) *world {
	w := &world{regions: newRegions()}
	r := source(seed, 1)
	weights := make([]float64, len(w.regions))
	for i := range w.regions {
		weights[i] = w.regions[i].weight
	}
	w.regionMix = newWeighted(weights)
	w.makeBuildings(r)
	w.makeSubnets(r)
	w.builds = newFamilies(until)
	w.makeMachines(r)
	w.makeUsers(r)
	return w
}

func newRegions() []region {
	regions := []region{
		{name: "EMEA West", country: "GB", offset: 0, weight: 0.2, x: 0, y: 5.7, cities: []string{"London", "Leeds", "Dublin", "Lisbon"}},
		{name: "EMEA Central", country: "DE", offset: 1, weight: 0.24, x: 0.9, y: 5.5, cities: []string{"Munich", "Berlin", "Zurich", "Vienna", "Milan"}},
		{name: "Americas East", country: "US", offset: -5, weight: 0.24, x: -5.6, y: 4.5, cities: []string{"New York", "Boston", "Atlanta", "Toronto"}},
		{name: "Americas West", country: "US", offset: -8, weight: 0.14, x: -9, y: 4.6, cities: []string{"Seattle", "San Jose", "Denver"}},
		{name: "India", country: "IN", offset: 5, weight: 0.1, x: 7.5, y: 1.5, cities: []string{"Bangalore", "Pune", "Hyderabad"}},
		{name: "Asia Pacific", country: "SG", offset: 8, weight: 0.08, x: 10.5, y: 0.2, cities: []string{"Singapore", "Tokyo", "Sydney"}},
	}
	for i := range regions {
		for s := range mcusPerSite {
			regions[i].mcus = append(regions[i].mcus, fmt.Sprintf("10.200.%d.%d", i, 10+s))
		}
		for s := range relaysPerHub {
			regions[i].relays = append(regions[i].relays, fmt.Sprintf("203.0.113.%d", 10*i+s+8))
		}
	}
	return regions
}

func (w *world) makeBuildings(r *rand.Rand) {
	seen := map[string]int{}
	for i := range buildings {
		reg := w.regionMix.pick(r)
		if i < len(w.regions) {
			reg = i // none is empty
		}
		city := w.regions[reg].cities[skewed(r, len(w.regions[reg].cities), 1.4)]
		seen[city]++
		b := building{name: fmt.Sprintf("%s %d", city, seen[city]), region: reg, size: 1 / math.Pow(float64(i/len(w.regions)+2), 0.55), congestedHour: -1}
		b.wifiTrouble = logNormal(r, 1, 0.45)
		if r.Float64() < 0.06 {
			b.congestedHour = 9 + r.IntN(7)
		}
		w.buildings = append(w.buildings, b)
	}
}

func (w *world) makeSubnets(r *rand.Rand) {
	sizes := make([]float64, buildings)
	for i := range w.buildings {
		sizes[i] = w.buildings[i].size
	}
	bySize := newWeighted(sizes)
	owners := make([]int, 0, subnets)
	for i := range buildings { // everybody has two
		owners = append(owners, i, i)
	}
	for len(owners) < subnets {
		owners = append(owners, bySize.pick(r))
	}
	for n, owner := range owners {
		b := &w.buildings[owner]
		s := subnet{building: owner, prefix: fmt.Sprintf("10.%d.%d.", 16+n>>8, n&255), wifi: len(b.wifi)*2 < len(b.wired)}
		s.text = s.prefix + "0/24"
		for h := range s.hosts {
			s.hosts[h] = fmt.Sprint(s.prefix, 20+h*11)
		}
		if s.wifi {
			b.wifi = append(b.wifi, n)
		} else {
			b.wired = append(b.wired, n)
		}
		w.subnets = append(w.subnets, s)
	}
	total := bySize[len(bySize)-1]
	for i := range w.buildings {
		b := &w.buildings[i]
		b.apFrom = len(w.bssids)
		b.aps = max(2, int(float64(bssids)*b.size/total))
		for range b.aps {
			n := len(w.bssids)
			w.bssids = append(w.bssids, fmt.Sprintf("3c-51-0e-%02x-%02x-%02x", n>>16, n>>8&255, n&255))
		}
	}
}

// homeNets are what routers for homes come with; they must not be mapped.
var homeNets = [...]string{"192.168.0.", "192.168.1.", "192.168.1.", "192.168.2.", "192.168.178.", "10.0.0.", "192.168.43."}

func (w *world) makeUsers(r *rand.Rand) {
	// By region, so that a call can be made from where it is day.
	byRegion := make([][]int, len(w.regions))
	sizes := make([]weighted, len(w.regions))
	for reg := range w.regions {
		var s []float64
		for i := range w.buildings {
			if w.buildings[i].region == reg {
				byRegion[reg] = append(byRegion[reg], i)
				s = append(s, w.buildings[i].size)
			}
		}
		sizes[reg] = newWeighted(s)
	}
	second := users
	for reg := range w.regions {
		g := &w.regions[reg]
		g.userFrom = len(w.users)
		n := int(math.Round(users * g.weight))
		if reg == len(w.regions)-1 {
			n = users - len(w.users)
		}
		for range n {
			i := len(w.users)
			home := homeNets[r.IntN(len(homeNets))]
			u := user{
				address: fmt.Sprintf("u%05d@contoso.example", i), building: byRegion[reg][sizes[reg].pick(r)], machine: i, second: -1,
				reflexive: fmt.Sprintf("%d.%d.%d.%d", 78+reg, i>>12&255, i>>4&255, i&15*13+7), homeNet: home + "0/24", homeIP: fmt.Sprint(home, 2+r.IntN(60)),
				remote: [...]float64{0.05, 0.2, 0.4, 0.95}[skewed(r, 4, 1.5)], vpn: r.Float64() < 0.35, homeWifi: r.Float64() < 0.7,
			}
			if second < machines && r.Float64() < 0.21 {
				u.second = second
				second++
			}
			w.users = append(w.users, u)
		}
		g.userTo = len(w.users)
	}
}
