package locate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"parley/internal/stack/transport"
)

// Query is what a URI says about where it leads.
type Query struct {
	Host   string          // name or address
	Port   int             // 0 when the URI has none
	Proto  transport.Proto // 0 when the URI has no transport parameter
	Secure bool            // a sips URI: nothing without TLS will do
}

// Hop is one server to try.
type Hop struct {
	Proto transport.Proto
	Addr  netip.AddrPort
	// Name is what its certificate must be valid for: the host of the URI, since what DNS says proves nothing (RFC 5922
	// section 4).
	Name string
}

// Errors of a look-up. They are wrapped with the name.
var (
	// ErrNotFound: the name does not exist or has no record that helps.
	ErrNotFound = errors.New("no such SIP domain or host")
	// ErrNoTransport: the domain offers only transports that this server or the URI's scheme rules out.
	ErrNoTransport = errors.New("no transport in common")
	// ErrNoAnswer: no DNS server answered.
	ErrNoAnswer = errors.New("DNS does not answer")

	errUnknown = errors.New("not in the cache")
)

// maxHops bounds how many servers one look-up names.
const maxHops = 16

// asker gives the records of a name.
type asker func(name string, kind recordKind) (answer, error)

// Locate returns the servers to try, in order, at least one. It waits for DNS.
func (r *Resolver) Locate(ctx context.Context, q Query) ([]Hop, error) {
	hops, err := r.locate(func(name string, kind recordKind) (answer, error) { return r.ask(ctx, name, kind) }, q)
	return r.willing(hops), err
}

// Known is Locate for what needs no question to DNS: addresses, and names whose records are in the cache. ok is false when
// Locate must be asked.
func (r *Resolver) Known(q Query) (hops []Hop, ok bool) {
	hops, err := r.locate(r.recall, q)
	return r.willing(hops), err == nil
}

// locate is RFC 3263 section 4.
func (r *Resolver) locate(ask asker, q Query) ([]Hop, error) {
	host := strings.ToLower(strings.TrimSuffix(q.Host, "."))
	if _, err := netip.ParseAddr(host); err == nil || q.Port != 0 {
		proto, port := q.Defaults()
		return r.hosts(ask, host, port, proto, host)
	}
	if q.Proto != 0 {
		return r.services(ask, host, q)
	}
	return r.transports(ask, host, q)
}

// Defaults are transport and port when DNS has no say: as the URI has them, else those of its scheme.
func (q Query) Defaults() (transport.Proto, int) {
	proto := q.proto()
	return proto, q.portFor(proto)
}

func (q Query) proto() transport.Proto {
	switch {
	case q.Secure && (q.Proto == 0 || q.Proto == transport.TCP):
		return transport.TLS
	case q.Secure && q.Proto == transport.WS:
		return transport.WSS
	case q.Proto == 0:
		return transport.UDP
	}
	return q.Proto
}

func (q Query) portFor(p transport.Proto) int {
	if q.Port != 0 {
		return q.Port
	}
	switch p {
	case transport.TLS:
		return 5061
	case transport.WS:
		return 80
	case transport.WSS:
		return 443
	}
	return 5060
}

// services is a URI with a transport and a name without port: its SRV records, else its addresses (section 4.2).
func (r *Resolver) services(ask asker, host string, q Query) ([]Hop, error) {
	proto, port := q.Defaults()
	if label := serviceLabel(proto); label != "" {
		hops, found, err := r.service(ask, label+"."+host, proto, host)
		if found || err != nil {
			return hops, err
		}
	}
	return r.hosts(ask, host, port, proto, host)
}

// serviceLabel is the prefix of a transport's SRV records.
func serviceLabel(p transport.Proto) string {
	switch p {
	case transport.UDP:
		return "_sip._udp"
	case transport.TCP:
		return "_sip._tcp"
	case transport.TLS:
		return "_sips._tcp"
	}
	return ""
}

