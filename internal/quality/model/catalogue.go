package model

import (
	"slices"
	"strings"

	"parley/internal/quality/metric"
)

// Catalogue is all dimensions and measures. It is never changed, so it may be
// shared.
type Catalogue struct {
	dimensions []Dimension
	measures   []Measure
	byKey      map[string]*Dimension
	byName     map[string]*Dimension // lower-case friendly name
	measureKey map[string]*Measure
	measureBy  map[string]*Measure
	missingDim []Missing
	missingMea []Missing
}

// New makes the catalogue.
func New() *Catalogue {
	c := &Catalogue{byKey: map[string]*Dimension{}, byName: map[string]*Dimension{}, measureKey: map[string]*Measure{}, measureBy: map[string]*Measure{}}
	c.dimensions = slices.Concat(timeDimensions(), streamDimensions(), endDimensions("first"), endDimensions("second"), callDimensions())
	c.dimensions = append(c.dimensions, pairDimensions()...)
	c.measures = slices.Concat(qualityMeasures(), reliabilityMeasures(), callMeasures(), metricMeasures())
	for i := range c.dimensions {
		d := &c.dimensions[i]
		c.byKey[d.Key] = d
		if n := strings.ToLower(d.Name); c.byName[n] == nil {
			c.byName[n] = d
		}
	}
	for i := range c.measures {
		m := &c.measures[i]
		c.measureKey[m.Key] = m
		if n := strings.ToLower(m.Name); c.measureBy[n] == nil {
			c.measureBy[n] = m
		}
	}
	for name, key := range otherDimensionNames {
		c.byName[strings.ToLower(name)] = c.byKey[key]
	}
	for name, key := range otherMeasureNames {
		c.measureBy[strings.ToLower(name)] = c.measureKey[key]
	}
	known := func(name string) bool {
		return c.byName[strings.ToLower(name)] != nil || c.measureBy[strings.ToLower(name)] != nil
	}
	c.missingDim, c.missingMea = missing(originalDimensions, known), missing(originalMeasures, known)
	return c
}

// pairDimensions are those of both ends together.
func pairDimensions() []Dimension {
	var all []Dimension
	for _, p := range [][2]string{
		{"building", "Building Name Pair"}, {"inside_corp", "Inside Corp Pair"}, {"is_server", "Is Server Pair"}, {"net", "Network Connection Detail Pair"},
		{"ua_category", "User Agent Category Pair"}, {"ice", "Connectivity Ice Pair"}, {"os_filtered", "OS Pair"}, {"network_name", "Network Name Pair"}, {"region", "Region Pair"},
	} {
		all = append(all, Dimension{Key: "pair." + p[0], Name: p[1], Category: "Pair", Kind: Pair, In: []Dataset{Streams}, Of: [2]string{"first." + p[0], "second." + p[0]}})
	}
	all = append(all,
		Dimension{Key: "pair.server_inside", Name: "Server Inside Pair", Category: "Pair", Kind: Pair, In: []Dataset{Streams}, Of: [2]string{"pair.is_server", "pair.inside_corp"}},
		Dimension{Key: "pair.scenario", Name: "Scenario Pair", Category: "Pair", Kind: Pair, In: []Dataset{Streams}, Of: [2]string{"pair.server_inside", "pair.net"}})
	return all
}

// Names of the original for what has another name here; never changed.
var (
	otherDimensionNames = map[string]string{
		"Full Month": "time.month", "Media Line Label": "label", "First Audio FEC Used": "fec", "Audio FEC Used": "fec", "Second Feedback Rating": "rating.stars",
		"First User ObjectId": "first.user", "First Phone Number": "first.user", "Is Media Error": "ice_failed",
		"First Network Delay Event Ratio": "event_net_delay", "Second Network Delay Event Ratio": "event_net_delay",
		"First Local Address": "first.ip", "Second Local Address": "second.ip", "First Endpoint": "first.endpoint", "Second Endpoint": "second.endpoint",
		"First Capture Dev Name": "first.capture", "Second Capture Dev Name": "second.capture", "First Render Dev Name": "first.render", "Second Render Dev Name": "second.render",
		"Network Jitter Avg": "jitter", "Network Jitter Max": "jitter_max", "Jitter Buffer Size Avg": "buffer", "Audio Post FECPLR": "post_fec_loss",
		"Relative OneWay Gap Duration": "gap_duration", "AppSharing Relative OneWay Average": "sharing_one_way", "AppSharing RDP Tile Processing Latency Average": "tile_latency",
		"First Video Frame Rate Avg": "frame_rate", "Second Video Frame Rate Avg": "frame_rate", "First Video Bit Rate Avg": "video_bitrate", "Second Video Bit Rate Avg": "video_bitrate",
	}
	otherMeasureNames = map[string]string{
		"Audio SLA Call Count": "audio.calls", "Second User Count": "second.users", "Avg Network Jitter": "avg.jitter", "Avg Network Jitter Max": "avg.jitter_max",
		"Good": "good", "Poor": "poor", "Unclassified": "unclassified", "OnePercent PacketLoss": "loss1", "Outbound Bit Rate Avg": "avg.video_bitrate",
		"Audio Poor Call Level Percentage": "audio.poor_call_pct",
	}
)

// Dimensions lists all dimensions in the order of their categories.
func (c *Catalogue) Dimensions() []Dimension { return c.dimensions }

// Measures lists the measures that have a fixed name.
func (c *Catalogue) Measures() []Measure { return c.measures }

// Unavailable lists the names of the original that have no data, first the
// dimensions, then the measures.
func (c *Catalogue) Unavailable() (dimensions, measures []Missing) {
	return c.missingDim, c.missingMea
}

// Dimension finds a dimension by its key or friendly name, nil for none.
func (c *Catalogue) Dimension(name string) *Dimension {
	if d := c.byKey[name]; d != nil {
		return d
	}
	return c.byName[strings.ToLower(name)]
}

// Measure finds a measure by its key or friendly name. Statistics need not be
// in the list: p42.jitter, audio.avg.rtt.
func (c *Catalogue) Measure(name string) (*Measure, bool) {
	if m := c.measureKey[name]; m != nil {
		return m, true
	}
	if m := c.measureBy[strings.ToLower(name)]; m != nil {
		return m, true
	}
	parts := strings.Split(name, ".")
	var media metric.Media
	if len(parts) == 3 {
		for _, k := range mediaKinds {
			if k.key == parts[0]+"." {
				media = k.media
			}
		}
		if media == 0 {
			return nil, false
		}
		parts = parts[1:]
	}
	if len(parts) != 2 || parts[0] == "" {
		return nil, false
	}
	id, ok := metric.ByName(parts[1])
	if !ok {
		return nil, false
	}
	m, ok := Statistic(media, parts[0], id)
	if !ok {
		return nil, false
	}
	return &m, true
}
