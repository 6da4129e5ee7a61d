package rtp

import (
	"encoding/binary"
	"errors"
)

// RTCP packet types (RFC 3550 section 12.1, RFC 4585 section 6.1, RFC 3611 section 2).
const (
	TypeSR    = 200
	TypeRR    = 201
	TypeSDES  = 202
	TypeBYE   = 203
	TypeAPP   = 204
	TypeRTPFB = 205
	TypePSFB  = 206
	TypeXR    = 207
)

// ErrControl marks a datagram that is no RTCP compound.
var ErrControl = errors.New("rtp: malformed RTCP")

// Control is one packet of an RTCP compound; it aliases the datagram.
type Control struct {
	Type  uint8
	Count uint8  // report blocks, sources, feedback format: the header's five bits
	Raw   []byte // the whole packet with header and padding
	Body  []byte // behind the header, without padding
}

// Next splits the first packet off a compound. An empty input gives ok false without error. Reduced-size compounds
// (RFC 5506) are accepted: the first packet need not be a report.
func Next(b []byte) (c Control, rest []byte, ok bool, err error) {
	if len(b) == 0 {
		return c, nil, false, nil
	}
	if len(b) < 4 || b[0]>>6 != 2 {
		return c, nil, false, ErrControl
	}
	size := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
	if size > len(b) {
		return c, nil, false, ErrControl
	}
	c = Control{Type: b[1], Count: b[0] & 0x1F, Raw: b[:size:size], Body: b[4:size:size]}
	if b[0]&0x20 != 0 {
		n := int(b[size-1])
		if n == 0 || n > len(c.Body) {
			return c, nil, false, ErrControl
		}
		c.Body = c.Body[:len(c.Body)-n]
	}
	return c, b[size:], true, nil
}

// Sender gives the SSRC that the packet came from, which every type but SDES and BYE starts with.
func (c Control) Sender() (uint32, bool) {
	if len(c.Body) < 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(c.Body), true
}

// Feedback gives the media source that an RTPFB or PSFB packet speaks of (RFC 4585 section 6.1).
func (c Control) Feedback() (media uint32, ok bool) {
	if c.Type != TypeRTPFB && c.Type != TypePSFB || len(c.Body) < 8 {
		return 0, false
	}
	return binary.BigEndian.Uint32(c.Body[4:]), true
}

// appendHeader starts a packet whose body has n bytes, a multiple of four.
func appendHeader(dst []byte, typ, count uint8, n int) []byte {
	dst = append(dst, 0x80|count&0x1F, typ)
	return binary.BigEndian.AppendUint16(dst, uint16(n/4))
}
