package discovery

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Config says where this server is to be found.
type Config struct {
	Host    string   // FQDN of this server
	Domains []string // SIP domains that it serves
	TLSPort int      // SIP over TLS; clients of the Lync dialect are sent there
	TCPPort int      // SIP over TCP, 0 for none
	UDPPort int      // SIP over UDP, 0 for none
	// Web is the base address of the handler for other requests than the first, such as https://fe.parley.test; "" sends
	// clients to the address that they came to.
	Web string
	// ExternalHost and ExternalPort are what clients outside are told when that differs, as behind NAT.
	ExternalHost string
	ExternalPort int
}

func (c *Config) check() error {
	switch {
	case c.Host == "" || net.ParseIP(c.Host) != nil:
		return fmt.Errorf("host %q: clients check the certificate against a name, so it must be one", c.Host)
	case len(c.Domains) == 0:
		return errors.New("no SIP domain is set")
	case c.TLSPort < 1 || c.TLSPort > 65535:
		return fmt.Errorf("port %d for SIP over TLS", c.TLSPort)
	}
	if c.Web == "" {
		return nil
	}
	u, err := url.Parse(c.Web)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("web address %q: must be https://host", c.Web)
	}
	return nil
}

func (c *Config) complete() {
	c.Host = strings.ToLower(c.Host)
	domains := make([]string, len(c.Domains))
	for i, d := range c.Domains {
		domains[i] = strings.ToLower(d)
	}
	c.Domains = domains
	c.Web = strings.TrimSuffix(c.Web, "/")
	if c.ExternalHost == "" {
		c.ExternalHost = c.Host
	}
	if c.ExternalPort == 0 {
		c.ExternalPort = c.TLSPort
	}
}

// splitHome reads "host" or "host:port" of a user's home server; without a port it is 5061.
func splitHome(home string) (host string, port int, ok bool) {
	host, text, err := net.SplitHostPort(home)
	if err != nil {
		return strings.ToLower(home), 5061, home != "" && !strings.ContainsAny(home, ":/ <>\"")
	}
	port, err = strconv.Atoi(text)
	return strings.ToLower(host), port, err == nil && host != "" && port > 0 && port < 65536
}
