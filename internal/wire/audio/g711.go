package audio

import "math/bits"

// muBias is added to mu-law magnitudes so that segments double.
const (
	muBias = 33 << 2
	muClip = 32635
)

// muLaw and aLaw give the linear 16-bit sample of each PCMU and PCMA byte.
var muLaw, aLaw = expand(expandMuLaw), expand(expandALaw)

func expand(f func(byte) int16) (t [256]int16) {
	for i := range t {
		t[i] = f(byte(i))
	}
	return t
}

func expandMuLaw(b byte) int16 {
	b = ^b
	v := (int(b&0x0F)<<3+muBias)<<(b>>4&7) - muBias
	if b&0x80 != 0 {
		return int16(-v)
	}
	return int16(v)
}

func expandALaw(b byte) int16 {
	b ^= 0x55
	v := int(b&0x0F)<<4 + 8
	if segment := b >> 4 & 7; segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		return int16(-v)
	}
	return int16(v)
}

// EncodeMuLaw gives the PCMU byte of a linear 16-bit sample.
func EncodeMuLaw(s int16) byte {
	v, sign := int(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, muClip) + muBias
	segment := bits.Len(uint(v)) - 8
	return ^(sign | byte(segment)<<4 | byte(v>>(segment+3))&0x0F)
}

// EncodeALaw gives the PCMA byte of a linear 16-bit sample.
func EncodeALaw(s int16) byte {
	v, sign := int(s), byte(0x80)
	if v < 0 {
		v, sign = -v-1, 0
	}
	code := byte(v >> 4)
	if segment := bits.Len(uint(v)) - 8; segment > 0 {
		code = byte(segment)<<4 | byte(v>>(segment+3))&0x0F
	}
	return (sign | code&0x7F) ^ 0x55
}
