package discovery

import (
	"fmt"
	"slices"
)

// Record is a DNS record that clients look up.
type Record struct {
	Name  string // without the final dot
	Type  string // SRV, NAPTR or CNAME
	Value string // as in a zone file
	Why   string // who looks it up
}

// String is the record as a line of a zone file.
func (r Record) String() string { return fmt.Sprintf("%s. 3600 IN %s %s", r.Name, r.Type, r.Value) }

// Records lists what the zones of the SIP domains need so that clients find the server without being told. The server's own
// name needs its addresses besides.
func (a *Autodiscover) Records() []Record {
	c := &a.cfg
	var all []Record
	for _, domain := range c.Domains {
		srv := func(service string, port int, host, why string) {
			if port != 0 {
				all = append(all, Record{service + "." + domain, "SRV", fmt.Sprintf("0 0 %d %s.", port, host), why})
			}
		}
		naptr := func(order int, service, target string, port int) {
			if port != 0 {
				value := fmt.Sprintf(`%d 50 "s" "%s" "" %s.%s.`, order, service, target, domain)
				all = append(all, Record{domain, "NAPTR", value, "standard clients, to choose the transport (RFC 3263)"})
			}
		}
		cname := func(label, host, why string) {
			if name := label + "." + domain; name != host { // a name cannot be an alias of itself
				all = append(all, Record{name, "CNAME", host + ".", why})
			}
		}
		srv("_sipinternaltls._tcp", c.TLSPort, c.Host, "Lync-dialect clients inside")
		srv("_sip._tls", c.ExternalPort, c.ExternalHost, "Lync-dialect clients outside")
		srv("_sips._tcp", c.TLSPort, c.Host, "standard clients over TLS (RFC 3263)")
		srv("_sip._tcp", c.TCPPort, c.Host, "standard clients over TCP")
		srv("_sip._udp", c.UDPPort, c.Host, "standard clients over UDP")
		naptr(10, "SIPS+D2T", "_sips._tcp", c.TLSPort)
		naptr(20, "SIP+D2T", "_sip._tcp", c.TCPPort)
		naptr(30, "SIP+D2U", "_sip._udp", c.UDPPort)
		cname("lyncdiscoverinternal", c.Host, "autodiscovery of Lync-dialect clients inside")
		cname("lyncdiscover", c.ExternalHost, "autodiscovery of Lync-dialect clients outside")
		cname("sipinternal", c.Host, "Lync-dialect clients that find no SRV record")
		cname("sip", c.ExternalHost, "Lync-dialect clients that find no SRV record")
	}
	return all
}

// CertificateNames are the names that the server's certificate must have: clients compare it with the name that they were
// told, with the SIP domain (RFC 5922 section 7.2), and with the discovery names.
func (a *Autodiscover) CertificateNames() []string {
	names := []string{a.cfg.Host, a.cfg.ExternalHost}
	for _, domain := range a.cfg.Domains {
		names = append(names, domain, "sip."+domain, "sipinternal."+domain, "lyncdiscover."+domain, "lyncdiscoverinternal."+domain)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
