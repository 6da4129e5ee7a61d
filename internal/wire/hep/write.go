package hep

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Append writes a packet. It fails when the packet would be larger than
// MaxPacket.
func (p *Packet) Append(dst []byte) ([]byte, error) {
	start := len(dst)
	w := writer{append(dst, "HEP3\x00\x00"...)}
	src, dstAddr := p.Src.Addr().Unmap(), p.Dst.Addr().Unmap()
	if src.Is4() {
		w.u8(chunkFamily, 2)
	} else {
		w.u8(chunkFamily, 10)
	}
	w.u8(chunkProto, p.Proto)
	for _, a := range []struct {
		typ  uint16
		addr []byte
	}{{chunkSrc4, src.AsSlice()}, {chunkDst4, dstAddr.AsSlice()}} {
		if len(a.addr) == 16 {
			a.typ += chunkSrc6 - chunkSrc4
		}
		if len(a.addr) > 0 {
			w.bytes(a.typ, a.addr)
		}
	}
	w.u16(chunkSrcPort, p.Src.Port())
	w.u16(chunkDstPort, p.Dst.Port())
	w.u32(chunkSeconds, uint32(p.Time.Unix()))
	w.u32(chunkMicros, uint32(p.Time.Nanosecond()/1000))
	w.u8(chunkType, p.Type)
	w.u32(chunkAgent, p.Agent)
	w.text(chunkKey, p.Key)
	w.text(chunkCorrelation, p.Correlation)
	w.text(chunkNode, p.Node)
	if p.MOS > 0 {
		w.u16(chunkMOS, uint16(math.Round(p.MOS*100)))
	}
	if p.R > 0 {
		w.u16(chunkR, uint16(math.Round(p.R*100)))
	}
	w.text(chunkPlace, p.Place)
	if p.Jitter > 0 {
		w.u32(chunkJitter, uint32(math.Round(p.Jitter)))
	}
	if room := MaxPacket - (len(w.b) - start) - chunkLen; len(p.Payload) > room {
		return dst, fmt.Errorf("HEP packet with a payload of %d bytes: %d fit", len(p.Payload), room)
	}
	w.bytes(chunkPayload, p.Payload)
	binary.BigEndian.PutUint16(w.b[start+4:], uint16(len(w.b)-start))
	return w.b, nil
}

type writer struct{ b []byte }

func (w *writer) head(typ uint16, size int) {
	w.b = binary.BigEndian.AppendUint16(w.b, 0)
	w.b = binary.BigEndian.AppendUint16(w.b, typ)
	w.b = binary.BigEndian.AppendUint16(w.b, uint16(chunkLen+size))
}

func (w *writer) bytes(typ uint16, v []byte) {
	w.head(typ, len(v))
	w.b = append(w.b, v...)
}

func (w *writer) text(typ uint16, s string) {
	if s != "" {
		w.bytes(typ, []byte(s[:min(len(s), maxName)]))
	}
}

func (w *writer) u8(typ uint16, v uint8) { w.bytes(typ, []byte{v}) }

func (w *writer) u16(typ uint16, v uint16) {
	w.head(typ, 2)
	w.b = binary.BigEndian.AppendUint16(w.b, v)
}

func (w *writer) u32(typ uint16, v uint32) {
	w.head(typ, 4)
	w.b = binary.BigEndian.AppendUint32(w.b, v)
}
