package generate

import (
	"math/rand/v2"
	"time"

	"parley/internal/quality/archive"
)

// client draws where a user calls from and with what.
func (g *Generator) client(e *end, r *rand.Rand, n int, at time.Time) {
	w := g.world
	u := &w.users[n]
	m := &w.machines[u.machine]
	if u.second >= 0 && r.Float64() < 0.3 {
		m = &w.machines[u.second]
	}
	b := &w.buildings[u.building]
	*e = end{user: n, machine: m, building: u.building, region: b.region}
	e.End = archive.End{
		User: u.address, UserAgent: w.builds[m.family].build(at, m.lag), Endpoint: m.endpoint, OS: m.os, CPU: m.cpu, Cores: m.cores, MHz: m.mhz,
		MAC: m.mac, Capture: m.capture, CaptureDriver: m.captureDriver, Render: m.render, RenderDriver: m.renderDriver, Inside: archive.Yes, VPN: archive.No,
		Port: int32(50000 + r.IntN(2000)), ICE: "DIRECT", Told: r.Float64() < 0.96,
	}
	local := at.Add(time.Duration(w.regions[b.region].offset) * time.Hour)
	// Where somebody works is settled for the day.
	today := source(g.seed, 3, uint64(n), uint64(local.Unix()/86400))
	switch {
	case m.mobile && r.Float64() < 0.4:
		e.onMobile(u, r)
	case today.Float64() < u.remote || local.Hour() < 7 || local.Hour() > 19:
		e.atHome(u, r)
	default:
		e.inBuilding(g, b, r, today, n, local.Hour())
	}
}

// access is what a kind of network does to media.
func (e *end) access(bad, rtt, jitter, loss float64) {
	e.bad, e.rtt, e.jitter, e.loss = bad, rtt, jitter, loss
}

func (e *end) onMobile(u *user, r *rand.Rand) {
	e.building = -1
	e.Network, e.Inside, e.Reflexive, e.ICE = "mobilebb", archive.No, u.reflexive, "RELAY"
	e.IP, e.Subnet = "10.64.12.7", "10.64.0.0/16"
	e.MAC = ""
	e.access(0.08, logNormal(r, 48, 0.4), 9, 0.003)
}

func (e *end) atHome(u *user, r *rand.Rand) {
	e.building = -1
	e.IP, e.Subnet, e.Reflexive, e.Inside, e.ICE = u.homeIP, u.homeNet, u.reflexive, archive.No, "RELAY"
	e.Network, e.LinkSpeed = "wired", 1_000_000_000
	e.access(0.022, logNormal(r, 17, 0.4), 2.6, 0.0008)
	if (u.homeWifi || e.machine.wifiOnly) && !e.machine.wiredOnly {
		e.wifi(r, 0.035, 6)
		e.BSSID, e.SSID = "", "home"
	}
	if u.vpn && !e.machine.mobile {
		e.VPN, e.ICE = archive.Yes, "DIRECT"
		e.rtt += 24
		e.bad *= 1.35
	}
}

func (e *end) inBuilding(g *Generator, b *building, r, today *rand.Rand, user, hour int) {
	w := g.world
	desk := mix(g.seed, 4, uint64(user))
	wireless := e.machine.wifiOnly || !e.machine.wiredOnly && today.Float64() < 0.55
	nets := b.wired
	if wireless {
		nets = b.wifi
	}
	net := &w.subnets[nets[desk%uint64(len(nets))]]
	e.Subnet, e.IP = net.text, net.hosts[mix(desk, uint64(e.machine.cores))%hostsPerNet]
	e.Network, e.LinkSpeed = "wired", 1_000_000_000
	e.access(0.006, logNormal(r, 2, 0.3), 1.4, 0.0002)
	if wireless {
		e.wifi(r, 0.03*b.wifiTrouble, 4.5)
		e.BSSID, e.SSID = w.bssids[b.apFrom+int(mix(desk, uint64(r.IntN(3)))%uint64(b.aps))], "corp"
	}
	if hour == b.congestedHour {
		e.bad = e.bad*3 + 0.04
		e.jitter *= 2
	}
}

// wifi puts the end on the air: what it is worth depends on signal, band and
// driver.
func (e *end) wifi(r *rand.Rand, bad, jitter float64) {
	m := e.machine
	e.Network, e.WifiDriver, e.WifiVersion, e.WifiRadio = "wifi", m.wifiDriver, m.wifiVersion, m.radio
	e.WifiRSSI = int32(-48 - 30*r.Float64()*r.Float64() - 4*r.Float64())
	e.WifiChannel = [...]int32{36, 44, 52, 100, 149}[r.IntN(5)]
	e.LinkSpeed = 433_000_000
	e.access(bad, logNormal(r, 5, 0.4), jitter, 0.001)
	if r.Float64() < 0.28 {
		e.WifiChannel, e.LinkSpeed = [...]int32{1, 6, 11}[r.IntN(3)], 72_000_000
		e.bad *= 2.1
	}
	if e.WifiRSSI < -70 {
		e.bad *= 2.5
		e.poorRadio = true
	}
	if r.Float64() < 0.05 {
		e.WifiHandovers = int32(1 + r.IntN(4))
		e.bad *= 1.8
	}
}

// place names the end's building, for causes.
func (g *Generator) place(e *end) string {
	if e.building < 0 {
		return ""
	}
	return g.world.buildings[e.building].name
}

// band is 2.4 or 5 GHz, 0 without Wi-Fi.
func (e *end) band() string {
	switch {
	case e.WifiChannel == 0:
		return ""
	case e.WifiChannel < 15:
		return "2.4"
	}
	return "5"
}
