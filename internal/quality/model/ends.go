package model

import (
	"strings"

	"parley/internal/quality/archive"
)

// Values of the enumerations; never changed.
var (
	flag     = []Value{{0, "false"}, {1, "true"}}
	triValue = []Value{{1, "false"}, {2, "true"}}
	virtual  = []Value{{1, "Hyper-V"}, {2, "VMware"}, {4, "Virtual PC"}, {8, "Xen"}}
)

// endDimensions are those of one end of a stream, prefix first or second.
func endDimensions(prefix string) []Dimension {
	title := strings.ToUpper(prefix[:1]) + prefix[1:] + " "
	var all []Dimension
	add := func(key, name, category string, d Dimension) *Dimension {
		d.Key, d.Name, d.Category, d.In = prefix+"."+key, title+name, category, []Dataset{Streams}
		for i, c := range d.Columns {
			if !streamWide[c] {
				d.Columns[i] = prefix + "_" + c
			}
		}
		if d.Expr == "" && len(d.Columns) > 0 {
			d.Expr = d.Columns[0]
		}
		d.Expr = strings.ReplaceAll(d.Expr, "@", prefix+"_")
		all = append(all, d)
		return &all[len(all)-1]
	}
	code := func(key, column, name, category string, k archive.Kind) *Dimension {
		return add(key, name, category, Dimension{Kind: Code, Dict: k, Columns: []string{column}, Personal: personal(k)})
	}
	number := func(key, column, name, category, unit string) *Dimension {
		return add(key, name, category, Dimension{Kind: Number, Unit: unit, Columns: []string{column}})
	}
	derived := func(key, column, name, category string, k archive.Kind, f func(string) string) *Dimension {
		return add(key, name, category, Dimension{Kind: Derived, Dict: k, Columns: []string{column}, Derive: f})
	}
	mapped := func(key, attr, name, category string) *Dimension {
		return add(key, name, category, Dimension{Kind: Mapped, Attr: attr, Columns: []string{"subnet", "ip"}, Expr: Place("@subnet", "@ip")})
	}

	code("user", "user", "Sip Uri", "User", archive.User)
	derived("domain", "user", "Domain", "User", archive.User, domainOf)
	code("endpoint", "endpoint", "Client Endpoint Name", "Endpoint", archive.Endpoint)
	code("user_agent", "user_agent", "User Agent", "User Agent", archive.Agent)
	derived("ua_category", "user_agent", "User Agent Category", "User Agent", archive.Agent, AgentCategory)
	derived("app_version", "user_agent", "Client App Version", "User Agent", archive.Agent, AgentVersion)
	derived("app_product", "user_agent", "Endpoint Product Name", "User Agent", archive.Agent, AgentProduct)
	isServer := "CASE WHEN server <> 0 THEN 1 ELSE 0 END" // First is the server when one takes part
	if prefix == "second" {
		isServer = "0" // the archive knows of one server in a leg, its own
	}
	add("is_server", "Is Server", "User Agent", Dimension{Kind: Enum, Unknown: -1, Values: []Value{{0, "Client"}, {1, "Server"}}, Expr: isServer, Columns: []string{"server"}})
	code("os", "os", "OS", "Endpoint", archive.OS)
	derived("os_filtered", "os", "OS Filtered", "Endpoint", archive.OS, osFamily)
	derived("os_arch", "os", "OS Architecture", "Endpoint", archive.OS, osArchitecture)
	code("cpu", "cpu", "CPU Name", "Endpoint", archive.CPU)
	number("cores", "cores", "CPU Number Of Cores", "Endpoint", "")
	number("mhz", "mhz", "CPU Processor Speed", "Endpoint", "MHz")
	add("virtual", "Virtualization Flag", "Endpoint", Dimension{Kind: Enum, Columns: []string{"virtual"}, Values: virtual})
	code("ip", "ip", "IP Address", "Network", archive.IP)
	code("subnet", "subnet", "Subnet", "Network", archive.Subnet)
	code("mac", "mac", "MAC Address", "Network", archive.MAC)
	number("port", "port", "Port", "Network", "")
	code("reflexive_ip", "reflexive_ip", "Reflexive Local IP", "Network", archive.IP)
	derived("reflexive_net", "reflexive_ip", "Reflexive Local IP Network", "Network", archive.IP, networkOf)
	code("relay_ip", "relay_ip", "Relay IP", "Network", archive.IP).Personal = false
	add("inside", "Inside Corp Reported", "Network", Dimension{Kind: Enum, Columns: []string{"inside"}, Values: triValue})
	add("vpn", "VPN", "Network", Dimension{Kind: Enum, Columns: []string{"vpn"}, Values: triValue})
	code("net", "network", "Network Connection Detail", "Network", archive.Word)
	number("link_speed", "link_speed", "Link Speed", "Network", "bit/s")
	code("ice", "ice", "Connectivity Ice", "Network", archive.Word)
	number("ice_warning", "ice_warning", "Ice Warning Flags", "Network", "")
	code("bssid", "bssid", "BSSID", "Wi-Fi", archive.BSSID)
	code("ssid", "ssid", "SSID", "Wi-Fi", archive.SSID)
	code("wifi_driver", "wifi_driver", "Wifi Vendor Driver", "Wi-Fi", archive.Driver)
	code("wifi_version", "wifi_version", "Wifi Vendor Driver Version", "Wi-Fi", archive.Driver)
	code("wifi_radio", "wifi_radio", "Wifi Radio Type", "Wi-Fi", archive.Word)
	number("wifi_rssi", "wifi_rssi", "Wifi Signal Strength", "Wi-Fi", "dBm")
	number("wifi_channel", "wifi_channel", "Wifi Channel", "Wi-Fi", "")
	add("wifi_handovers", "Wifi Handovers", "Wi-Fi", Dimension{Kind: Number, Signed: true, Columns: []string{"wifi_handovers"}})
	add("wifi_band", "Wifi Band", "Wi-Fi", Dimension{Kind: Enum, Columns: []string{"wifi_channel"}, Values: []Value{{1, "2.4 GHz"}, {2, "5 GHz"}},
		Expr: "CASE WHEN @wifi_channel <= 0 THEN 0 WHEN @wifi_channel <= 14 THEN 1 ELSE 2 END"})
	add("rssi_band", "Wifi Signal Band", "Wi-Fi", Dimension{Kind: Bands, Unit: "dBm", Columns: []string{"wifi_rssi"}, Bounds: []float64{-85, -80, -75, -70, -65, -60, -55}})
	code("capture", "capture", "Capture Dev", "Device", archive.Device)
	code("capture_driver", "capture_driver", "Capture Dev Driver", "Device", archive.Driver)
	code("render", "render", "Render Dev", "Device", archive.Device)
	code("render_driver", "render_driver", "Render Dev Driver", "Device", archive.Driver)
	add("told", "QoE Record Available", "Data", Dimension{Kind: Enum, Unknown: -1, Columns: []string{"told"}, Values: flag})

	mapped("building", "building", "Building Name", "Building")
	mapped("building_short", "building_short", "Building Short Name", "Building")
	mapped("ownership", "ownership", "Ownership Type", "Building")
	mapped("building_type", "building_type", "Building Type", "Building")
	mapped("office_type", "office_type", "Building Office Type", "Building")
	mapped("city", "city", "City", "Building")
	mapped("zip", "zip", "Zip Code", "Building")
	mapped("country", "country", "Country", "Building")
	mapped("state", "state", "State", "Building")
	mapped("region", "region", "Region", "Building")
	mapped("network", "network", "Network", "Building")
	mapped("network_range", "network_range", "Network Range", "Building")
	mapped("network_name", "network_name", "Network Name", "Building")
	mapped("network_type", "network_type", "Network Type", "Building")
	mapped("express_route", "express_route", "Express Route", "Building")
	mapped("mapped_vpn", "mapped_vpn", "Network Mapped VPN", "Building")
	mapped("inside_corp", "inside_corp", "Inside Corp", "Building")
	for _, a := range [][3]string{{"ap", "ap", "Access Point"}, {"controller", "controller", "Wifi Controller"}, {"ap_radio", "ap_radio", "Access Point Radio"},
		{"ap_building", "ap_building", "Access Point Building"}, {"floor", "floor", "Floor"}} {
		add(a[0], a[2], "Wi-Fi", Dimension{Kind: Mapped, Attr: a[1], Columns: []string{"bssid"}})
	}
	for _, a := range [][2]string{{"make", "Endpoint Make"}, {"model", "Endpoint Model"}, {"type", "Endpoint Type"}, {"label1", "Endpoint Label 1"}, {"label2", "Endpoint Label 2"}, {"label3", "Endpoint Label 3"}} {
		add("endpoint_"+a[0], a[1], "Endpoint", Dimension{Kind: Mapped, Attr: "endpoint_" + a[0], Columns: []string{"endpoint"}})
	}
	return all
}

// streamWide are columns used by the dimensions of an end that belong to the
// whole stream; never changed.
var streamWide = map[string]bool{"server": true}

// Place is SQL for what a mapping finds an end's network by: its subnet's code
// or, when it told none, its address's code below zero.
func Place(subnet, ip string) string {
	return "CASE WHEN " + subnet + " <> 0 THEN " + subnet + " ELSE -" + ip + " END"
}

func personal(k archive.Kind) bool {
	switch k {
	case archive.User, archive.Endpoint, archive.IP, archive.MAC, archive.BSSID:
		return true
	}
	return false
}
