package rtp

import "encoding/binary"

// Extended report block types (RFC 3611 section 4).
const (
	blockReceiverTime = 4
	blockDLRR         = 5
	blockSummary      = 6
	blockVoIP         = 7
)

// unavailable is how VoIP metrics say "not measured" (RFC 3611 section 4.7).
const unavailable = 127

// Extended is one block of an XR packet; it aliases the datagram.
type Extended struct {
	Type     uint8
	Specific uint8
	Body     []byte
}

// Extended gives the XR blocks of a packet one by one: call with the Body behind the sender's SSRC, then with rest.
func NextExtended(b []byte) (x Extended, rest []byte, ok bool) {
	if len(b) < 4 {
		return x, nil, false
	}
	size := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
	if size > len(b) {
		return x, nil, false
	}
	return Extended{Type: b[0], Specific: b[1], Body: b[4:size]}, b[size:], true
}

// ReceiverTime gives the NTP time of a receiver reference time block (RFC 3611 section 4.4).
func (x Extended) ReceiverTime() (uint64, bool) {
	if x.Type != blockReceiverTime || len(x.Body) < 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(x.Body), true
}

// DLRR gives entry i of a DLRR block (RFC 3611 section 4.5): the receiver it is for, its last reference time and the
// delay since then, in 1/65536 s.
func (x Extended) DLRR(i int) (ssrc, last, delay uint32, ok bool) {
	if x.Type != blockDLRR || i < 0 || len(x.Body) < (i+1)*12 {
		return 0, 0, 0, false
	}
	b := x.Body[i*12:]
	return binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]), true
}

// Summary is a statistics summary block (RFC 3611 section 4.6). The flags tell which values were measured.
type Summary struct {
	SSRC                              uint32
	HasLoss, HasDuplicates, HasJitter bool
	BeginSeq, EndSeq                  uint16
	Lost, Duplicates                  uint32
	MinJitter, MaxJitter              uint32 // timestamp units
	MeanJitter, DevJitter             uint32
}

// Summary gives a statistics summary block.
func (x Extended) Summary() (Summary, bool) {
	if x.Type != blockSummary || len(x.Body) < 36 {
		return Summary{}, false
	}
	b := x.Body
	return Summary{
		HasLoss: x.Specific&0x80 != 0, HasDuplicates: x.Specific&0x40 != 0, HasJitter: x.Specific&0x20 != 0,
		SSRC:     binary.BigEndian.Uint32(b),
		BeginSeq: binary.BigEndian.Uint16(b[4:]), EndSeq: binary.BigEndian.Uint16(b[6:]),
		Lost: binary.BigEndian.Uint32(b[8:]), Duplicates: binary.BigEndian.Uint32(b[12:]),
		MinJitter: binary.BigEndian.Uint32(b[16:]), MaxJitter: binary.BigEndian.Uint32(b[20:]),
		MeanJitter: binary.BigEndian.Uint32(b[24:]), DevJitter: binary.BigEndian.Uint32(b[28:]),
	}, true
}

// VoIP is a VoIP metrics block (RFC 3611 section 4.7) as its sender measured it.
type VoIP struct {
	SSRC                       uint32
	LossRate, DiscardRate      uint8  // of 256
	BurstDensity, GapDensity   uint8  // of 256
	BurstDuration, GapDuration uint16 // ms
	RoundTrip, EndSystemDelay  uint16 // ms
	SignalLevel, NoiseLevel    int8   // dBm0; 127 unavailable
	EchoReturnLoss             uint8  // dB; 127 unavailable
	GMin                       uint8
	RFactor, ExternalR         uint8 // 127 unavailable
	MOSLQ, MOSCQ               uint8 // times ten; 127 unavailable
	ReceiverConfig             uint8
	JitterNominal, JitterMax   uint16 // jitter buffer delay, ms
	JitterAbsoluteMax          uint16 // ms
}

// VoIP gives a VoIP metrics block.
func (x Extended) VoIP() (VoIP, bool) {
	if x.Type != blockVoIP || len(x.Body) < 32 {
		return VoIP{}, false
	}
	b := x.Body
	return VoIP{
		SSRC:     binary.BigEndian.Uint32(b),
		LossRate: b[4], DiscardRate: b[5], BurstDensity: b[6], GapDensity: b[7],
		BurstDuration: binary.BigEndian.Uint16(b[8:]), GapDuration: binary.BigEndian.Uint16(b[10:]),
		RoundTrip: binary.BigEndian.Uint16(b[12:]), EndSystemDelay: binary.BigEndian.Uint16(b[14:]),
		SignalLevel: int8(b[16]), NoiseLevel: int8(b[17]), EchoReturnLoss: b[18], GMin: b[19],
		RFactor: b[20], ExternalR: b[21], MOSLQ: b[22], MOSCQ: b[23], ReceiverConfig: b[24],
		JitterNominal: binary.BigEndian.Uint16(b[26:]), JitterMax: binary.BigEndian.Uint16(b[28:]),
		JitterAbsoluteMax: binary.BigEndian.Uint16(b[30:]),
	}, true
}

// Conversational gives the block's MOS-CQ, false when it was not measured.
func (v VoIP) Conversational() (float64, bool) { return score(v.MOSCQ) }

// Listening gives the block's MOS-LQ, false when it was not measured.
func (v VoIP) Listening() (float64, bool) { return score(v.MOSLQ) }

func score(tenths uint8) (float64, bool) {
	if tenths == unavailable || tenths < 10 || tenths > 50 {
		return 0, false
	}
	return float64(tenths) / 10, true
}

// AppendReceiverTime writes an XR packet with a receiver reference time, which asks senders for a DLRR answer.
func AppendReceiverTime(dst []byte, ssrc uint32, ntp uint64) []byte {
	dst = appendHeader(dst, TypeXR, 0, 4+4+8)
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	dst = append(dst, blockReceiverTime, 0, 0, 2)
	return binary.BigEndian.AppendUint64(dst, ntp)
}

// AppendDLRR writes an XR packet that answers a receiver's reference time.
func AppendDLRR(dst []byte, ssrc, receiver, last, delay uint32) []byte {
	dst = appendHeader(dst, TypeXR, 0, 4+4+12)
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	dst = append(dst, blockDLRR, 0, 0, 3)
	dst = binary.BigEndian.AppendUint32(dst, receiver)
	dst = binary.BigEndian.AppendUint32(dst, last)
	return binary.BigEndian.AppendUint32(dst, delay)
}
