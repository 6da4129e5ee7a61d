package transaction

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"parley/internal/stack/locate"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Target is where a request goes: a flow that is there already, or servers to open one to. They are tried in turn: when one
// does not answer, cannot be reached or says 503 or 430, the request goes to the next (RFC 3263 section 4.3, RFC 5626 section
// 5.3).
type Target struct {
	Flow  transport.Flow   // wins when it is set and open
	Spare []transport.Flow // when Flow fails
	Where locate.Query     // a name for DNS to resolve, without holding up anybody
	Hops  []locate.Hop     // servers found already, as [Layer.Reach] gives them
	Proto transport.Proto  // with Addr
	Addr  string           // "host:port", after those of Where and Hops; the host may be a name
	Name  string           // what the certificate of Addr must be valid for; "" takes its host
	Mark  string           // put at the end of our branch, where a proxy finds its own requests again; a token
	// Prepare, when it is set, adds to each attempt of the request what depends on its flow.
	Prepare func(req *sip.Message, flow transport.Flow)
}

// TargetOf is the target that a SIP URI names (RFC 3263 section 4): host from maddr or the host part, port and transport as
// written. What is not written DNS decides, or for an address the defaults of the scheme.
func TargetOf(u sip.URI) (Target, error) {
	q := locate.Query{Host: u.Host, Port: u.Port, Secure: u.Scheme == "sips"}
	if name, ok := u.Params.Get("transport"); ok {
		proto, known := transport.ParseProto(name)
		if !known {
			return Target{}, fmt.Errorf("transport %q is not supported", name)
		}
		q.Proto = proto
	}
	if maddr, ok := u.Params.Get("maddr"); ok && maddr != "" {
		q.Host = maddr
	}
	if q.Host == "" {
		return Target{}, fmt.Errorf("%s names no host", u)
	}
	if _, err := netip.ParseAddr(q.Host); err != nil {
		return Target{Where: q}, nil
	}
	proto, port := q.Defaults()
	return Target{Proto: proto, Addr: net.JoinHostPort(q.Host, strconv.Itoa(port))}, nil
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
