package qoe

import (
	"fmt"
	"strconv"
	"strings"
)

// description fills in the tree below a Description (MS-QoE section 2.2.1.6).
func description(n *node) {
	desc := func(field func(d *Description) *string) func(p *parser) *string {
		return func(p *parser) *string { return field(&p.line.Description) }
	}
	text(n.at("Connectivity/Ice"), desc(func(d *Description) *string { return &d.ICE }))
	n.at("Connectivity/IceWarningFlags").leaf = func(p *parser, text []byte) (err error) {
		p.line.Description.ICEWarning, err = warningFlags(string(text))
		return err
	}
	text(n.at("Security"), desc(func(d *Description) *string { return &d.Security }))
	flag(n.at("Offerer"), "Offerer", func(p *parser) *bool { return &p.line.Description.Offerer })
	text(n.at("Transport"), desc(func(d *Description) *string { return &d.Transport }))
	flag(n.at("MidCallReport"), "MidCallReport", func(p *parser) *bool { return &p.line.Description.MidCall })

	net := n.at("NetworkConnectivityInfo")
	text(net.at("NetworkConnection"), desc(func(d *Description) *string { return &d.Network }))
	text(net.at("NetworkConnectionDetails"), desc(func(d *Description) *string { return &d.NetworkDetail }))
	flag(net.at("VPN"), "VPN", func(p *parser) *bool { return &p.line.Description.VPN })
	real(net.at("LinkSpeed"), "LinkSpeed", func(p *parser) *float64 { return &p.line.Description.LinkSpeed })
	text(net.at("BSSID"), desc(func(d *Description) *string { return &d.BSSID }))
	text(net.at("WifiDriverDeviceDesc"), desc(func(d *Description) *string { return &d.WifiDriver }))
	text(net.at("WifiDriverVersion"), desc(func(d *Description) *string { return &d.WifiVersion }))

	text(n.at("WifiRadioType"), desc(func(d *Description) *string { return &d.WifiRadio }))
	text(n.at("SSID"), desc(func(d *Description) *string { return &d.SSID }))
	real(n.at("WifiRSSI"), "WifiRSSI", func(p *parser) *float64 { return &p.line.Description.WifiRSSI })
	whole(n.at("WifiChannel"), "WifiChannel", func(p *parser) *int { return &p.line.Description.WifiChannel })
	whole(n.at("WifiHandovers"), "WifiHandovers", func(p *parser) *int { return &p.line.Description.WifiHandovers })

	for name, field := range map[string]func(d *Description) *Address{
		"LocalAddr":                 func(d *Description) *Address { return &d.Local },
		"RemoteAddr":                func(d *Description) *Address { return &d.Remote },
		"ReflexiveLocalIPAddress":   func(d *Description) *Address { return &d.Reflexive },
		"Connectivity/RelayAddress": func(d *Description) *Address { return &d.Relay },
	} {
		address(n.at(name), field)
	}
	for name, field := range map[string]func(d *Description) *Device{
		"CaptureDev": func(d *Description) *Device { return &d.Capture },
		"RenderDev":  func(d *Description) *Device { return &d.Render },
	} {
		dev := n.at(name)
		dev.enter = func(p *parser) error { p.device = field(&p.line.Description); return nil }
		text(dev.at("Name"), func(p *parser) *string { return &p.device.Name })
		text(dev.at("Driver"), func(p *parser) *string { return &p.device.Driver })
	}
}

func address(n *node, field func(d *Description) *Address) {
	n.enter = func(p *parser) error {
		p.addr = field(&p.line.Description)
		// RelayAddress can repeat; the first is the one in use.
		if p.addr.IP != "" {
			p.addr = new(Address)
		}
		return nil
	}
	text(n.at("IPAddr"), func(p *parser) *string { return &p.addr.IP })
	whole(n.at("Port"), "Port", func(p *parser) *int { return &p.addr.Port })
	flag(n.at("Inside"), "Inside", func(p *parser) *bool { return &p.addr.Inside })
	text(n.at("SubnetMask"), func(p *parser) *string { return &p.addr.SubnetMask })
	text(n.at("MACAddr"), func(p *parser) *string { return &p.addr.MAC })
}

func real(n *node, name string, dst func(p *parser) *float64) {
	n.leaf = func(p *parser, text []byte) (err error) {
		*dst(p), err = decimal(name, text)
		return err
	}
}

// warningFlags reads xs:unsignedInt, or hexadecimal as the documentation prints
// the flags.
func warningFlags(s string) (uint32, error) {
	digits, base := s, 10
	if rest, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		digits, base = rest, 16
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: IceWarningFlags is %.40q, not a number", ErrValue, s)
	}
	return uint32(v), nil
}
