package frontend

import (
	"net/netip"
	"time"

	"parley/internal/dialect"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Binding is one registered device of a user.
type Binding struct {
	Account   string // user@domain
	Contact   string // URI that the device registered
	Instance  string // +sip.instance without brackets, or ""
	RegID     int    // reg-id of RFC 5626, 0 when absent
	Epid      string // Lync endpoint id, or ""
	GRUU      string // URI that reaches this device and no other; "" when it asked for none and needs none
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
}

// Key tells the devices of one user apart.
func (b *Binding) Key() string {
	switch {
	case b.Instance != "" && b.RegID != 0:
		return b.Instance + "#" + string(rune('0'+b.RegID%10))
	case b.Instance != "":
		return b.Instance
	case b.Epid != "":
		return "epid:" + b.Epid
	}
	return b.Contact
}

// Target is the way to the device: its connection, else the address of its contact when it can be called there, else the
// address that it registered from, which is the outside of its address translator.
func (b *Binding) Target() transaction.Target {
	if b.Flow == nil && (b.Proto != transport.UDP || b.Listens()) {
		if u, err := sip.ParseURI(b.Contact); err == nil {
			if t, err := transaction.TargetOf(u); err == nil {
				return t
			}
		}
	}
	return transaction.Target{Flow: b.Flow, Proto: b.Proto, Addr: b.Remote.String()}
}

// Listens says whether the device's contact is an address of its own that a new connection can be opened to, rather than
// the far end of the connection that it came on.
func (b *Binding) Listens() bool {
	u, err := sip.ParseURI(b.Contact)
	if err != nil || b.Dialect == dialect.Lync || b.RegID != 0 || b.Proto == transport.WS || b.Proto == transport.WSS {
		return false
	}
	host, err := netip.ParseAddr(u.Host)
	return err == nil && host.Unmap() == b.Remote.Addr() && u.Port != int(b.Remote.Port())
}

// URI is what requests to the device are addressed to.
func (b *Binding) URI() string { return b.Contact }
