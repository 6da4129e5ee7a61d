package stun

import (
	"encoding/binary"
	"errors"
)

// Sizes of the fixed parts, in bytes.
const (
	HeaderSize = 20
	attrHeader = 4
	cookie     = 0x2112A442
	// maxAttrs bounds the attributes of one message; ICE checks carry at most ten.
	maxAttrs = 32
	// maxSize bounds a whole message: ICE checks fit an unfragmented datagram.
	maxSize = 1500
)

// Errors of Parse.
var (
	ErrNotSTUN    = errors.New("stun: not a STUN message")
	ErrTruncated  = errors.New("stun: length does not match the message")
	ErrAttributes = errors.New("stun: more attributes than any ICE check carries")
)

// ID is a transaction id.
type ID [12]byte

// Message is a parsed message; it aliases the bytes that it was parsed from. The zero value is ready for Parse and may be reused.
type Message struct {
	Type  Type
	ID    ID
	raw   []byte
	attrs [maxAttrs]span
	n     int
}

type span struct {
	attr     Attr
	off, len uint16
}

// Is tells whether a datagram that shares a socket with RTP and DTLS is STUN (RFC 7983 section 7).
func Is(b []byte) bool {
	return len(b) >= HeaderSize && b[0] < 4 && binary.BigEndian.Uint32(b[4:]) == cookie
}

// Parse locates a message's attributes without copying or allocating. Both forms parse alike: the dialect rounds an
// attribute's length up to four itself, the standard leaves the padding outside of it.
func (m *Message) Parse(b []byte) error {
	if !Is(b) {
		return ErrNotSTUN
	}
	if len(b) > maxSize || int(binary.BigEndian.Uint16(b[2:])) != len(b)-HeaderSize || len(b)%4 != 0 {
		return ErrTruncated
	}
	m.Type = Type(binary.BigEndian.Uint16(b))
	m.ID = ID(b[8:20])
	m.raw, m.n = b, 0
	for off := HeaderSize; off < len(b); {
		if len(b)-off < attrHeader {
			return ErrTruncated
		}
		size := int(binary.BigEndian.Uint16(b[off+2:]))
		if size > len(b)-off-attrHeader {
			return ErrTruncated
		}
		if m.n == maxAttrs {
			return ErrAttributes
		}
		m.attrs[m.n] = span{Attr(binary.BigEndian.Uint16(b[off:])), uint16(off + attrHeader), uint16(size)}
		m.n++
		off += attrHeader + (size+3)&^3
	}
	return nil
}

// Get gives an attribute's value. Attributes after MESSAGE-INTEGRITY, except FINGERPRINT, are not covered by it and so
// are ignored (RFC 8489 section 14.5).
func (m *Message) Get(a Attr) ([]byte, bool) {
	for _, s := range m.attrs[:m.n] {
		if s.attr == a {
			return m.raw[s.off : s.off+s.len], true
		}
		if s.attr == MessageIntegrity && a != Fingerprint {
			break
		}
	}
	return nil, false
}

// Has tells whether an attribute is present.
func (m *Message) Has(a Attr) bool {
	_, ok := m.Get(a)
	return ok
}

// Uint32 gives a 4-byte attribute, such as PRIORITY.
func (m *Message) Uint32(a Attr) (uint32, bool) {
	v, ok := m.Get(a)
	if !ok || len(v) != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(v), true
}

// Uint64 gives an 8-byte attribute, such as the tie-breaker of ICE-CONTROLLING.
func (m *Message) Uint64(a Attr) (uint64, bool) {
	v, ok := m.Get(a)
	if !ok || len(v) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(v), true
}

// Username gives USERNAME without the zeros that the dialect pads it with; nil when absent.
func (m *Message) Username() []byte {
	v, _ := m.Get(Username)
	for len(v) > 0 && v[len(v)-1] == 0 {
		v = v[:len(v)-1]
	}
	return v
}

// Code gives the code of ERROR-CODE, 0 when absent or malformed.
func (m *Message) Code() int {
	v, ok := m.Get(ErrorCode)
	if !ok || len(v) < 4 || v[2] > 7 || v[3] > 99 {
		return 0
	}
	return int(v[2])*100 + int(v[3])
}

// Unknown appends to dst the comprehension-required attributes that this package does not know, for a 420 answer.
func (m *Message) Unknown(dst []Attr) []Attr {
	for _, s := range m.attrs[:m.n] {
		if !comprehended(s.attr) {
			dst = append(dst, s.attr)
		}
	}
	return dst
}
