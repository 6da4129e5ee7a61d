package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// problems collects what is wrong, each with the key that it is about.
type problems []error

func (p *problems) add(key, format string, args ...any) {
	*p = append(*p, fmt.Errorf(key+": "+format, args...))
}

// validate checks each value and what must fit together.
func (c *Config) validate() error {
	var p problems
	c.checkOneOf(&p)
	c.checkDomains(&p)
	c.checkListen(&p)
	for _, text := range c.DNS.Servers {
		if _, err := parseServer(text); err != nil {
			p.add("dns.servers", `%q is no address of a DNS server: write it as "192.0.2.53" or "192.0.2.53:53"`, text)
		}
	}
	c.checkMedia(&p)
	c.checkStore(&p)
	c.checkDirectory(&p)
	c.checkAuth(&p)
	if c.Quality.Archive == "clickhouse" && !isURL(c.Quality.ClickHouseURL, "http", "https") {
		p.add("quality.clickhouse-url", `archive = "clickhouse" needs its address, such as "http://127.0.0.1:8123"`)
	}
	c.Quality.checkHEP(&p)
	c.Quality.checkKeep(&p)
	return errors.Join(p...)
}

// shortestKeep is how many days a report can be late and still be merged, and a few more.
const shortestKeep = 35

func (q *Quality) checkKeep(p *problems) {
	if q.KeepMonths < 0 {
		p.add("quality.keep-months", "%d is below 0", q.KeepMonths)
	}
	for key, days := range map[string]int{"quality.keep-detail-days": q.KeepDetailDays, "quality.keep-personal-days": q.KeepPersonalDays} {
		if days != 0 && days < shortestKeep {
			p.add(key, "%d is too short: reports may come 30 days late; use %d or more, or 0", days, shortestKeep)
		}
	}
}

func (q *Quality) checkHEP(p *problems) {
	for _, text := range q.HEPAllow {
		if _, err := netip.ParsePrefix(text); err != nil {
			p.add("quality.hep-allow", `%q is not a network such as "192.0.2.0/24"`, text)
		}
	}
	if q.HEPSend != "" {
		if err := checkAddress(q.HEPSend); err != nil {
			p.add("quality.hep-send", "%q is no address to send to: %w", q.HEPSend, err)
		}
	}
	if len(q.HEPUDP)+len(q.HEPTCP) > 0 && len(q.HEPAllow) == 0 {
		p.add("quality.hep-allow", "nobody may send HEP: list the networks of the agents")
	}
}

// checkOneOf holds every key with a list of allowed values to it.
func (c *Config) checkOneOf(p *problems) {
	for _, k := range c.keys() {
		if len(k.oneof) == 0 {
			continue
		}
		values, ok := k.value.Interface().([]string)
		if !ok {
			values = []string{k.value.String()}
		}
		for _, v := range values {
			if !slices.Contains(k.oneof, v) {
				p.add(k.name, `%q is not allowed: use one of "%s"`, v, strings.Join(k.oneof, `", "`))
			}
		}
	}
}

