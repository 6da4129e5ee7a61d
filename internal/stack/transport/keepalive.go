package transport

import (
	"encoding/binary"
	"net/netip"
	"time"
)

const (
	stunHeader = 20
	stunCookie = 0x2112A442
)

// keepAliveAnswer returns what a keep-alive on a datagram flow is answered with: two line ends get one back, a STUN
// binding request (RFC 5626 section 4.4.2) the address that it came from. nil is no answer.
func keepAliveAnswer(data []byte, from netip.AddrPort) []byte {
	if string(data) == "\r\n\r\n" {
		return []byte("\r\n")
	}
	if len(data) < stunHeader || binary.BigEndian.Uint16(data) != 0x0001 || binary.BigEndian.Uint32(data[4:]) != stunCookie ||
		int(binary.BigEndian.Uint16(data[2:])) != len(data)-stunHeader {
		return nil
	}
	addr := from.Addr().AsSlice()
	out := make([]byte, 0, 44)
	out = binary.BigEndian.AppendUint16(out, 0x0101)
	out = binary.BigEndian.AppendUint16(out, uint16(8+len(addr)))
	out = append(out, data[4:stunHeader]...)
	out = binary.BigEndian.AppendUint16(out, 0x0020) // XOR-MAPPED-ADDRESS, RFC 8489 section 14.2
	out = binary.BigEndian.AppendUint16(out, uint16(4+len(addr)))
	family := byte(1)
	if len(addr) == 16 {
		family = 2
	}
	out = append(out, 0, family)
	out = binary.BigEndian.AppendUint16(out, from.Port()^stunCookie>>16)
	for i, b := range addr {
		out = append(out, b^data[4+i]) // cookie, then transaction id
	}
	return out
}

// sourceRates bounds how many datagrams one address may send. Addresses are forgotten once their second is over, so the
// table is as large as the number of sources in a second.
type sourceRates struct {
	limit  int
	second int64
	now    map[netip.Addr]int
	before map[netip.Addr]int
}

// allow is called from one goroutine. Two seconds' counts together make the window, so that a burst across the change
// of seconds is not let through twice.
func (r *sourceRates) allow(source netip.Addr, now time.Time) bool {
	if s := now.Unix(); s != r.second {
		if s == r.second+1 {
			r.before = r.now
		} else {
			r.before = nil
		}
		r.now, r.second = make(map[netip.Addr]int, len(r.before)), s
	}
	r.now[source]++
	return r.now[source]+r.before[source] <= 2*r.limit
}
