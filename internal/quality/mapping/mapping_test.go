package mapping

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/internal/state"
)

func day(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }

func net(prefix, building string) Network {
	return Network{Prefix: netip.MustParsePrefix(prefix), Building: building}
}

func sample() *Set {
	moved := net("10.1.9.0/24", "LIS")
	moved.To = day(10)
	after := net("10.1.9.0/24", "SEA")
	after.From = day(10)
	vpn := net("10.200.0.0/16", "")
	vpn.Type, vpn.Name = "VPN", "Dial-in"
	return &Set{Name: "main",
		Buildings:    []Building{{Key: "SEA", Name: "Seattle 1", City: "Seattle", InsideCorp: true}, {Key: "LIS", Name: "Lisboa", Region: "EMEA"}},
		Networks:     []Network{net("10.1.0.0/16", "SEA"), net("10.1.2.0/24", "LIS"), net("2001:db8::/32", "SEA"), net("2001:db8:1::/48", "LIS"), moved, after, vpn},
		AccessPoints: []AccessPoint{{BSSID: "00:11:22:AA:BB:CC", Name: "AP-7", Floor: "3"}},
		Endpoints:    []Endpoint{{Name: "ROOM-1", Make: "Contoso"}},
	}
}

func TestLongestPrefixAndTime(t *testing.T) {
	v := Of(sample())
	for _, c := range []struct {
		attr, text string
		day        int
		want       string
	}{
		{"building", "10.1.1.0/24", 1, "Seattle 1"},
		{"building", "10.1.2.7", 1, "Lisboa"},
		{"building", "10.1.2.128/25", 1, "Lisboa"},
		{"building", "10.0.0.0/8", 1, ""}, // wider than any network
		{"building", "10.1.9.0/24", 9, "Lisboa"},
		{"building", "10.1.9.0/24", 10, "Seattle 1"},
		{"building", "::ffff:10.1.2.7", 1, "Lisboa"},
		{"building", "2001:db8:1:2::/64", 1, "Lisboa"},
		{"building", "2001:db8:2::9", 1, "Seattle 1"},
		{"building", "not an address", 1, ""},
		{"inside_corp", "10.1.1.1", 1, "Inside"},
		{"inside_corp", "10.1.2.1", 1, "Outside"},
		{"inside_corp", "192.0.2.1", 1, "Outside"},
		{"mapped_vpn", "10.200.3.4", 1, "true"},
		{"mapped_vpn", "10.1.1.1", 1, "false"},
		{"mapped_vpn", "192.0.2.1", 1, ""},
		{"network", "10.1.2.7", 1, "10.1.2.0/24"},
		{"network_range", "10.1.2.7", 1, "24"},
		{"network_name", "10.200.3.4", 1, "Dial-in"},
		{"ap", "00-11-22-aa-bb-cc", 1, "AP-7"},
		{"floor", "001122AABBCC", 1, "3"},
		{"endpoint_make", "room-1", 1, "Contoso"},
		{"nothing", "10.1.1.1", 1, ""},
	} {
		if got := v.Attribute(c.attr)(c.text, day(c.day)); got != c.want {
			t.Errorf("%s of %s on day %d: %q, want %q", c.attr, c.text, c.day, got, c.want)
		}
	}
	if got := v.Changes(day(1), day(30)); len(got) != 1 || !got[0].Equal(day(10)) {
		t.Errorf("changes %v", got)
	}
	if got := Of().Attribute("inside_corp")("10.1.1.1", day(1)); got != "" {
		t.Errorf("without any set an address is %q", got)
	}
}