// transports is a URI with neither transport nor port: NAPTR records choose, else whatever SRV records there are, else
// the default transport (section 4.1).
func (r *Resolver) transports(ask asker, host string, q Query) ([]Hop, error) {
	choice, err := ask(host, kindNAPTR)
	if errors.Is(err, errUnknown) {
		return nil, err
	}
	// Any other failure counts as no record: there are DNS servers that refuse the type.
	if len(choice.pointers) > 0 {
		return r.pointed(ask, host, q, choice.pointers)
	}
	order := []transport.Proto{transport.TCP, transport.UDP}
	if q.Secure {
		order = []transport.Proto{transport.TLS}
	}
	var all []Hop
	refused := false
	for _, proto := range order {
		hops, found, err := r.service(ask, serviceLabel(proto)+"."+host, proto, host)
		if errors.Is(err, errUnknown) || errors.Is(err, ErrNoAnswer) {
			return nil, err
		}
		refused = refused || found && err != nil
		all = append(all, hops...)
	}
	switch {
	case len(all) > 0:
		return all[:min(len(all), maxHops)], nil
	case refused:
		return nil, fmt.Errorf("%s: %w", host, ErrNotFound)
	}
	proto, port := q.Defaults()
	return r.hosts(ask, host, port, proto, host)
}

// pointed follows NAPTR records.
func (r *Resolver) pointed(ask asker, host string, q Query, pointers []pointer) ([]Hop, error) {
	var all []Hop
	var last error
	for _, p := range pointers {
		proto, ok := p.proto()
		if !ok || q.Secure && !proto.Secure() {
			continue
		}
		var hops []Hop
		var err error
		if p.flag == 's' {
			hops, _, err = r.service(ask, p.target, proto, host)
		} else {
			hops, err = r.hosts(ask, p.target, q.portFor(proto), proto, host)
		}
		if errors.Is(err, errUnknown) {
			return nil, err
		}
		if err != nil {
			last = err
		}
		all = append(all, hops...)
	}
	switch {
	case len(all) > 0:
		return all[:min(len(all), maxHops)], nil
	case last != nil:
		return nil, last
	}
	return nil, fmt.Errorf("%s: %w", host, ErrNoTransport)
}

// service follows SRV records. found says that there are some, with or without a server in them.
func (r *Resolver) service(ask asker, name string, proto transport.Proto, cert string) (hops []Hop, found bool, err error) {
	a, err := ask(name, kindSRV)
	if errors.Is(err, ErrNotFound) || err == nil && len(a.services) == 0 {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	err = fmt.Errorf("%s: %w", name, ErrNotFound)
	for _, s := range r.order(a.services) {
		if s.target == "" { // RFC 2782: the service is decidedly not there
			continue
		}
		more, failed := r.hosts(ask, s.target, int(s.port), proto, cert)
		if errors.Is(failed, errUnknown) {
			return nil, true, failed
		}
		if failed != nil {
			err = failed
		}
		if hops = append(hops, more...); len(hops) >= maxHops {
			break
		}
	}
	if len(hops) > 0 {
		return hops[:min(len(hops), maxHops)], true, nil
	}
	return nil, true, err
}

// hosts gives the addresses of a host, both families (RFC 7984).
func (r *Resolver) hosts(ask asker, host string, port int, proto transport.Proto, cert string) ([]Hop, error) {
	if !r.supports(proto) {
		return nil, fmt.Errorf("%s: %w: no %s here", host, ErrNoTransport, proto)
	}
	addrs, err := r.addresses(ask, host)
	if err != nil {
		return nil, err
	}
	hops := make([]Hop, 0, len(addrs))
	for _, a := range addrs[:min(len(addrs), maxHops)] {
		hops = append(hops, Hop{Proto: proto, Addr: netip.AddrPortFrom(a, uint16(port)), Name: cert})
	}
	return hops, nil
}

func (r *Resolver) addresses(ask asker, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}, nil
	}
	if addrs := r.table.lookup(host); len(addrs) > 0 {
		return r.usable(addrs), nil
	}
	four, err := ask(host, kindA)
	if errors.Is(err, errUnknown) {
		return nil, err
	}
	six, err6 := ask(host, kindAAAA)
	if errors.Is(err6, errUnknown) {
		return nil, err6
	}
	all := append(append([]netip.Addr(nil), six.addrs...), four.addrs...)
	switch {
	case len(all) > 0:
		return r.usable(all), nil
	case err != nil:
		return nil, err
	case err6 != nil:
		return nil, err6
	}
	return nil, fmt.Errorf("%s: %w", host, ErrNotFound)
}
