package generate

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// Cause is something that spoils streams.
type Cause struct {
	Name string `toml:"name"`
	// From and To bound the time in which it acts; zero is unbounded.
	From time.Time `toml:"from"`
	To   time.Time `toml:"to"`
	// Match is what a stream has to be: attributes and their values, all of the
	// same end where they are of an end. A value may end in *.
	Match map[string]string `toml:"match"`
	// Share is how many of these streams it spoils, 0 to 1.
	Share float64 `toml:"share"`
	// Metric is what it spoils, by the name of its column, and Value about what
	// it becomes.
	Metric string  `toml:"metric"`
	Value  float64 `toml:"value"`
}

// ReadCauses reads a TOML document of [[cause]] tables.
func ReadCauses(r io.Reader) ([]Cause, error) {
	var doc struct {
		Cause []Cause `toml:"cause"`
	}
	meta, err := toml.NewDecoder(r).Decode(&doc)
	if err != nil {
		return nil, fmt.Errorf("read causes: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("read causes: %s is not known; a [[cause]] has name, from, to, match, share, metric and value", unknown[0])
	}
	if len(doc.Cause) == 0 {
		return nil, fmt.Errorf("read causes: there is no [[cause]]")
	}
	return doc.Cause, nil
}

// cause is one that is ready to be applied.
type cause struct {
	*Cause
	metric    metric.ID
	ofEnd     []condition
	ofStream  []condition
	endFields []func(g *Generator, e *end, a *archive.End) string
	media     []func(s *archive.Stream, c *call) string
}

type condition struct {
	want   string
	prefix bool
}

func (c condition) holds(v string) bool {
	if c.prefix {
		return strings.HasPrefix(v, c.want)
	}
	return v == c.want
}

// endAttributes are what a Match can ask of an end.
var endAttributes = map[string]func(g *Generator, e *end, a *archive.End) string{
	"building":       func(g *Generator, e *end, _ *archive.End) string { return g.place(e) },
	"region":         func(g *Generator, e *end, _ *archive.End) string { return g.world.regions[e.region].name },
	"band":           func(_ *Generator, e *end, _ *archive.End) string { return e.band() },
	"network":        func(_ *Generator, _ *end, a *archive.End) string { return a.Network },
	"subnet":         func(_ *Generator, _ *end, a *archive.End) string { return a.Subnet },
	"ip":             func(_ *Generator, _ *end, a *archive.End) string { return a.IP },
	"reflexive_ip":   func(_ *Generator, _ *end, a *archive.End) string { return a.Reflexive },
	"relay":          func(_ *Generator, _ *end, a *archive.End) string { return a.Relay },
	"bssid":          func(_ *Generator, _ *end, a *archive.End) string { return a.BSSID },
	"user":           func(_ *Generator, _ *end, a *archive.End) string { return a.User },
	"user_agent":     func(_ *Generator, _ *end, a *archive.End) string { return a.UserAgent },
	"endpoint":       func(_ *Generator, _ *end, a *archive.End) string { return a.Endpoint },
	"os":             func(_ *Generator, _ *end, a *archive.End) string { return a.OS },
	"cpu":            func(_ *Generator, _ *end, a *archive.End) string { return a.CPU },
	"capture":        func(_ *Generator, _ *end, a *archive.End) string { return a.Capture },
	"capture_driver": func(_ *Generator, _ *end, a *archive.End) string { return a.CaptureDriver },
	"render":         func(_ *Generator, _ *end, a *archive.End) string { return a.Render },
	"wifi_driver":    func(_ *Generator, _ *end, a *archive.End) string { return a.WifiDriver },
	"wifi_version":   func(_ *Generator, _ *end, a *archive.End) string { return a.WifiVersion },
	"wifi_radio":     func(_ *Generator, _ *end, a *archive.End) string { return a.WifiRadio },
	"ice":            func(_ *Generator, _ *end, a *archive.End) string { return a.ICE },
	"vpn":            func(_ *Generator, _ *end, a *archive.End) string { return word(a.VPN) },
	"inside":         func(_ *Generator, _ *end, a *archive.End) string { return word(a.Inside) },
}

// streamAttributes are what it can ask of the whole stream.
var streamAttributes = map[string]func(s *archive.Stream, c *call) string{
	"media":     func(s *archive.Stream, _ *call) string { return s.Media.String() },
	"codec":     func(s *archive.Stream, _ *call) string { return s.Codec },
	"transport": func(s *archive.Stream, _ *call) string { return s.Transport },
	"server":    func(_ *archive.Stream, c *call) string { return c.server },
}

func word(t archive.Tri) string {
	switch t {
	case archive.Yes:
		return "yes"
	case archive.No:
		return "no"
	}
	return ""
}

func (g *Generator) prepare(in *Cause) (*cause, error) {
	c := &cause{Cause: in}
	id, ok := metric.ByName(in.Metric)
	switch {
	case !ok:
		return nil, fmt.Errorf("cause %q: no metric is called %q", in.Name, in.Metric)
	case in.Share <= 0 || in.Share > 1:
		return nil, fmt.Errorf("cause %q: share is %v; it must be above 0 and at most 1", in.Name, in.Share)
	case id.Check(in.Value) != nil:
		return nil, fmt.Errorf("cause %q: %w", in.Name, id.Check(in.Value))
	}
	c.metric = id
	names := make([]string, 0, len(in.Match))
	for name := range in.Match {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		want, prefix := strings.CutSuffix(in.Match[name], "*")
		if f, ok := endAttributes[name]; ok {
			c.endFields = append(c.endFields, f)
			c.ofEnd = append(c.ofEnd, condition{want, prefix})
		} else if f, ok := streamAttributes[name]; ok {
			c.media = append(c.media, f)
			c.ofStream = append(c.ofStream, condition{want, prefix})
		} else {
			return nil, fmt.Errorf("cause %q: no attribute is called %q; there are %s", in.Name, name, attributeNames())
		}
	}
	return c, nil
}

func attributeNames() string {
	var names []string
	for n := range endAttributes {
		names = append(names, n)
	}
	for n := range streamAttributes {
		names = append(names, n)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// matches tells whether a cause is about a stream.
func (c *cause) matches(g *Generator, s *archive.Stream, of *call, sides [2]*end) bool {
	if s.Started.Before(c.From) || !c.To.IsZero() && !s.Started.Before(c.To) {
		return false
	}
	for i, f := range c.media {
		if !c.ofStream[i].holds(f(s, of)) {
			return false
		}
	}
	if len(c.endFields) == 0 {
		return true
	}
	for side, e := range sides {
		if e == nil {
			continue
		}
		all := true
		for i, f := range c.endFields {
			if !c.ofEnd[i].holds(f(g, e, &s.Sides[side])) {
				all = false
				break
			}
		}
		if all {
			return true
		}
	}
	return false
}
