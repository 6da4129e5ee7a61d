package stun

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"hash"
	"hash/crc32"
)

// Form is how padding and integrity are computed.
type Form uint8

const (
	// Standard is RFC 8489: the integrity's length field ends at MESSAGE-INTEGRITY, nothing is padded.
	Standard Form = iota
	// Microsoft is [MS-ICE2] with IMPLEMENTATION-VERSION up to 2: the length field already counts FINGERPRINT, the
	// input is padded with zeros to a multiple of 64 bytes, and USERNAME is padded inside its length.
	Microsoft
)

func (f Form) String() string {
	if f == Microsoft {
		return "ms-ice2"
	}
	return "standard"
}

const (
	integritySize   = sha1.Size
	fingerprintSize = 4
	fingerprintXOR  = 0x5354554E
	hmacBlock       = 64
)

// Key computes the integrity of messages under one short-term password. It is not safe for concurrent use.
type Key struct {
	mac hash.Hash
	sum [sha1.Size]byte
	hdr [HeaderSize]byte
}

// NewKey makes the key of an ICE password (RFC 8489 section 9.1.1; the alphabet of passwords makes OpaqueString the identity).
func NewKey(password string) *Key {
	return &Key{mac: hmac.New(sha1.New, []byte(password))}
}

// sign computes the integrity over msg[:at], with length as the header's length field.
func (k *Key) sign(msg []byte, at, length int, f Form) []byte {
	copy(k.hdr[:], msg)
	binary.BigEndian.PutUint16(k.hdr[2:], uint16(length))
	k.mac.Reset()
	k.mac.Write(k.hdr[:])
	k.mac.Write(msg[HeaderSize:at])
	if rest := at % hmacBlock; f == Microsoft && rest != 0 {
		var zeros [hmacBlock]byte
		k.mac.Write(zeros[rest:])
	}
	return k.mac.Sum(k.sum[:0])
}

// Verify checks MESSAGE-INTEGRITY under k and tells in which form the peer computed it.
func (m *Message) Verify(k *Key) (Form, bool) {
	v, ok := m.Get(MessageIntegrity)
	if !ok || len(v) != integritySize {
		return Standard, false
	}
	at := 0
	for _, s := range m.attrs[:m.n] {
		if s.attr == MessageIntegrity {
			at = int(s.off) - attrHeader
			break
		}
	}
	if hmac.Equal(v, k.sign(m.raw, at, at+attrHeader+integritySize-HeaderSize, Standard)) {
		return Standard, true
	}
	if hmac.Equal(v, k.sign(m.raw, at, len(m.raw)-HeaderSize, Microsoft)) {
		return Microsoft, true
	}
	return Standard, false
}

// Fingerprinted tells whether FINGERPRINT is present, last and right (RFC 8489 section 14.7).
func (m *Message) Fingerprinted() bool {
	if m.n == 0 {
		return false
	}
	s := m.attrs[m.n-1]
	if s.attr != Fingerprint || s.len != fingerprintSize {
		return false
	}
	return binary.BigEndian.Uint32(m.raw[s.off:]) == crc32.ChecksumIEEE(m.raw[:s.off-attrHeader])^fingerprintXOR
}
