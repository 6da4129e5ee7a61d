package stun

import (
	"encoding/binary"
	"net/netip"
)

// Address families on the wire (RFC 8489 section 14.1).
const (
	family4 = 1
	family6 = 2
)

// Mapped gives XOR-MAPPED-ADDRESS.
func (m *Message) Mapped() (netip.AddrPort, bool) {
	v, ok := m.Get(XORMappedAddress)
	if !ok || len(v) < 8 {
		return netip.AddrPort{}, false
	}
	port := binary.BigEndian.Uint16(v[2:]) ^ cookie>>16
	switch {
	case v[1] == family4 && len(v) == 8:
		var a [4]byte
		mask(a[:], v[4:], m.raw[4:20])
		return netip.AddrPortFrom(netip.AddrFrom4(a), port), true
	case v[1] == family6 && len(v) == 20:
		var a [16]byte
		mask(a[:], v[4:], m.raw[4:20])
		return netip.AddrPortFrom(netip.AddrFrom16(a), port), true
	}
	return netip.AddrPort{}, false
}

// Mapped appends XOR-MAPPED-ADDRESS (RFC 8489 section 14.2).
func (w *Writer) Mapped(a netip.AddrPort) {
	addr := a.Addr().Unmap()
	var v [20]byte
	binary.BigEndian.PutUint16(v[2:], a.Port()^cookie>>16)
	key := w.buf[w.start+4 : w.start+20]
	if addr.Is4() {
		v[1] = family4
		ip := addr.As4()
		mask(v[4:8], ip[:], key)
		w.Add(XORMappedAddress, v[:8])
		return
	}
	v[1] = family6
	ip := addr.As16()
	mask(v[4:20], ip[:], key)
	w.Add(XORMappedAddress, v[:20])
}

func mask(dst, src, key []byte) {
	for i := range dst {
		dst[i] = src[i] ^ key[i]
	}
}
