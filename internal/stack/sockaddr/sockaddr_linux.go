// Package sockaddr holds addresses as the kernel reads and writes them, for sockets that are read by batched system calls.
package sockaddr

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Raw is an address as the kernel writes it into a message header: struct sockaddr_in or sockaddr_in6. Two of them
// from sockets of one family are equal when their addresses are, so that a packet's source is compared without conversion.
type Raw [unix.SizeofSockaddrInet6]byte

// Header is struct mmsghdr of recvmmsg(2) and sendmmsg(2).
type Header struct {
	Hdr unix.Msghdr
	N   uint32 // bytes that were received or sent
}

// Of converts; the port is in network order, the family in the machine's. An IPv4 address stays one: a socket that was
// opened for IPv6 wants [Mapped].
func Of(a netip.AddrPort) (s Raw) {
	addr := a.Addr().Unmap()
	binary.BigEndian.PutUint16(s[2:], a.Port())
	if addr.Is4() {
		binary.NativeEndian.PutUint16(s[:], unix.AF_INET)
		ip := addr.As4()
		copy(s[4:], ip[:])
		return s
	}
	binary.NativeEndian.PutUint16(s[:], unix.AF_INET6)
	ip := addr.As16()
	copy(s[8:], ip[:])
	return s
}

// Set tells whether the address is not the zero one.
func (s *Raw) Set() bool { return s[0] != 0 || s[1] != 0 }

// Family is 0 for IPv4 and 1 for everything else.
func (s *Raw) Family() int {
	if binary.NativeEndian.Uint16(s[:]) == unix.AF_INET {
		return 0
	}
	return 1
}

// Size is what the kernel wants to be told, in bytes.
func (s *Raw) Size() uint32 {
	if binary.NativeEndian.Uint16(s[:]) == unix.AF_INET {
		return unix.SizeofSockaddrInet4
	}
	return unix.SizeofSockaddrInet6
}

// AddrPort converts back; an IPv4 address in IPv6 form comes out as IPv4. The zero value stands for anything else.
func (s *Raw) AddrPort() netip.AddrPort {
	port := binary.BigEndian.Uint16(s[2:])
	switch binary.NativeEndian.Uint16(s[:]) {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(s[4:8])), port)
	case unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(s[8:24])).Unmap(), port)
	}
	return netip.AddrPort{}
}

// Tidy zeroes what does not tell peers apart and is not needed to answer: the padding of IPv4, the flow label of IPv6.
func (s *Raw) Tidy() {
	if binary.NativeEndian.Uint16(s[:]) == unix.AF_INET {
		clear(s[8:])
		return
	}
	clear(s[4:8])
}

// Clean zeroes what is no part of the address: the padding of IPv4, flow and scope of IPv6.
func (s *Raw) Clean() {
	if binary.NativeEndian.Uint16(s[:]) == unix.AF_INET {
		clear(s[8:])
		return
	}
	clear(s[4:8])
	clear(s[24:])
}

// Mapped converts for a socket of IPv6 that carries IPv4 too: such an address is written in its IPv6 form.
func Mapped(a netip.AddrPort) (s Raw) {
	binary.NativeEndian.PutUint16(s[:], unix.AF_INET6)
	binary.BigEndian.PutUint16(s[2:], a.Port())
	ip := a.Addr().As16()
	copy(s[8:], ip[:])
	return s
}