func TestValidate(t *testing.T) {
	for want, spoil := range map[string]func(s *Set){
		"": func(*Set) {},
		"networks, row 8: 10.1.2.0/24 is in row 2": func(s *Set) { s.Networks = append(s.Networks, net("10.1.2.0/24", "SEA")) },
		"bits behind its mask":                     func(s *Set) { s.Networks[0].Prefix = netip.MustParsePrefix("10.1.2.3/16") },
		`building "XXX" is not in`:                 func(s *Set) { s.Networks[3].Building = "XXX" },
		`buildings, row 3: key "SEA"`:              func(s *Set) { s.Buildings = append(s.Buildings, s.Buildings[0]) },
		"no place on earth":                        func(s *Set) { s.Buildings[0].Latitude = 91 },
		"ends (2026-11-01) before":                 func(s *Set) { s.Networks[0].Validity = Validity{day(2), day(1)} },
		"accessPoints, row 2":                      func(s *Set) { s.AccessPoints = append(s.AccessPoints, AccessPoint{BSSID: "00-11-22-aa-bb-cc"}) },
		"endpoints, row 2: the row has no name":    func(s *Set) { s.Endpoints = append(s.Endpoints, Endpoint{}) },
		"longer than":                              func(s *Set) { s.Buildings[0].City = strings.Repeat("x", 501) },
		"other than letters":                       func(s *Set) { s.Name = "../x" },
		"network is missing":                       func(s *Set) { s.Networks[0].Prefix = netip.Prefix{} },
	} {
		s := sample()
		spoil(s)
		var got []string
		for _, p := range s.Validate() {
			if p.Fatal {
				got = append(got, p.Error())
			}
		}
		if want == "" && len(got) > 0 || want != "" && !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("%q: %q", want, got)
		}
	}
	s := sample()
	s.Networks = append(s.Networks, net("192.168.1.0/24", "LIS"))
	if p := s.Validate(); len(p) != 1 || p[0].Fatal || !strings.Contains(p[0].Text, "home routers") {
		t.Errorf("%v", p)
	}
}

func open(t *testing.T, dir string) (*state.Store, *Service) {
	t.Helper()
	store, err := state.Open(t.Context(), state.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	return store, s
}

func TestReplaceIsInForceAtOnceAndStays(t *testing.T) {
	dir := t.TempDir()
	store, s := open(t, dir)
	building := func(s *Service) string { return s.Attribute("building")("10.1.1.1", day(1)) }
	if building(s) != "" {
		t.Error("a mapping without sets")
	}
	set := sample()
	for i := range 1500 { // several records
		set.Networks = append(set.Networks, net(fmt.Sprintf("172.%d.%d.0/24", 16+i/250, i%250), "LIS"))
	}
	before := s.Revision()
	if err := s.Replace(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	if building(s) != "Seattle 1" || s.Revision() == before || s.Attribute("building")("172.21.249.9", day(1)) != "Lisboa" {
		t.Errorf("building %q, revision %d", building(s), s.Revision())
	}
	if d := cmp.Diff(set, s.Set("main"), cmpopts.EquateComparable(netip.Prefix{})); d != "" {
		t.Error(d)
	}
	// A set with an error changes nothing.
	wrong := sample()
	wrong.Buildings[0].Name = ""
	if err := s.Replace(t.Context(), wrong); !errors.Is(err, ErrInvalid) || building(s) != "Seattle 1" {
		t.Errorf("%v, %q", err, building(s))
	}
	// Of two sets with one network the first name counts.
	other := &Set{Name: "a first one", Buildings: []Building{{Key: "X", Name: "Annex"}}, Networks: []Network{net("10.1.0.0/16", "X")}}
	if err := s.Replace(t.Context(), other); err != nil || building(s) != "Annex" {
		t.Errorf("%v, %q", err, building(s))
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store, s = open(t, dir)
	defer func() { _ = store.Close() }()
	if building(s) != "Annex" || len(s.Heads()) != 2 {
		t.Errorf("after a restart: %q, %v", building(s), s.Heads())
	}
	if err := s.Remove(t.Context(), "a first one"); err != nil || building(s) != "Seattle 1" {
		t.Errorf("%v, %q", err, building(s))
	}
	if err := s.Replace(t.Context(), &Set{Name: "main"}); err != nil || building(s) != "" || s.Set("main").Rows() != 0 {
		t.Errorf("emptied: %v, %q", err, building(s))
	}
}

func FuzzNetworkOf(f *testing.F) {
	f.Add("10.1.2.3")
	f.Add("2001:db8::%eth0/64")
	f.Add("::ffff:1.2.3.4/100")
	v := Of(sample())
	f.Fuzz(func(t *testing.T, text string) {
		_ = v.Attribute("building")(text, day(1))
		_ = NormalBSSID(text)
	})
}
