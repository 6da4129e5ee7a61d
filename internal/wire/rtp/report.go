package rtp

import "encoding/binary"

// Sizes on the wire, in bytes.
const (
	senderInfoSize = 20
	blockSize      = 24
)

// SenderInfo is the sender's part of a sender report (RFC 3550 section 6.4.1).
type SenderInfo struct {
	NTP       uint64 // seconds since 1900 in 32.32 fixed point, of the sender's clock
	Timestamp uint32 // RTP time of the same instant
	Packets   uint32
	Octets    uint32 // payload bytes
}

// Block is a reception report block (RFC 3550 section 6.4.1).
type Block struct {
	SSRC         uint32 // the source reported on
	FractionLost uint8  // since the last report, of 256
	Lost         int32  // cumulative, 24 bits signed
	HighestSeq   uint32 // extended by cycles
	Jitter       uint32 // in timestamp units
	LastSR       uint32 // middle 32 bits of the last sender report's NTP time, 0 if none was received
	Delay        uint32 // since then, in 1/65536 s
}

// SenderInfo gives the sender's part of an SR.
func (c Control) SenderInfo() (SenderInfo, bool) {
	if c.Type != TypeSR || len(c.Body) < 4+senderInfoSize {
		return SenderInfo{}, false
	}
	b := c.Body[4:]
	return SenderInfo{
		NTP:       binary.BigEndian.Uint64(b),
		Timestamp: binary.BigEndian.Uint32(b[8:]),
		Packets:   binary.BigEndian.Uint32(b[12:]),
		Octets:    binary.BigEndian.Uint32(b[16:]),
	}, true
}

// Block gives report block i of an SR or RR; false behind the last one. Profile-specific extensions follow the blocks
// and stay unread.
func (c Control) Block(i int) (Block, bool) {
	off := 4
	switch c.Type {
	case TypeSR:
		off += senderInfoSize
	case TypeRR:
	default:
		return Block{}, false
	}
	off += i * blockSize
	if i < 0 || i >= int(c.Count) || len(c.Body) < off+blockSize {
		return Block{}, false
	}
	b := c.Body[off:]
	return Block{
		SSRC:         binary.BigEndian.Uint32(b),
		FractionLost: b[4],
		Lost:         int32(binary.BigEndian.Uint32(b[4:])<<8) >> 8,
		HighestSeq:   binary.BigEndian.Uint32(b[8:]),
		Jitter:       binary.BigEndian.Uint32(b[12:]),
		LastSR:       binary.BigEndian.Uint32(b[16:]),
		Delay:        binary.BigEndian.Uint32(b[20:]),
	}, true
}

// AppendSR writes a sender report with up to 31 blocks.
func AppendSR(dst []byte, ssrc uint32, s SenderInfo, blocks []Block) []byte {
	blocks = blocks[:min(len(blocks), 31)]
	dst = appendHeader(dst, TypeSR, uint8(len(blocks)), 4+senderInfoSize+len(blocks)*blockSize)
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	dst = binary.BigEndian.AppendUint64(dst, s.NTP)
	dst = binary.BigEndian.AppendUint32(dst, s.Timestamp)
	dst = binary.BigEndian.AppendUint32(dst, s.Packets)
	dst = binary.BigEndian.AppendUint32(dst, s.Octets)
	return appendBlocks(dst, blocks)
}

// AppendRR writes a receiver report with up to 31 blocks.
func AppendRR(dst []byte, ssrc uint32, blocks []Block) []byte {
	blocks = blocks[:min(len(blocks), 31)]
	dst = appendHeader(dst, TypeRR, uint8(len(blocks)), 4+len(blocks)*blockSize)
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	return appendBlocks(dst, blocks)
}

func appendBlocks(dst []byte, blocks []Block) []byte {
	for _, r := range blocks {
		lost := max(-1<<23, min(r.Lost, 1<<23-1))
		dst = binary.BigEndian.AppendUint32(dst, r.SSRC)
		dst = binary.BigEndian.AppendUint32(dst, uint32(r.FractionLost)<<24|uint32(lost)&0xFFFFFF)
		dst = binary.BigEndian.AppendUint32(dst, r.HighestSeq)
		dst = binary.BigEndian.AppendUint32(dst, r.Jitter)
		dst = binary.BigEndian.AppendUint32(dst, r.LastSR)
		dst = binary.BigEndian.AppendUint32(dst, r.Delay)
	}
	return dst
}

// AppendCNAME writes the source description that every compound carries (RFC 3550 section 6.5). The name is cut at 255 bytes.
func AppendCNAME(dst []byte, ssrc uint32, name string) []byte {
	name = name[:min(len(name), 255)]
	body := (4 + 2 + len(name) + 1 + 3) &^ 3
	dst = appendHeader(dst, TypeSDES, 1, body)
	end := len(dst) + body
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	dst = append(append(dst, 1, byte(len(name))), name...)
	for len(dst) < end {
		dst = append(dst, 0)
	}
	return dst
}

// AppendBYE writes a goodbye of one source (RFC 3550 section 6.6).
func AppendBYE(dst []byte, ssrc uint32) []byte {
	return binary.BigEndian.AppendUint32(appendHeader(dst, TypeBYE, 1, 4), ssrc)
}
