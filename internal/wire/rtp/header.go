package rtp

import (
	"encoding/binary"
	"errors"
)

// HeaderSize is the size of a header without CSRCs and extension, in bytes.
const HeaderSize = 12

// ErrHeader marks a datagram that is no RTP packet.
var ErrHeader = errors.New("rtp: malformed header")

// Header is a parsed RTP header (RFC 3550 section 5.1).
type Header struct {
	Marker    bool
	PT        uint8
	Seq       uint16
	Timestamp uint32
	SSRC      uint32
	Size      int // of the whole header with CSRCs and extension; the payload starts here
	Padding   int // bytes of padding behind the payload
}

// Parse reads the header of packet b. Padding can only be known for a decrypted packet; use ParseEncrypted for SRTP.
func (h *Header) Parse(b []byte) error {
	if err := h.ParseEncrypted(b); err != nil {
		return err
	}
	h.Padding = 0
	if b[0]&0x20 != 0 {
		n := int(b[len(b)-1])
		if n == 0 || n > len(b)-h.Size {
			return ErrHeader
		}
		h.Padding = n
	}
	return nil
}

// ParseEncrypted reads the header of a packet whose payload is still encrypted.
func (h *Header) ParseEncrypted(b []byte) error {
	if len(b) < HeaderSize || b[0]>>6 != 2 {
		return ErrHeader
	}
	size := HeaderSize + 4*int(b[0]&0x0F)
	if b[0]&0x10 != 0 {
		if len(b) < size+4 {
			return ErrHeader
		}
		size += 4 + 4*int(binary.BigEndian.Uint16(b[size+2:]))
	}
	if len(b) < size {
		return ErrHeader
	}
	h.Marker, h.PT = b[1]&0x80 != 0, b[1]&0x7F
	h.Seq = binary.BigEndian.Uint16(b[2:])
	h.Timestamp = binary.BigEndian.Uint32(b[4:])
	h.SSRC = binary.BigEndian.Uint32(b[8:])
	h.Size, h.Padding = size, 0
	return nil
}

// Payload gives the payload of the packet b that h was parsed from.
func (h *Header) Payload(b []byte) []byte { return b[h.Size : len(b)-h.Padding] }

// Append writes a plain header: no CSRCs, extension or padding.
func (h *Header) Append(dst []byte) []byte {
	pt := h.PT & 0x7F
	if h.Marker {
		pt |= 0x80
	}
	dst = append(dst, 0x80, pt)
	dst = binary.BigEndian.AppendUint16(dst, h.Seq)
	dst = binary.BigEndian.AppendUint32(dst, h.Timestamp)
	return binary.BigEndian.AppendUint32(dst, h.SSRC)
}

// Rewrite changes payload type, sequence number, timestamp and SSRC of the packet b in place; everything else stays.
func (h *Header) Rewrite(b []byte) {
	b[1] = b[1]&0x80 | h.PT&0x7F
	binary.BigEndian.PutUint16(b[2:], h.Seq)
	binary.BigEndian.PutUint32(b[4:], h.Timestamp)
	binary.BigEndian.PutUint32(b[8:], h.SSRC)
}

// IsMedia tells whether a datagram is RTP or RTCP rather than STUN, DTLS or TURN (RFC 7983 section 7).
func IsMedia(b []byte) bool { return len(b) >= 8 && b[0]>>6 == 2 }

// IsControl tells RTCP from RTP on one port (RFC 5761 section 4).
func IsControl(b []byte) bool { return len(b) >= 8 && b[1] >= 192 && b[1] <= 223 }
