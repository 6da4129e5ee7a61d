package app

import (
	"fmt"
	"net"
	"strconv"

	"parley/internal/cli"
	"parley/internal/config"
	"parley/internal/frontend/discovery"
)

// names lists what clients of a configured server look it up by.
func names(c *config.Config) (cli.Names, error) {
	find, err := discovery.New(discovery.Config{
		Host: c.Name, Domains: c.Domains, TLSPort: firstPort(c.Listen.SIPTLS), TCPPort: firstPort(c.Listen.SIPTCP),
		UDPPort: firstPort(c.Listen.SIPUDP),
	})
	if err != nil {
		return cli.Names{}, fmt.Errorf("list the names of the server: %w", err)
	}
	all := cli.Names{Certificate: find.CertificateNames()}
	for _, r := range find.Records() {
		all.Records = append(all.Records, cli.NameRecord{Line: r.String(), Why: r.Why})
	}
	return all, nil
}

// firstPort is the port of the first listener address, 0 when there is none or it is chosen at the start.
func firstPort(addrs []string) int {
	if len(addrs) == 0 {
		return 0
	}
	_, text, err := net.SplitHostPort(addrs[0])
	if err != nil {
		return 0
	}
	port, _ := strconv.Atoi(text)
	return port
}
