package classify

import (
	"fmt"

	"parley/internal/quality/metric"
)

// DefaultName is the rule set that answers use when a question names none: the
// one of the Skype for Business Server dashboard.
const DefaultName = "cqd2015"

// ByName returns one of the built-in rule sets.
func ByName(name string) (RuleSet, error) {
	switch name {
	case DefaultName, "":
		return cqd2015(), nil
	case "jpdr":
		return jpdr(), nil
	}
	return RuleSet{}, fmt.Errorf("no classifier is called %q; there are cqd2015 and jpdr", name)
}

// cqd2015 has the limits that Microsoft published for the on-premises Call
// Quality Dashboard.
func cqd2015() RuleSet {
	s := jpdr()
	s.Name, s.Title = "cqd2015", "Skype for Business CQD (2015)"
	audio := s.Media[metric.Audio]
	audio.Limits = append(audio.Limits, Rule{Metric: metric.Concealed, Limit: 0.07})
	s.Media[metric.Audio] = audio
	return s
}

// jpdr is cqd2015 without concealment, whose value depends on the client more
// than on the network: jitter, packet loss, degradation, round trip.
func jpdr() RuleSet {
	video := func(slowest float64) Rules {
		return Rules{FirstDecides: true, Limits: []Rule{
			{Metric: metric.FrameLossLocal, Limit: 50},
			{Metric: metric.FrameRate, Limit: slowest, Below: true},
			{Metric: metric.VideoPostFECLoss, Limit: 0.15},
		}}
	}
	return RuleSet{Name: "jpdr", Title: "Jitter, packet loss, degradation, round trip", Media: map[metric.Media]Rules{
		metric.Audio: {Limits: []Rule{
			{Metric: metric.Degradation, Limit: 1.0},
			{Metric: metric.RoundTrip, Limit: 500},
			{Metric: metric.LossRate, Limit: 0.1},
			{Metric: metric.Jitter, Limit: 30},
		}},
		metric.Video: video(7),
		metric.VbSS:  video(2),
		metric.AppShare: {Limits: []Rule{
			{Metric: metric.SpoiledTiles, Limit: 36},
			{Metric: metric.TileLatency, Limit: 400},
			{Metric: metric.SharingOneWay, Limit: 1750},
		}},
	}}
}
