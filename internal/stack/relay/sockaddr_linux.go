package relay

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// sockaddr is an address as the kernel writes it into a message header: struct sockaddr_in or sockaddr_in6. Two of them
// from sockets of one family are equal when their addresses are, so that a packet's source is compared without conversion.
type sockaddr [unix.SizeofSockaddrInet6]byte

// rawSockaddr converts; the port is in network order, the family in the machine's.
func rawSockaddr(a netip.AddrPort) (s sockaddr) {
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

// set tells whether the address is not the zero one.
func (s *sockaddr) set() bool { return s[0] != 0 || s[1] != 0 }

// size is what the kernel wants to be told, in bytes.
func (s *sockaddr) size() uint32 {
	if binary.NativeEndian.Uint16(s[:]) == unix.AF_INET {
		return unix.SizeofSockaddrInet4
	}
	return unix.SizeofSockaddrInet6
}

func (s *sockaddr) addrPort() netip.AddrPort {
	port := binary.BigEndian.Uint16(s[2:])
	switch binary.NativeEndian.Uint16(s[:]) {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(s[4:8])), port)
	case unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(s[8:24])).Unmap(), port)
	}
	return netip.AddrPort{}
}

// clean zeroes what is no part of the address: the padding of IPv4, flow and scope of IPv6.
func (s *sockaddr) clean() {
	if binary.NativeEndian.Uint16(s[:]) == unix.AF_INET {
		clear(s[8:])
		return
	}
	clear(s[4:8])
	clear(s[24:])
}
