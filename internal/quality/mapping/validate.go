package mapping

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Problem is what is wrong or odd with a row of a set.
type Problem struct {
	// Table is buildings, networks, accessPoints or endpoints; Row counts from 0.
	Table string `json:"table"`
	Row   int    `json:"row"`
	Text  string `json:"text"`
	// Fatal problems keep a set from being taken; others are hints.
	Fatal bool `json:"fatal"`
}

// Error implements error.
func (p Problem) Error() string { return fmt.Sprintf("%s, row %d: %s", p.Table, p.Row+1, p.Text) }

// maxField bounds a text of a row.
const maxField = 500

var setName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$`)

// home are the ranges that home routers hand out; never changed.
var home = []netip.Prefix{
	netip.MustParsePrefix("192.168.0.0/24"), netip.MustParsePrefix("192.168.1.0/24"), netip.MustParsePrefix("192.168.2.0/24"),
	netip.MustParsePrefix("192.168.43.0/24"), netip.MustParsePrefix("10.0.0.0/24"),
}

// Validate looks for everything that is wrong with a set, in the order of its
// rows: keys that are there twice, networks of unknown buildings, and the same
// network twice at one time. A network inside of another one is in order.
func (s *Set) Validate() []Problem {
	v := &validation{}
	if !setName.MatchString(s.Name) {
		v.fatal("set", 0, "the name %.80q has other than letters, digits, spaces, dots, underscores and hyphens, or more than 64 of them", s.Name)
	}
	buildings := map[string]int{}
	for i, b := range s.Buildings {
		if b.Key == "" || b.Name == "" {
			v.fatal("buildings", i, "a building needs a key and a name")
		}
		v.texts("buildings", i, b.Key, b.Name, b.ShortName, b.Ownership, b.Type, b.OfficeType, b.City, b.Zip, b.Country, b.State, b.Region)
		if first, twice := buildings[b.Key]; twice {
			v.fatal("buildings", i, "key %q is that of row %d as well", b.Key, first+1)
		} else {
			buildings[b.Key] = i
		}
		if b.Latitude < -90 || b.Latitude > 90 || b.Longitude < -180 || b.Longitude > 180 || b.Latitude != b.Latitude || b.Longitude != b.Longitude {
			v.fatal("buildings", i, "%g, %g is no place on earth", b.Latitude, b.Longitude)
		}
	}
	networks := map[netip.Prefix][]int{}
	for i, n := range s.Networks {
		v.texts("networks", i, n.Building, n.Name, n.Type)
		v.span("networks", i, n.Validity)
		if !n.Prefix.IsValid() {
			v.fatal("networks", i, "the network is missing")
			continue
		}
		if n.Prefix != n.Prefix.Masked() {
			v.fatal("networks", i, "%s has bits behind its mask; meant is probably %s", n.Prefix, n.Prefix.Masked())
		}
		if _, ok := buildings[n.Building]; n.Building != "" && !ok {
			v.fatal("networks", i, "building %q is not in the table of buildings", n.Building)
		}
		for _, j := range networks[n.Prefix] {
			if s.Networks[j].overlaps(n.Validity) {
				v.fatal("networks", i, "%s is in row %d as well, for a time in common", n.Prefix, j+1)
			}
		}
		networks[n.Prefix] = append(networks[n.Prefix], i)
		if slices.Contains(home, n.Prefix) && n.Building != "" {
			v.hint("networks", i, "%s is what home routers hand out: streams from homes will count for the building", n.Prefix)
		}
	}
	once := func(table string, key func(i int) string, span func(i int) Validity, n int) {
		seen := map[string][]int{}
		for i := range n {
			k := key(i)
			if k == "" {
				v.fatal(table, i, "the row has no name")
				continue
			}
			v.span(table, i, span(i))
			for _, j := range seen[k] {
				if span(i).overlaps(span(j)) {
					v.fatal(table, i, "%s is in row %d as well, for a time in common", k, j+1)
				}
			}
			seen[k] = append(seen[k], i)
		}
	}
	once("accessPoints", func(i int) string { return NormalBSSID(s.AccessPoints[i].BSSID) }, func(i int) Validity { return s.AccessPoints[i].Validity }, len(s.AccessPoints))
	once("endpoints", func(i int) string { return strings.ToLower(s.Endpoints[i].Name) }, func(i int) Validity { return s.Endpoints[i].Validity }, len(s.Endpoints))
	for i, a := range s.AccessPoints {
		v.texts("accessPoints", i, a.BSSID, a.Name, a.Controller, a.Radio, a.Building, a.Floor)
	}
	for i, e := range s.Endpoints {
		v.texts("endpoints", i, e.Name, e.Make, e.Model, e.Type, e.Label1, e.Label2, e.Label3)
	}
	return v.problems
}

type validation struct{ problems []Problem }

func (v *validation) fatal(table string, row int, format string, args ...any) {
	v.problems = append(v.problems, Problem{table, row, fmt.Sprintf(format, args...), true})
}

func (v *validation) hint(table string, row int, format string, args ...any) {
	v.problems = append(v.problems, Problem{table, row, fmt.Sprintf(format, args...), false})
}

func (v *validation) texts(table string, row int, texts ...string) {
	for _, t := range texts {
		if len(t) > maxField {
			v.fatal(table, row, "the text %.30q... is longer than %d bytes", t, maxField)
		}
	}
}

func (v *validation) span(table string, row int, s Validity) {
	if !s.From.IsZero() && !s.To.IsZero() && !s.From.Before(s.To) {
		v.fatal(table, row, "it ends (%s) before it begins (%s)", s.To.Format("2006-01-02"), s.From.Format("2006-01-02"))
	}
}

// NormalBSSID is a BSSID with small letters and hyphens, as the archive has it:
// 00-11-22-aa-bb-cc. A text that is none stays as it is, in small letters.
func NormalBSSID(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	var hex strings.Builder
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
			hex.WriteRune(c)
		case c == ':' || c == '-' || c == '.':
		default:
			return s
		}
	}
	if hex.Len() != 12 {
		return s
	}
	h := hex.String()
	return h[:2] + "-" + h[2:4] + "-" + h[4:6] + "-" + h[6:8] + "-" + h[8:10] + "-" + h[10:]
}
