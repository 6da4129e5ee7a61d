package frontend

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"parley/internal/dialect"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Binding is one registered device of a user.
type Binding struct {
	Account   string   // user@domain
	Contact   string   // URI that the device registered
	Instance  string   // +sip.instance without brackets, or ""
	RegID     int      // reg-id of RFC 5626, 0 when absent
	Epid      string   // Lync endpoint id, or ""
	GRUU      string   // URI that reaches this device and no other; "" when it asked for none and needs none
	Private   bool     // it asked for temporary GRUUs
	Temporary [12]byte // what its temporary GRUUs have in common; zero when it has none
	UserAgent string
	Dialect   dialect.Kind
	Path      []string // Route values towards the device
	Methods   string   // of the Contact's methods parameter or Allow, comma-separated; "" when unknown
	CallID    string
	CSeq      uint32
	Q         int // preference in thousandths, 1000 when not given
	Since     time.Time
	Expires   time.Time

	Proto  transport.Proto
	Remote netip.AddrPort // where the REGISTER came from, which is where the device is behind its address translator
	Flow   transport.Flow // the connection; nil for UDP
	// Spare are further connections of the same device (RFC 5626), for when Flow fails.
	Spare []transport.Flow
}

// Key tells the devices of one user apart.
func (b *Binding) Key() string {
	switch {
	case b.Instance != "" && b.RegID != 0:
		return b.Instance + "#" + strconv.Itoa(b.RegID)
	case b.Instance != "":
		return b.Instance
	case b.Epid != "":
		return "epid:" + b.Epid
	}
	return b.Contact
}

// Target is the way to the device. Its connection is the best one. Without, it is the last proxy that its registration came
// by (RFC 3327), the servers of its contact's host name (RFC 3263), or the address of its contact when that is its own;
// else, and when names lead nowhere, where the registration came from: the outside of its address translator.
func (b *Binding) Target() transaction.Target {
	source := transaction.Target{Flow: b.Flow, Spare: b.Spare, Proto: b.Proto, Addr: b.Remote.String()}
	if b.Flow != nil {
		return source
	}
	u, ok := b.next()
	if !ok {
		return source
	}
	t, err := transaction.TargetOf(u)
	if err != nil {
		return source
	}
	if t.Addr == "" {
		t.Proto, t.Addr = source.Proto, source.Addr
	}
	return t
}

// next is the URI whose server is the next hop to the device. ok is false when that is where the registration came from.
func (b *Binding) next() (u sip.URI, ok bool) {
	if len(b.Path) > 0 {
		a, err := sip.ParseAddr(b.Path[0])
		return a.URI, err == nil
	}
	u, err := sip.ParseURI(b.Contact)
	return u, err == nil && (b.Proto != transport.UDP || b.listens(u) || b.named(u))
}

// named says whether a contact is a host name that DNS may know: not our own domain, as where the contact is a GRUU, and
// not a browser's made-up one (RFC 7118 section 5.1).
func (b *Binding) named(u sip.URI) bool {
	if _, err := netip.ParseAddr(u.Host); err == nil || b.Dialect == dialect.Lync || b.RegID != 0 {
		return false
	}
	_, domain, _ := strings.Cut(b.Account, "@")
	host := strings.ToLower(u.Host)
	return host != domain && !strings.HasSuffix(host, ".invalid") && strings.Contains(host, ".")
}

// Listens says whether the device's contact is an address of its own that a new connection can be opened to, rather than
// the far end of the connection that it came on.
func (b *Binding) Listens() bool {
	u, err := sip.ParseURI(b.Contact)
	return err == nil && b.listens(u)
}

func (b *Binding) listens(u sip.URI) bool {
	if b.Dialect == dialect.Lync || b.RegID != 0 || b.Proto == transport.WS || b.Proto == transport.WSS {
		return false
	}
	host, err := netip.ParseAddr(u.Host)
	return err == nil && host.Unmap() == b.Remote.Addr() && u.Port != int(b.Remote.Port())
}

// URI is what requests to the device are addressed to.
func (b *Binding) URI() string { return b.Contact }
