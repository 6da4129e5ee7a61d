package generate

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"time"
)

// machine is what a user calls from. Its parts come as makers sell them.
type machine struct {
	endpoint, mac, os, cpu         string
	cores, mhz                     int32
	family                         int // of clients
	lag                            time.Duration
	capture, captureDriver         string
	render, renderDriver           string
	wifiDriver, wifiVersion, radio string
	headset                        bool
	mobile, poorMicrophone         bool
	wiredOnly, wifiOnly            bool
}

// family is a line of clients, with the builds that were released of it.
type family struct {
	agent    string // format of the build
	os       []string
	released []time.Time
	builds   []string
	mobile   bool
	phone    bool
	share    float64
}

// newFamilies are 380 builds of ten lines, released over three years.
func newFamilies(until time.Time) []family {
	desktop := "UCCAPI/16.0.%s OC/16.0.%s (Skype for Business)"
	windows := []string{"Windows 10.0.19045", "Windows 10.0.22631", "Windows 10.0.26100", "Windows 6.1.7601"}
	families := []family{
		{agent: desktop, os: windows, share: 0.34},
		{agent: desktop, os: windows, share: 0.2},
		{agent: desktop, os: windows, share: 0.12},
		{agent: "UCCAPI/15.0.%s OC/15.0.%s (Microsoft Lync)", os: windows[:3], share: 0.06},
		{agent: "MAC/16.%s SkypeForBusiness", os: []string{"macOS 14.7", "macOS 15.1", "macOS 13.7"}, share: 0.1},
		{agent: "iPhone/6.%s (Skype for Business)", os: []string{"iOS 17.7", "iOS 18.1"}, share: 0.05, mobile: true},
		{agent: "Android/6.%s (Skype for Business)", os: []string{"Android 13", "Android 14", "Android 15"}, share: 0.05, mobile: true},
		{agent: "PolycomVVX-VVX_411-UA/%s", os: []string{"VVX"}, share: 0.04, phone: true},
		{agent: "Yealink SIP-T54W %s", os: []string{"Linux"}, share: 0.03, phone: true},
		{agent: "linphone/5.%s (belle-sip/5.3)", os: []string{"Linux", "Windows 10.0.22631"}, share: 0.01},
	}
	for f, n := range []int{85, 85, 85, 8, 45, 26, 26, 8, 6, 6} {
		for k := range n {
			build := fmt.Sprintf("%d.%d", 10000+f*37+k*127, 20000+(k*k*7+f*11)%999)
			if f >= 5 {
				build = fmt.Sprintf("%d.%d", k/4, k%4)
			}
			if f < 4 {
				build = fmt.Sprintf(families[f].agent, build, build)
			} else {
				build = fmt.Sprintf(families[f].agent, build)
			}
			families[f].builds = append(families[f].builds, build)
			families[f].released = append(families[f].released, until.Add(-time.Duration(n-1-k)*(36*30*24*time.Hour)/time.Duration(n)))
		}
	}
	return families
}

// build is the one that a machine has at a time: the newest of its line that was
// out for as long as its owner takes to update.
func (f *family) build(at time.Time, lag time.Duration) string {
	seen := at.Add(-lag)
	i := sort.Search(len(f.released), func(i int) bool { return f.released[i].After(seen) })
	return f.builds[max(0, i-1)]
}

// maker of laptops; what it builds in goes together.
type maker struct {
	name, sound, soundDriver, wifi string
	macPrefix                      string
	share                          float64
}

var makers = [...]maker{
	{"DELL", "Realtek Audio", "Realtek High Definition Audio", "Intel(R) Wi-Fi 6 AX201 160MHz", "00-14-22", 0.34},
	{"HP", "Conexant ISST Audio", "Conexant ISST", "Intel(R) Wireless-AC 9560", "3c-d9-2b", 0.26},
	{"LENOVO", "Realtek Audio", "Realtek Universal Service", "Qualcomm FastConnect 6900", "54-e1-ad", 0.24},
	{"SURFACE", "Surface Omnisonic Speakers", "Surface HD Audio", "Marvell AVASTAR Wireless-AC", "28-18-78", 0.08},
	{"APPLE", "Built-in Microphone", "Apple HDA", "AirPort Extreme", "a4-83-e7", 0.08},
}

