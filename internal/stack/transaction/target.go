package transaction

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Target is where a request goes: a flow that is there already, or an address to open one to.
type Target struct {
	Flow  transport.Flow  // wins when it is set and open
	Proto transport.Proto // with Addr
	Addr  string          // "host:port"; a name is looked up without holding up anybody
	Name  string          // what the peer's certificate must be valid for; "" takes the host of Addr
	Mark  string          // put at the end of our branch, where a proxy finds its own requests again; a token
}

// TargetOf is the target that a SIP URI names (RFC 3263 section 4, without NAPTR): transport from its parameter or
// scheme, host from maddr or the host part, port as written or the transport's own.
func TargetOf(u sip.URI) (Target, error) {
	t := Target{Proto: transport.UDP}
	if u.Scheme == "sips" {
		t.Proto = transport.TLS
	}
	if name, ok := u.Params.Get("transport"); ok {
		proto, known := transport.ParseProto(name)
		if !known {
			return Target{}, fmt.Errorf("transport %q is not supported", name)
		}
		t.Proto = proto
		if u.Scheme == "sips" && proto == transport.TCP {
			t.Proto = transport.TLS
		}
	}
	host := u.Host
	if maddr, ok := u.Params.Get("maddr"); ok && maddr != "" {
		host = maddr
	}
	if host == "" {
		return Target{}, fmt.Errorf("%s names no host", u)
	}
	port := u.Port
	if port == 0 {
		port = 5060
		if t.Proto.Secure() {
			port = 5061
		}
	}
	t.Addr = net.JoinHostPort(host, strconv.Itoa(port))
	return t, nil
}

// Open returns the flow that a target leads to, opening a connection if it must; it does not wait. A UDP target must be
// an address.
func (l *Layer) Open(t Target) (transport.Flow, error) {
	f, err := l.open(t, func(transport.Flow, error) {})
	if err == nil && f == nil {
		err = fmt.Errorf("%w: %s is no address", ErrTransport, t.Addr)
	}
	return f, err
}

// IsSelf says whether u's host and port are those of a listener of ours, as peers on flow see it.
func (l *Layer) IsSelf(u sip.URI, flow transport.Flow) bool {
	host, err := netip.ParseAddr(u.Host)
	if err != nil || l.network == nil {
		return false
	}
	port := u.Port
	if port == 0 {
		port = 5060
	}
	return l.network.Owns(netip.AddrPortFrom(host, uint16(port)), flow)
}

// lookupTime bounds a name look-up.
const lookupTime = 10 * time.Second

// open returns the target's flow. A UDP target with a host name needs a look-up: then it returns nil and calls later
// with the result, from another goroutine.
func (l *Layer) open(t Target, later func(transport.Flow, error)) (transport.Flow, error) {
	if t.Flow != nil {
		select {
		case <-t.Flow.Done():
		default:
			return t.Flow, nil
		}
		if t.Addr == "" {
			return nil, fmt.Errorf("%w: %w", ErrTransport, transport.ErrClosed)
		}
	}
	if l.network == nil {
		return nil, fmt.Errorf("%w: no transport", ErrTransport)
	}
	if t.Proto == transport.UDP {
		if _, err := netip.ParseAddrPort(t.Addr); err != nil {
			go l.lookUp(t.Addr, later)
			return nil, nil
		}
	}
	f, err := l.network.Flow(t.Proto, t.Addr, t.Name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTransport, err)
	}
	return f, nil
}

func (l *Layer) lookUp(addr string, later func(transport.Flow, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTime)
	defer cancel()
	host, port, err := net.SplitHostPort(addr)
	if err == nil {
		var addrs []netip.Addr
		addrs, err = net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err == nil {
			var f transport.Flow
			f, err = l.network.Flow(transport.UDP, net.JoinHostPort(addrs[0].Unmap().String(), port), "")
			if err == nil {
				later(f, nil)
				return
			}
		}
	}
	later(nil, fmt.Errorf("%w: %w", ErrTransport, err))
}