var hostForm = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$`)

func (c *Config) checkDomains(p *problems) {
	if len(c.Domains) == 0 {
		p.add("domains", `set at least one, such as domains = ["contoso.example"]`)
	}
	for i, d := range c.Domains {
		if !hostForm.MatchString(d) || len(d) > 253 {
			p.add("domains", "%q is no domain name", d)
		}
		if slices.Contains(c.Domains[:i], d) {
			p.add("domains", "%q is there twice", d)
		}
	}
	if !hostForm.MatchString(c.Name) {
		p.add("name", "%q is no host name", c.Name)
	}
}

func (c *Config) checkListen(p *problems) {
	l := c.Listen
	for _, list := range []struct {
		key   string
		addrs []string
	}{
		{"listen.sip-udp", l.SIPUDP}, {"listen.sip-tcp", l.SIPTCP}, {"listen.sip-tls", l.SIPTLS}, {"listen.sip-ws", l.SIPWS},
		{"listen.sip-wss", l.SIPWSS}, {"listen.https", l.HTTPS}, {"listen.metrics", l.Metrics},
		{"quality.hep-udp", c.Quality.HEPUDP}, {"quality.hep-tcp", c.Quality.HEPTCP},
	} {
		for _, a := range list.addrs {
			if err := checkAddress(a); err != nil {
				p.add(list.key, "%q is no address to listen on: %w", a, err)
			}
		}
	}
	if len(l.SIPUDP)+len(l.SIPTCP)+len(l.SIPTLS)+len(l.SIPWS)+len(l.SIPWSS) == 0 {
		p.add("listen", "no SIP listener is set, so that nobody could sign in: set sip-tls")
	}
	if len(l.SIPTLS)+len(l.SIPWSS)+len(l.HTTPS) > 0 && (c.TLS.Certificate == "" || c.TLS.Key == "") {
		p.add("tls", "sip-tls, sip-wss and https need certificate and key")
	}
}

func checkAddress(a string) error {
	host, port, err := net.SplitHostPort(a)
	if err != nil {
		return errors.New(`write "host:port" or ":port"`)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("port %q is no number from 0 to 65535", port)
	}
	if host != "" && net.ParseIP(strings.SplitN(host, "%", 2)[0]) == nil && !hostForm.MatchString(host) {
		return fmt.Errorf("%q is neither an IP address nor a host name", host)
	}
	return nil
}

func (c *Config) checkMedia(p *problems) {
	r := c.Media.Ports
	if r.First < 1024 || r.Last < r.First {
		p.add("media.ports", `%s is no usable range: write the lower port first, from 1024 on, as in "40000-41999"`, r)
	} else if r.Last-r.First < 3 {
		p.add("media.ports", "%s has %d ports; one call takes up to four", r, r.Last-r.First+1)
	}
	var v4, v6 int
	for _, a := range c.Media.Address {
		switch {
		case a.IsUnspecified() || a.IsMulticast():
			p.add("media.address", "%s cannot be offered to clients: give the address that they reach", a)
		case a.Unmap().Is4():
			v4++
		default:
			v6++
		}
	}
	if v4 > 1 || v6 > 1 {
		p.add("media.address", "give at most one IPv4 and one IPv6 address")
	}
}

func (c *Config) checkStore(p *problems) {
	if c.Store.Path == "" {
		p.add("store.path", "must be set")
	}
	if c.Store.NATSURL != "" && !isURL(c.Store.NATSURL, "nats", "tls", "ws", "wss") {
		p.add("store.nats-url", `%q is no NATS address: write it as "nats://host:4222"`, c.Store.NATSURL)
	}
	if c.Store.NATSURL == "" && c.Store.NATSCredentials != "" {
		p.add("store.nats-credentials", "has no meaning without nats-url")
	}
	if n := c.Store.NATSReplicas; n != 1 && n != 3 && n != 5 {
		p.add("store.nats-replicas", "%d is not possible: use 1, 3 or 5", n)
	} else if n > 1 && c.Store.NATSURL == "" {
		p.add("store.nats-replicas", "the embedded server is alone: set nats-url, or leave it at 1")
	}
}

func (c *Config) checkDirectory(p *problems) {
	l := c.Directory.LDAP
	if c.Directory.Type != "ldap" {
		return
	}
	urls := strings.Fields(l.URL)
	if len(urls) == 0 {
		p.add("directory.ldap.url", `type = "ldap" needs it, such as "ldaps://dc1.contoso.example"`)
	}
	for _, u := range urls {
		if !isURL(u, "ldap", "ldaps") {
			p.add("directory.ldap.url", `%q is no LDAP address: write it as "ldaps://host"`, u)
		} else if strings.HasPrefix(u, "ldaps:") && l.StartTLS {
			p.add("directory.ldap.start-tls", "%s is encrypted already: use one of the two", u)
		}
	}
	if l.BaseDN == "" {
		p.add("directory.ldap.base-dn", `type = "ldap" needs it, such as "dc=contoso,dc=example"`)
	}
	if (l.BindDN == "") != (l.PasswordFile == "") {
		p.add("directory.ldap", "bind-dn and password-file go together: set both or none")
	}
	if !strings.HasPrefix(l.Filter, "(") || !strings.HasSuffix(l.Filter, ")") {
		p.add("directory.ldap.filter", "%q is no LDAP filter: it must be in parentheses", l.Filter)
	}
}

func (c *Config) checkAuth(p *problems) {
	a := c.Auth
	if len(a.Schemes) == 0 {
		p.add("auth.schemes", `must have at least one, such as schemes = ["digest"]`)
	}
	if slices.Contains(a.Schemes, "kerberos") && a.Keytab == "" {
		p.add("auth.kerberos-keytab", `"kerberos" in schemes needs it`)
	}
	if a.LockoutFailures < 1 || a.LockoutFailures > 1000 {
		p.add("auth.lockout-failures", "%d is not possible: use 1 to 1000", a.LockoutFailures)
	}
	if a.LockoutTime < time.Second || a.LockoutTime > time.Hour {
		p.add("auth.lockout-time", `%s is not possible: use "1s" to "1h"`, a.LockoutTime)
	}
	for _, m := range []struct {
		key    string
		values map[string]string
	}{{"auth.kerberos-realms", a.Realms}, {"auth.windows-domains", a.WindowsDomains}} {
		for name, domain := range m.values {
			if !slices.Contains(c.Domains, strings.ToLower(domain)) {
				p.add(m.key, "%q is for %q, which is none of the domains of this server", name, domain)
			}
		}
	}
	if strings.ContainsAny(a.Realm, "\"\\\r\n") {
		p.add("auth.digest-realm", "must not have quotes, backslashes or line ends")
	}
}

func isURL(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains(schemes, u.Scheme) && u.Host != ""
}
