package app

import (
	"net"
	"net/netip"

	"parley/internal/config"
	"parley/internal/stack/relay"
)

// mediaAddresses are where media sockets are bound and what is offered for them, at most one of each family: the configured
// addresses, else those of SIP listeners with one of their own, else this machine's. own are this machine's.
func mediaAddresses(c *config.Config, own []netip.Addr) []relay.Address {
	var found []relay.Address
	add := func(a relay.Address) {
		for _, f := range found {
			if f.Bind.Is4() == a.Bind.Is4() {
				return
			}
		}
		found = append(found, a)
	}
	for _, offered := range c.Media.Address {
		add(offer(offered.Unmap(), own))
	}
	if len(found) > 0 {
		return found
	}
	anywhere := false
	for _, l := range sipListeners(c.Listen) {
		for _, text := range l.addrs {
			at, err := netip.ParseAddrPort(text)
			if err != nil || at.Addr().IsUnspecified() {
				anywhere = true
				continue
			}
			add(relay.Address{Bind: at.Addr().Unmap()})
		}
	}
	if len(found) == 0 || anywhere {
		for _, a := range own {
			if a.IsGlobalUnicast() {
				add(relay.Address{Bind: a})
			}
		}
	}
	if len(found) == 0 {
		add(relay.Address{Bind: netip.AddrFrom4([4]byte{127, 0, 0, 1})})
	}
	// Who can do both families is offered IPv4, which more networks between here and there carry.
	if len(found) == 2 && !found[0].Bind.Is4() {
		found[0], found[1] = found[1], found[0]
	}
	return found
}

// offer binds an address of this machine, or every one when the address is the outside of a translator.
func offer(a netip.Addr, own []netip.Addr) relay.Address {
	for _, o := range own {
		if o == a {
			return relay.Address{Bind: a}
		}
	}
	if a.Is4() {
		return relay.Address{Bind: netip.IPv4Unspecified(), Advertise: a}
	}
	return relay.Address{Bind: netip.IPv6Unspecified(), Advertise: a}
}

func localAddresses() []netip.Addr {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok {
				out = append(out, ip.Unmap())
			}
		}
	}
	return out
}
