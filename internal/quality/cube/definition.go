package cube

import (
	"slices"

	"parley/internal/quality/metric"
)

// Definition is one roll-up. Every roll-up has the kind of media, the verdicts
// and, of each metric, the sum and the number of known values.
type Definition struct {
	Name string
	// Columns are dimensions: columns of the streams.
	Columns []string
	// Hourly roll-ups are made by the hour as well as by the day. Those of many
	// subnets or devices would have as many rows as there are streams; of them,
	// hours are read from the archive.
	Hourly bool
}

// definitions lists the roll-ups, those with the fewest rows first; never
// changed.
var definitions = []Definition{
	{"scene", []string{"server", "sender", "first_inside", "second_inside", "first_vpn", "second_vpn", "first_network", "second_network", "transport", "ice_failed"}, true},
	{"path", []string{"server", "transport", "first_ice", "second_ice", "second_network", "second_relay_ip", "ice_failed", "codec"}, true},
	{"client", []string{"server", "first_user_agent", "second_user_agent", "second_network"}, false},
	{"place", []string{"server", "second_subnet", "second_ip", "second_network", "second_inside", "second_vpn"}, false},
	{"device", []string{"second_capture", "second_capture_driver", "second_render"}, false},
	{"wifi", []string{"second_bssid", "second_ssid", "second_wifi_radio", "second_wifi_channel", "second_wifi_rssi", "second_wifi_driver"}, false},
}

// Has tells whether the roll-up has a column as a dimension.
func (d Definition) Has(column string) bool {
	return column == "media" || computed[column] == "" && slices.Contains(d.Columns, column)
}

// Place tells whether the roll-up has an end's place: its subnet, or its
// address where no subnet was told.
func (d Definition) Place(subnet, ip string) bool {
	return slices.Contains(d.Columns, subnet) && slices.Contains(d.Columns, ip)
}

// computed are columns that roll-ups hold in another form, so that they are
// fewer; the meaning for dimensions stays the same. Never changed.
var computed = map[string]string{
	// An address counts for a place only where no subnet was told.
	"second_ip": "CASE WHEN second_subnet <> 0 THEN 0 ELSE second_ip END",
}

// metrics are those with sums: what reports show beside counts. Each costs two
// columns in every roll-up. Never changed.
var metrics = []metric.ID{
	metric.Jitter, metric.LossRate, metric.RoundTrip, metric.Degradation, metric.NetworkMOS, metric.ListenMOSSent, metric.Concealed, metric.FrameRate, metric.FrameLossLocal,
}
