// Package emodel estimates how speech over a network sounds, by the E-model:
// ITU-T G.107 for narrowband codecs and its wideband form G.107.1 for the
// others. It is arithmetic only; its inputs are what a relay or an endpoint
// measured.
package emodel

import "math"

// Input is what is known of one stream.
type Input struct {
	// Codec is the encoding name of the payload, in any case: PCMU, G722 ...
	Codec string
	// ClockRate is the RTP clock rate in Hz, 0 when unknown. It tells the wide
	// from the narrow form of codecs that have both.
	ClockRate int
	// Loss is the fraction of packets that could not be played, 0 to 1: lost on
	// the way or too late for the jitter buffer.
	Loss float64
	// BurstRatio is the mean length of a run of lost packets divided by what
	// it would be if the same loss were random; 0 means random (1).
	BurstRatio float64
	// Delay is the one-way delay from mouth to ear in milliseconds.
	Delay float64
}

// Rating is the model's estimate.
type Rating struct {
	// R is the transmission rating: 0 to 100 for narrowband codecs, 0 to 129
	// for wideband ones (G.107.1 section 7.1).
	R float64
	// Listening is the mean opinion score of what is heard, 1 to 4.5, with the
	// delay left out; Conversational includes it.
	Listening, Conversational float64
	// Model names the formula and the version of the codec table.
	Model string
}

// Rate estimates the quality of a stream. ok is false for a codec that the
// table does not have: no estimate is better than one of another codec.
func Rate(in Input) (r Rating, ok bool) {
	c, ok := lookup(in.Codec, in.ClockRate)
	if !ok {
		return Rating{}, false
	}
	ie := effectiveImpairment(c, 100*clamp(in.Loss, 0, 1), in.BurstRatio)
	delay := clamp(in.Delay, 0, 10000)
	if c.wide {
		still, talking := rWide(ie, 0), rWide(ie, delay)
		return Rating{R: talking, Listening: mos(still / 1.29), Conversational: mos(talking / 1.29), Model: modelWide}, true
	}
	still, talking := rNarrow(ie, 0), rNarrow(ie, delay)
	return Rating{R: talking, Listening: mos(still), Conversational: mos(talking), Model: modelNarrow}, true
}

// effectiveImpairment is Ie,eff of G.107 section 7.5; ppl is in percent.
func effectiveImpairment(c codec, ppl, burst float64) float64 {
	if burst < 1 {
		burst = 1
	}
	return c.ie + (95-c.ie)*ppl/(ppl/burst+c.bpl)
}

// mos maps a rating to a mean opinion score, G.107 annex B.
func mos(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	// Just above 0 the polynomial dips under 1, which no score can.
	return math.Max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}

func clamp(v, lo, hi float64) float64 {
	if math.IsNaN(v) {
		return lo
	}
	return math.Min(math.Max(v, lo), hi)
}
