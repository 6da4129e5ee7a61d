package cqd

import (
	"strings"

	"parley/internal/quality/model"
)

// name is a DataModelName taken apart: [AllStreams].[Second Inside Corp].
func name(dataModelName string) (table, attribute string) {
	s := strings.TrimSpace(dataModelName)
	if !strings.HasPrefix(s, "[") {
		return "", s
	}
	table, rest, ok := strings.Cut(s[1:], "].[")
	if !ok {
		return "", strings.TrimSuffix(table, "]")
	}
	return table, strings.TrimSuffix(rest, "]")
}

// Names of the on-premises cube, whose attributes say little without their
// table; never changed.
var cubeDimensions = map[string]string{
	"StartDate.Month": "time.full_month", "StartDate.Full Month": "time.full_month", "StartDate.Date": "time.day", "StartDate.Week": "time.week_of_year", "StartDate.Year": "time.year",
	"StartTime.Hour": "time.hour_of_day", "Scenarios.ScenarioPair": "pair.scenario", "StreamType.StreamType": "media_type", "MediaType.MediaType": "media_type",
	"First Is Server.Agent": "first.is_server", "Second Is Server.Agent": "second.is_server",
	"First User Agent.User Agent Type": "first.ua_category", "Second User Agent.User Agent Type": "second.ua_category",
	"First User Agent.User Agent": "first.user_agent", "Second User Agent.User Agent": "second.user_agent",
	"First Network Connection Type.Network Connection Detail": "first.net", "Second Network Connection Type.Network Connection Detail": "second.net",
	"Access Location Pair.Location Pair": "pair.inside_corp", "First Inside.Inside": "first.inside_corp", "Second Inside.Inside": "second.inside_corp",
	"First Building.Building Name": "first.building", "Second Building.Building Name": "second.building", "First Building.Region": "first.region", "Second Building.Region": "second.region",
	"First Subnet.Subnet": "first.subnet", "Second Subnet.Subnet": "second.subnet", "Connectivity.Connectivity": "pair.ice", "Transport.Transport": "transport",
	"First Capture Device.Device": "first.capture", "Second Capture Device.Device": "second.capture", "Audio Bandwidth Est.Metric": "bandwidth",
}

var cubeMeasures = map[string]string{
	"Audio Streams Count": "audio.streams", "Audio Good Streams Count": "audio.good", "Audio Poor Streams Count": "audio.poor", "Audio UnClassified Streams Count": "audio.unclassified",
	"AudioPoorPercentage": "audio.poor_pct", "Audio Good Streams JPDR Count": "audio.good@jpdr", "Audio Poor Streams JPDR Count": "audio.poor@jpdr", "AudioPoorJPDRPercentage": "audio.poor_pct@jpdr",
	"Audio UnClassified Streams JPDR Count": "audio.unclassified@jpdr", "Video Streams Count": "video.streams", "AppSharing Streams Count": "appshare.streams",
}

// dimension finds the dimension behind a DataModelName, nil for none.
func dimension(c *model.Catalogue, dataModelName string) *model.Dimension {
	table, attribute := name(dataModelName)
	if key, ok := cubeDimensions[table+"."+attribute]; ok {
		return c.Dimension(key)
	}
	if d := c.Dimension(attribute); d != nil {
		return d
	}
	return c.Dimension(table + " " + attribute) // [Second User Agent].[...] of other editions
}

// Measure finds the measure behind a DataModelName. Its key may carry the name
// of a classifier behind an @.
func Measure(c *model.Catalogue, dataModelName string) (key string, ok bool) {
	_, attribute := name(dataModelName)
	if key, ok := cubeMeasures[attribute]; ok {
		return key, true
	}
	m, ok := c.Measure(attribute)
	if !ok {
		return "", false
	}
	return m.Key, true
}

// Lack is a name that the archive has no data for.
type Lack struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// lack says why a name is missing.
func lack(c *model.Catalogue, dataModelName string) Lack {
	_, attribute := name(dataModelName)
	dims, measures := c.Unavailable()
	for _, m := range append(dims, measures...) {
		if strings.EqualFold(m.Name, attribute) {
			return Lack{Name: attribute, Why: m.Reason}
		}
	}
	return Lack{Name: attribute, Why: "the model has no such name"}
}
