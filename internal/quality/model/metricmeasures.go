package model

import (
	"strconv"
	"strings"

	"parley/internal/quality/metric"
)

// averageNames are the measures of the original whose names are not simply Avg
// and the metric's title; never changed.
var averageNames = map[metric.ID]string{
	metric.Degradation: "Avg Audio Degradation", metric.Concealed: "Avg Ratio Concealed Samples", metric.Stretched: "Avg Ratio Stretched Samples",
	metric.BufferNominal: "Avg Jitter Buffer Size", metric.OneWay: "Avg Relative OneWay", metric.OneWayMax: "Avg Relative OneWay Max",
	metric.GapDensity: "Avg Relative OneWay Gap Density", metric.GapDuration: "Avg Relative OneWay Gap Duration", metric.PostFECLoss: "Avg Audio Post FECPLR",
	metric.FrameLossLocal: "Avg Video Local Frame Loss Percentage", metric.FrameRateReceived: "Avg Video Recv Frame Rate Average",
	metric.LowFrameRate: "Avg Video Low Frame Rate Call Percent", metric.FrameRate: "Avg Video Frame Rate", metric.DynamicCapability: "Avg Video Dynamic Capability Percent",
	metric.SpoiledTiles: "Avg AppSharing Spoiled Tile Percent Total", metric.SharingOneWay: "Avg AppSharing Relative OneWay",
	metric.TileLatency: "Avg AppSharing RDP Tile Processing Latency", metric.NetworkMOS: "Avg Overall Avg Network MOS",
}

// otherNames of single statistics; never changed.
var otherNames = map[string]string{"p50.rtt": "P50 Latency", "p50.jitter": "P50 Jitter", "p50.loss": "P50 Packet Loss Rate"}

// statistics that the catalogue lists for every metric. Any percentile from p1
// to p99 and any kind of media in front can be asked for beside them.
var listedStatistics = []string{"avg", "min", "max", "p50", "p90", "p95", "p99", "count"}

func metricMeasures() []Measure {
	var all []Measure
	for id := range metric.Count {
		for _, s := range listedStatistics {
			m, _ := Statistic(0, s, id)
			all = append(all, m)
		}
	}
	// The original tells levels by end; here the sending end's are its own.
	for _, e := range []struct {
		title string
		id    metric.ID
		sends bool
	}{
		{"Audio Send Signal Level", metric.SendSignal, true}, {"Audio Recv Signal Level", metric.ReceiveSignal, false},
		{"Audio Send Noise Level", metric.SendNoise, true}, {"Audio Recv Noise Level", metric.ReceiveNoise, false},
		{"Echo Percent Mic In", metric.EchoMicIn, true}, {"Echo Percent Send", metric.EchoSent, true}, {"Initial Signal Level RMS", metric.InitialSignal, true},
		{"Mic Glitch Rate", metric.MicGlitches, true}, {"Speaker Glitch Rate", metric.SpeakerGlitches, false}, {"Send Mute Percent", metric.SendMute, true},
		{"Device Capture Not Functioning Event Ratio", metric.EventDeviceCaptureNotFunctioning, true},
		{"Device Render Not Functioning Event Ratio", metric.EventDeviceRenderNotFunctioning, false},
		{"Device Glitches Event Ratio", metric.EventDeviceGlitches, true},
	} {
		for _, prefix := range []string{"first", "second"} {
			m, _ := Statistic(0, "avg", e.id)
			m.Key = prefix + ".avg." + e.id.String()
			m.Name = "Avg " + strings.ToUpper(prefix[:1]) + prefix[1:] + " " + e.title
			cond := FirstSends
			if (prefix == "first") != e.sends {
				cond = "NOT " + FirstSends
			}
			for i := range m.Atoms {
				m.Atoms[i].When = When{Media: metric.Audio, Cond: cond, Columns: []string{"sender", "server"}}
			}
			all = append(all, m)
		}
	}
	for id := metric.EventNetworkSendQuality; id < metric.Count; id++ {
		d := id.Get()
		limit := id.Stored(0.1) // of a ratio
		if d.Unit == "" {
			limit = 0 // of a count
		}
		bad := When{Cond: "coalesce(" + d.Name + ", 0) > " + strconv.FormatInt(limit, 10), Columns: []string{d.Name}}
		known := Atom{Func: Known, Of: d.Name, Columns: []string{d.Name}, Metric: id}
		all = append(all,
			Measure{Key: d.Name + "_streams", Name: strings.TrimSuffix(d.Title, " Ratio") + " Stream Count", Category: "Events", In: inStreams, Atoms: []Atom{count(bad)}},
			Measure{Key: d.Name + "_pct", Name: strings.TrimSuffix(d.Title, " Ratio") + " Percentage", Category: "Events", Unit: "%", In: inStreams, Form: Percent, Atoms: []Atom{count(bad), known}})
	}
	return all
}

// Statistic is a measure of a metric's values: avg, min, max, sum, count, or a
// percentile p1 to p99. media 0 is all kinds.
func Statistic(media metric.Media, statistic string, id metric.ID) (Measure, bool) {
	d := id.Get()
	key, title := "", ""
	if media != 0 {
		key, title = media.String()+".", strings.ToUpper(media.String()[:1])+media.String()[1:]+" "
	}
	atom := Atom{Of: d.Name, Columns: []string{d.Name}, Metric: id, When: When{Media: media}}
	m := Measure{Key: key + statistic + "." + d.Name, Category: "Metric", Unit: d.Unit, In: inStreams, Scale: d.Scale}
	name := strings.ToUpper(statistic[:1]) + statistic[1:] + " " + d.Title
	known := atom
	known.Func = Known
	switch statistic {
	case "avg":
		atom.Func, m.Form = Sum, Ratio
		m.Atoms = []Atom{atom, known}
		if n, ok := averageNames[id]; ok {
			name = n
		} else {
			name = "Avg " + strings.TrimSuffix(d.Title, " Avg")
		}
	case "sum":
		atom.Func = Sum
		m.Atoms = []Atom{atom}
	case "min":
		atom.Func = Min
		m.Atoms = []Atom{atom}
	case "max":
		atom.Func = Max
		m.Atoms = []Atom{atom}
	case "count":
		m.Atoms, m.Scale, m.Unit = []Atom{known}, 0, ""
	default:
		n, err := strconv.Atoi(strings.TrimPrefix(statistic, "p"))
		if err != nil || statistic[0] != 'p' || n < 1 || n > 99 || statistic != "p"+strconv.Itoa(n) {
			return Measure{}, false
		}
		atom.Func, atom.Q = Quantile, float64(n)/100
		m.Atoms = []Atom{atom}
	}
	if n, ok := otherNames[statistic+"."+d.Name]; ok {
		name = n
	}
	m.Name = title + name
	return m, true
}
