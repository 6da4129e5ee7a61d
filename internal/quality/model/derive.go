package model

import (
	"net/netip"
	"regexp"
	"strings"
)

func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

// networkOf is the /24 or /48 of a public address: what providers give to one
// site.
func networkOf(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	bits := 24
	if a.Is6() && !a.Is4In6() {
		bits = 48
	} else {
		a = a.Unmap()
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// osFamily is an operating system without its build: Windows 10, macOS 13.
func osFamily(text string) string {
	if m := osName.FindStringSubmatch(text); m != nil {
		return strings.TrimSpace(m[0])
	}
	return text
}

// osArchitecture is that of the processor that the operating system names.
func osArchitecture(text string) string {
	t := strings.ToLower(text)
	switch {
	case strings.Contains(t, "arm64"), strings.Contains(t, "aarch64"):
		return "arm64"
	case strings.Contains(t, "x64"), strings.Contains(t, "x86_64"), strings.Contains(t, "amd64"), strings.Contains(t, "64-bit"), strings.Contains(t, "win64"), strings.Contains(t, "wow64"):
		return "x64"
	case strings.Contains(t, "x86"), strings.Contains(t, "i386"), strings.Contains(t, "i686"), strings.Contains(t, "32-bit"):
		return "x86"
	}
	return ""
}

// Compiled once; never changed.
var (
	osName    = regexp.MustCompile(`(?i)^(windows(?: nt)?(?: server)? [0-9.]+|windows server \d+|mac ?os(?: x)? ?[0-9]*|macos ?[0-9]*|ios ?[0-9]*|android ?[0-9]*|[a-z]+ ?linux ?[0-9]*|linux|ubuntu ?[0-9]*|debian ?[0-9]*)`)
	agentPart = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9 ._+-]*?)[ /_-]+[vV]?(\d+(?:\.\d+)*[A-Za-z0-9.+-]*)`)
	lyncPart  = regexp.MustCompile(`\b(OC|RTCC|CPE|OCPhone|UCCAPI|LMC|MacUC|iPhoneLync|iPadLync|AndroidLync|WPLync|NokiaLync|LWA|LyncImm|CWA|DVT|AV-MCU|ASMCU|IMMCU|MediationServer|Mediation|PSTNGW|CAA|CAS|RGS|CPS|Announcement|Attendant|ConfAnnounce|ExUM|SkypeForBusiness)/(\d+(?:\.\d+)*)`)
)

// AgentProduct is the product that a User-Agent names.
func AgentProduct(text string) string {
	product, _ := agent(text)
	return product
}

// AgentVersion is the product's version, empty when the text has none.
func AgentVersion(text string) string {
	_, version := agent(text)
	return version
}

// agent takes a User-Agent apart. Of the Lync clients' two products, the one
// after the stack's (UCCAPI/16.0 OC/16.0) is the client.
func agent(text string) (product, version string) {
	if all := lyncPart.FindAllStringSubmatch(text, -1); all != nil {
		best := all[0]
		for _, m := range all {
			if m[1] != "UCCAPI" && m[1] != "RTCC" {
				best = m
				break
			}
		}
		return best[1], best[2]
	}
	if m := agentPart.FindStringSubmatch(text); m != nil {
		return strings.TrimSpace(m[1]), m[2]
	}
	return text, ""
}

// AgentCategory is the kind of user agent, by the names that the original
// dashboard has for them.
func AgentCategory(text string) string {
	if text == "" {
		return ""
	}
	product, _ := agent(text)
	if c, ok := agentCategories[product]; ok {
		return c
	}
	t := strings.ToLower(text)
	for _, c := range agentWords {
		if strings.Contains(t, c[0]) {
			return c[1]
		}
	}
	return "Other"
}

// The categories; never changed.
var (
	agentCategories = map[string]string{
		"OC": "OC", "UCCAPI": "OC", "SkypeForBusiness": "OC", "OCPhone": "OCPhone", "CPE": "OCPhone", "LMC": "LMC", "MacUC": "Mac",
		"RTCC": "MediationServer", "MediationServer": "MediationServer", "Mediation": "MediationServer", "AV-MCU": "AV-MCU", "ASMCU": "ASMCU", "IMMCU": "IMMCU",
		"PSTNGW": "Gateway", "CAA": "CAA", "CAS": "CAS", "RGS": "RGS", "CPS": "CallPark", "Announcement": "Announcement", "ConfAnnounce": "Announcement",
		"Attendant": "Attendant", "DVT": "DVT", "CWA": "CWA", "LWA": "LWA", "ExUM": "ExUM", "WPLync": "WPLync", "iPhoneLync": "iPhone", "iPadLync": "iPad",
		"AndroidLync": "Android", "NokiaLync": "Nokia", "LyncImm": "LyncImm",
	}
	agentWords = [][2]string{
		{"parley", "Server"}, {"freeswitch", "Gateway"}, {"asterisk", "Gateway"}, {"audiocodes", "Gateway"}, {"sonus", "Gateway"}, {"gateway", "Gateway"},
		{"polycom", "IP Phone"}, {"yealink", "IP Phone"}, {"snom", "IP Phone"}, {"grandstream", "IP Phone"}, {"cisco", "IP Phone"}, {"aastra", "IP Phone"}, {"gigaset", "IP Phone"},
		{"linphone", "Softphone"}, {"baresip", "Softphone"}, {"zoiper", "Softphone"}, {"pjsip", "Softphone"}, {"microsip", "Softphone"}, {"bria", "Softphone"},
		{"jitsi", "Softphone"}, {"pidgin", "Softphone"}, {"sipe", "Softphone"}, {"sipp", "Synthetic Transaction"}, {"mozilla", "Browser"}, {"chrome", "Browser"},
	}
)