var headsetMakers = [...]string{"Jabra Evolve", "Plantronics Blackwire", "Poly Voyager", "Sennheiser SC", "Logitech Zone", "EPOS Adapt"}

func (w *world) makeMachines(r *rand.Rand) {
	shares := make([]float64, len(w.builds))
	for i := range w.builds {
		shares[i] = w.builds[i].share
	}
	lines := newWeighted(shares)
	makerShares := make([]float64, len(makers))
	for i := range makers {
		makerShares[i] = makers[i].share
	}
	byShare := newWeighted(makerShares)
	for i := range machines {
		f := lines.pick(r)
		k := byShare.pick(r)
		if w.builds[f].mobile || w.builds[f].phone {
			k = 0
		}
		if f == 4 {
			k = len(makers) - 1
		}
		w.machines = append(w.machines, newMachine(r, i, f, &w.builds[f], &makers[k]))
	}
}

func newMachine(r *rand.Rand, i, f int, line *family, k *maker) machine {
	m := machine{
		endpoint: fmt.Sprintf("%s-%06X", k.name, i*7919%0xffffff), mac: fmt.Sprintf("%s-%02x-%02x-%02x", k.macPrefix, i>>16, i>>8&255, i&255),
		os: line.os[skewed(r, len(line.os), 1.3)], family: f, lag: time.Duration(logNormal(r, 20*24, 1.1) * float64(time.Hour)), mobile: line.mobile,
	}
	generation := skewed(r, 8, 1.2)
	m.cpu = fmt.Sprintf("Intel(R) Core(TM) i%d-%d%d65U", 5+2*(i&1), 13-generation, 2+i%4)
	m.cores, m.mhz = int32(4+4*((i>>1)&1)), int32(1600+100*(13-generation))
	release := skewed(r, 9, 1.8) // of a driver: most have the newest
	version := func(name string) string { return fmt.Sprintf("%s 6.%d.%d", name, 9200-release*13, 100+release) }
	m.capture, m.captureDriver = k.sound, version(k.soundDriver)
	m.render, m.renderDriver = k.sound, m.captureDriver
	m.wifiDriver, m.wifiVersion = k.wifi, fmt.Sprintf("22.%d.%d.%d", 200-release*10, release%3, release)
	m.radio = [...]string{"802.11ax", "802.11ac", "802.11ac", "802.11n"}[generation/2]
	m.poorMicrophone = k.name == "SURFACE" && release > 3
	switch {
	case line.mobile:
		m.endpoint = fmt.Sprintf("PHONE-%06X", i*7919%0xffffff)
		m.cpu, m.cores, m.mhz, m.wifiOnly = "ARM", 8, 2400, true
		m.capture, m.captureDriver, m.render, m.renderDriver, m.wifiDriver, m.wifiVersion = "Built-in", "", "Built-in", "", "", ""
	case line.phone:
		m.endpoint = fmt.Sprintf("SEP%06X", i*7919%0xffffff)
		m.cpu, m.cores, m.mhz, m.wiredOnly = "ARM", 1, 800, true
		m.capture, m.captureDriver, m.render, m.renderDriver, m.wifiDriver, m.wifiVersion, m.radio = "Handset", "", "Handset", "", "", "", ""
	case r.Float64() < 0.72:
		m.headset = true
		d := skewed(r, devices-len(makers)-2, 2.2)
		m.capture = fmt.Sprintf("%s %d", headsetMakers[d%len(headsetMakers)], 20+d/len(headsetMakers))
		m.captureDriver = fmt.Sprintf("usbaudio.sys 10.0.%d.%d", 19041+d%(drivers/9), 1000+release)
		m.render, m.renderDriver = m.capture, m.captureDriver
	}
	return m
}
