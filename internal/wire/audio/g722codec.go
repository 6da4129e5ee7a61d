package audio

// Encoder makes G.722 at 64 kbit/s. Each byte stands for two samples at 16 kHz.
type Encoder struct {
	low, high band
	history   [24]int32
}

// NewEncoder gives an encoder in its reset state.
func NewEncoder() *Encoder {
	e := new(Encoder)
	e.low, e.high = newBands()
	return e
}

// Encode encodes two samples at 16 kHz.
func (e *Encoder) Encode(first, second int16) byte {
	copy(e.history[:], e.history[2:])
	e.history[22], e.history[23] = int32(first), int32(second)
	var odd, even int32
	for i, c := range qmf {
		odd += e.history[2*i] * c
		even += e.history[2*i+1] * qmf[11-i]
	}
	return e.bands((even+odd)>>14, (even-odd)>>14)
}

// EncodeNarrow encodes one sample at 8 kHz as the lower band, with silence above 4 kHz: what narrow-band speech becomes
// after up-sampling, without the up-sampling.
func (e *Encoder) EncodeNarrow(s int16) byte { return e.bands(int32(s)>>1, 0) }

func (e *Encoder) bands(low, high int32) byte {
	il := e.quantiseLow(clamp16(low - e.low.s))
	d := (e.low.det * qm4[il>>2]) >> 15
	e.low.scaleLow(il >> 2)
	e.low.adapt(d)

	diff := clamp16(high - e.high.s)
	magnitude := diff
	if diff < 0 {
		magnitude = -(diff + 1)
	}
	ih := int32(3)
	if diff < 0 {
		ih = 1
	}
	if magnitude >= (564*e.high.det)>>12 {
		ih--
	}
	d = (e.high.det * qm2[ih]) >> 15
	e.high.scaleHigh(ih)
	e.high.adapt(d)
	return byte(ih<<6 | il)
}

// quantiseLow is block 1L: the 6-bit code of a difference.
func (e *Encoder) quantiseLow(d int32) int32 {
	magnitude := d
	if d < 0 {
		magnitude = -(d + 1)
	}
	level := 1
	for level < len(q6) && magnitude >= (q6[level]*e.low.det)>>12 {
		level++
	}
	// Codes run downwards with the level; the two smallest negative ones stand apart (tables 14 and 15: ILN, ILP).
	if d >= 0 {
		return int32(62 - level)
	}
	if level < 3 {
		return int32(64 - level)
	}
	return int32(34 - level)
}

// Decoder reads G.722 at 64 kbit/s.
type Decoder struct {
	low, high band
	history   [24]int32
}

// NewDecoder gives a decoder in its reset state.
func NewDecoder() *Decoder {
	d := new(Decoder)
	d.low, d.high = newBands()
	return d
}

// Decode gives the two samples at 16 kHz of a byte.
func (d *Decoder) Decode(b byte) (first, second int16) {
	low, high := d.lower(b), d.higher(b)
	copy(d.history[:], d.history[2:])
	d.history[22], d.history[23] = low+high, low-high
	var a, z int32
	for i, c := range qmf {
		z += d.history[2*i] * c
		a += d.history[2*i+1] * qmf[11-i]
	}
	return int16(clamp16(a >> 11)), int16(clamp16(z >> 11))
}

// DecodeNarrow gives the lower band's sample, at 8 kHz: speech below 4 kHz.
func (d *Decoder) DecodeNarrow(b byte) int16 { return int16(clamp16(d.lower(b) << 1)) }

func (d *Decoder) lower(b byte) int32 {
	code := int32(b & 0x3F)
	out := max(-16384, min(16383, d.low.s+(d.low.det*qm6[code])>>15))
	diff := (d.low.det * qm4[code>>2]) >> 15
	d.low.scaleLow(code >> 2)
	d.low.adapt(diff)
	return out
}

func (d *Decoder) higher(b byte) int32 {
	code := int32(b >> 6)
	diff := (d.high.det * qm2[code]) >> 15
	out := max(-16384, min(16383, d.high.s+diff))
	d.high.scaleHigh(code)
	d.high.adapt(diff)
	return out
}
