package rtp

import "encoding/binary"

// Event is the payload of a telephone-event packet (RFC 4733 section 2.3). All packets of one event share its timestamp.
type Event struct {
	Code     uint8 // 0-9, 10 star, 11 hash, 12-15 A-D, 16 flash
	End      bool
	Volume   uint8  // -dBm0
	Duration uint16 // timestamp units
}

// Append writes the event's payload.
func (e Event) Append(dst []byte) []byte {
	v := e.Volume & 0x3F
	if e.End {
		v |= 0x80
	}
	return binary.BigEndian.AppendUint16(append(dst, e.Code, v), e.Duration)
}
