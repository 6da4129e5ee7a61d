package classify

import (
	"fmt"
	"strings"

	"parley/internal/quality/metric"
)

// DefaultName is the rule set that answers use when a question names none: the
// one of the Skype for Business Server dashboard.
const DefaultName = "cqd2015"

// Names lists the built-in rule sets, the default first.
func Names() []string { return []string{DefaultName, "jpdr", "teams2024", "sdn3"} }

// ByName returns one of the built-in rule sets.
func ByName(name string) (RuleSet, error) {
	switch name {
	case DefaultName, "":
		return cqd2015(), nil
	case "jpdr":
		return jpdr(), nil
	case "teams2024":
		return teams2024(), nil
	case "sdn3":
		return sdn3(), nil
	}
	return RuleSet{}, fmt.Errorf("no classifier is called %q; there are %s", name, strings.Join(Names(), ", "))
}

// teams2024 has the limits of the cloud's dashboard: without degradation and
// concealment, and only for streams that carried something.
func teams2024() RuleSet {
	s := jpdr()
	s.Name, s.Title = "teams2024", "Teams CQD (2024)"
	s.Media[metric.Audio] = Rules{
		Enough: &Rule{Metric: metric.Packets, Limit: 500},
		Limits: []Rule{{Metric: metric.RoundTrip, Limit: 500}, {Metric: metric.LossRate, Limit: 0.1}, {Metric: metric.Jitter, Limit: 30}},
	}
	return s
}

// sdn3 has the defaults of the Skype for Business SDN manager, which knows three
// levels: optimal, acceptable and bad. What is acceptable counts as good.
func sdn3() RuleSet {
	picture := Rules{Limits: []Rule{
		{Metric: metric.FrameLossLocal, Limit: 10, Optimal: 5},
		{Metric: metric.FrameRate, Limit: 7, Optimal: 12, Below: true},
		{Metric: metric.LowFrameRate, Limit: 10, Optimal: 5},
		{Metric: metric.LowResolution, Limit: 10, Optimal: 5},
		{Metric: metric.VideoLoss, Limit: 0.1, Optimal: 0.05},
		{Metric: metric.VideoPostFECLoss, Limit: 0.1, Optimal: 0.05},
		{Metric: metric.DynamicCapability, Limit: 10, Optimal: 5},
	}}
	return RuleSet{Name: "sdn3", Title: "SDN manager: optimal, acceptable, bad", Media: map[metric.Media]Rules{
		metric.Audio: {Limits: []Rule{
			{Metric: metric.Degradation, Limit: 1, Optimal: 0.6},
			{Metric: metric.Jitter, Limit: 25, Optimal: 15},
			{Metric: metric.LossRate, Limit: 0.05, Optimal: 0.02},
			{Metric: metric.Concealed, Limit: 0.07, Optimal: 0.03},
			{Metric: metric.RoundTrip, Limit: 500, Optimal: 200},
			{Metric: metric.Stretched, Limit: 1, Optimal: 1},
			{Metric: metric.Compressed, Limit: 1, Optimal: 1},
			{Metric: metric.EventDeviceCaptureNotFunctioning, Limit: 0.3, Optimal: 0.1},
			{Metric: metric.EventDeviceRenderNotFunctioning, Limit: 0.3, Optimal: 0.1},
			{Metric: metric.EventDeviceHalfDuplexAEC, Limit: 0.3, Optimal: 0.1},
		}},
		metric.Video: picture,
		metric.AppShare: {Limits: []Rule{
			{Metric: metric.SpoiledTiles, Limit: 36, Optimal: 11},
			{Metric: metric.TileLatency, Limit: 400, Optimal: 200},
			{Metric: metric.SharingOneWay, Limit: 1750, Optimal: 1000},
		}},
	}}
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
