package audio

// Codec is one of the package's codecs.
type Codec uint8

// The codecs, by their RTP names.
const (
	PCMU Codec = iota
	PCMA
	G722
)

// Converter turns one codec's stream into another's, in place: all have eight bytes a millisecond. Wide-band speech loses
// what lies above 4 kHz on its way to G.711.
type Converter struct {
	from, to Codec
	dec      *Decoder
	enc      *Encoder
}

// NewConverter makes a converter for one direction of a stream.
func NewConverter(from, to Codec) *Converter {
	c := &Converter{from: from, to: to}
	if from == G722 {
		c.dec = NewDecoder()
	}
	if to == G722 {
		c.enc = NewEncoder()
	}
	return c
}

// Run converts a payload in place.
func (c *Converter) Run(payload []byte) {
	if c.from == c.to {
		return
	}
	for i, b := range payload {
		payload[i] = c.one(b)
	}
}

func (c *Converter) one(b byte) byte {
	var s int16
	switch c.from {
	case PCMU:
		s = muLaw[b]
	case PCMA:
		s = aLaw[b]
	case G722:
		s = c.dec.DecodeNarrow(b)
	}
	switch c.to {
	case PCMU:
		return EncodeMuLaw(s)
	case PCMA:
		return EncodeALaw(s)
	}
	return c.enc.EncodeNarrow(s)
}
