package hep

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"time"
)

const (
	headLen  = 6 // "HEP3" and the length
	chunkLen = 6 // vendor, type, length
	// maxChunks bounds the chunks of a packet.
	maxChunks = 128
	// maxName bounds keys, names and correlation numbers.
	maxName = 1024
)

// Length tells the length of the packet at the beginning of b, 0 when b is too
// short to tell. It is for packets in a TCP stream.
func Length(b []byte) (int, error) {
	if n := min(len(b), 4); string(b[:n]) != "HEP3"[:n] {
		return 0, ErrVersion
	}
	if len(b) < headLen {
		return 0, nil
	}
	n := int(binary.BigEndian.Uint16(b[4:]))
	if n < headLen {
		return 0, fmt.Errorf("%w: length %d", ErrDamaged, n)
	}
	return n, nil
}

// reader collects the chunks of a packet.
type reader struct {
	p              Packet
	src, dst       netip.Addr
	sport, dport   uint16
	seconds, micro uint32
}

// Parse reads one packet. Chunks that are not known, and those of other
// vendors, are skipped. The payload aliases b unless it was compressed.
func Parse(b []byte) (*Packet, error) {
	n, err := Length(b)
	switch {
	case err != nil:
		return nil, err
	case n == 0 || n > len(b):
		return nil, fmt.Errorf("%w: it is cut off at %d bytes", ErrDamaged, len(b))
	}
	var r reader
	rest := b[headLen:n]
	for count := 0; len(rest) > 0; count++ {
		if count == maxChunks {
			return nil, fmt.Errorf("%w: more than %d chunks", ErrDamaged, maxChunks)
		}
		if len(rest) < chunkLen {
			return nil, fmt.Errorf("%w: %d bytes behind the last chunk", ErrDamaged, len(rest))
		}
		vendor, typ, size := binary.BigEndian.Uint16(rest), binary.BigEndian.Uint16(rest[2:]), int(binary.BigEndian.Uint16(rest[4:]))
		if size < chunkLen || size > len(rest) {
			return nil, fmt.Errorf("%w: chunk %#x has length %d of %d", ErrDamaged, typ, size, len(rest))
		}
		if vendor == 0 {
			if err := r.chunk(typ, rest[chunkLen:size]); err != nil {
				return nil, err
			}
		}
		rest = rest[size:]
	}
	p := r.p
	p.Src, p.Dst = netip.AddrPortFrom(r.src.Unmap(), r.sport), netip.AddrPortFrom(r.dst.Unmap(), r.dport)
	p.Time = time.Unix(int64(r.seconds), int64(min(r.micro, 999999))*1000).UTC()
	return &p, nil
}

func (r *reader) chunk(typ uint16, v []byte) error {
	switch typ {
	case chunkProto:
		return number(typ, v, &r.p.Proto)
	case chunkSrc4, chunkSrc6:
		return address(typ, v, &r.src)
	case chunkDst4, chunkDst6:
		return address(typ, v, &r.dst)
	case chunkSrcPort:
		return number(typ, v, &r.sport)
	case chunkDstPort:
		return number(typ, v, &r.dport)
	case chunkSeconds:
		return number(typ, v, &r.seconds)
	case chunkMicros:
		return number(typ, v, &r.micro)
	case chunkType:
		return number(typ, v, &r.p.Type)
	case chunkAgent:
		return number(typ, v, &r.p.Agent)
	case chunkKey:
		return name(typ, v, &r.p.Key)
	case chunkNode:
		return name(typ, v, &r.p.Node)
	case chunkCorrelation:
		return name(typ, v, &r.p.Correlation)
	case chunkPlace:
		return name(typ, v, &r.p.Place)
	case chunkPayload:
		r.p.Payload = v
	case chunkCompressed:
		return r.inflate(v)
	case chunkMOS:
		return score(typ, v, 5, &r.p.MOS)
	case chunkR:
		return score(typ, v, 120, &r.p.R)
	case chunkJitter:
		var ms uint32
		err := number(typ, v, &ms)
		r.p.Jitter = float64(ms)
		return err
	}
	return nil
}

func number[T uint8 | uint16 | uint32](typ uint16, v []byte, dst *T) error {
	if len(v) != binary.Size(*dst) {
		return fmt.Errorf("%w: chunk %#x has %d bytes, not %d", ErrDamaged, typ, len(v), binary.Size(*dst))
	}
	var n uint32
	for _, c := range v {
		n = n<<8 | uint32(c)
	}
	*dst = T(n)
	return nil
}

func address(typ uint16, v []byte, dst *netip.Addr) error {
	a, ok := netip.AddrFromSlice(v)
	if want := typ <= chunkDst4; !ok || want != (len(v) == 4) {
		return fmt.Errorf("%w: chunk %#x holds an address of %d bytes", ErrDamaged, typ, len(v))
	}
	*dst = a
	return nil
}

func name(typ uint16, v []byte, dst *string) error {
	if len(v) > maxName {
		return fmt.Errorf("%w: chunk %#x has %d bytes, more than %d", ErrDamaged, typ, len(v), maxName)
	}
	*dst = string(bytes.TrimRight(v, "\x00"))
	return nil
}

// score reads a score that agents write as an integer: hundredths by most, plain
// by some. The largest that it can be tells which.
func score(typ uint16, v []byte, most float64, dst *float64) error {
	var n uint16
	if err := number(typ, v, &n); err != nil {
		return err
	}
	s := float64(n)
	if s > most {
		s /= 100
	}
	*dst = s
	return nil
}

// inflate reads a payload that was compressed as zlib or gzip have it.
func (r *reader) inflate(v []byte) error {
	var (
		src io.Reader
		err error
	)
	if bytes.HasPrefix(v, []byte{0x1f, 0x8b}) {
		src, err = gzip.NewReader(bytes.NewReader(v))
	} else {
		src, err = zlib.NewReader(bytes.NewReader(v))
	}
	if err != nil {
		return fmt.Errorf("%w: compressed payload: %w", ErrDamaged, err)
	}
	r.p.Payload, err = io.ReadAll(io.LimitReader(src, MaxPayload+1))
	switch {
	case err != nil:
		return fmt.Errorf("%w: compressed payload: %w", ErrDamaged, err)
	case len(r.p.Payload) > MaxPayload:
		return fmt.Errorf("%w: the payload grows beyond %d bytes", ErrDamaged, MaxPayload)
	}
	return nil
}
