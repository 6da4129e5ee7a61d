package measure

import (
	"math"
	"strings"
	"time"
)

// Model names the formula and the table that scores are computed with; it is stored with every score, since scores of
// different models must not be averaged. Its number rises with every change of either.
const Model = "g107-parley-1"

// basic is the E-model's rating with all inputs at their defaults (ITU-T G.107 table 2: 93.2).
const basic = 93.2

// impairment is a codec's row: the equipment impairment and the robustness to loss, in percent (ITU-T G.113 appendix I).
type impairment struct{ ie, bpl float64 }

// impairmentOf gives a codec's row. G.711 (with the concealment of G.711 appendix I), G.729A, G.723.1, GSM and iLBC are
// ITU-T G.113 appendix I's; for the others the ITU gives none on the narrow-band scale and the rows are our own: wide-band
// codecs count as transparent, with the loss robustness of their built-in concealment.
func impairmentOf(codec string) (impairment, bool) {
	switch strings.ToUpper(codec) {
	case "PCMU", "PCMA":
		return impairment{0, 25.1}, true
	case "G729", "G729A":
		return impairment{11, 19}, true
	case "G723":
		return impairment{15, 16.1}, true
	case "GSM-EFR", "AMR":
		return impairment{5, 10}, true
	case "GSM":
		return impairment{20, 10}, true
	case "ILBC":
		return impairment{10, 34}, true
	case "G722":
		return impairment{0, 20}, true
	case "OPUS":
		return impairment{0, 30}, true
	case "SILK", "AMR-WB":
		return impairment{2, 25}, true
	case "SIREN", "G7221", "X-MSRTA":
		return impairment{5, 20}, true
	case "SPEEX":
		return impairment{8, 20}, true
	}
	return impairment{}, false
}

// Conditions are the E-model's inputs for one stream.
type Conditions struct {
	Codec  string
	Loss   float64       // share of packets lost or discarded, 0 to 1
	BurstR float64       // Pattern.Ratio
	OneWay time.Duration // mouth to ear
}

// Score is the E-model's verdict.
type Score struct {
	R   float64 // transmission rating, 0 to 100
	MOS float64 // 1 to 4.5
}

// Rate computes the score (ITU-T G.107 sections 7.3, 7.4 and annex B, with the usual linear form of the delay term).
// False for codecs that have no row.
func Rate(c Conditions) (Score, bool) {
	row, ok := impairmentOf(c.Codec)
	if !ok {
		return Score{}, false
	}
	d := float64(c.OneWay) / float64(time.Millisecond)
	delay := 0.024 * d
	if d > 177.3 {
		delay += 0.11 * (d - 177.3)
	}
	percent := 100 * min(max(c.Loss, 0), 1)
	equipment := row.ie + (95-row.ie)*percent/(percent/max(c.BurstR, 1)+row.bpl)
	r := basic - delay - equipment
	return Score{R: min(max(r, 0), 100), MOS: opinion(r)}, true
}

// opinion maps a rating to a mean opinion score (ITU-T G.107 annex B).
func opinion(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	// The cubic dips below 1 for ratings under 6.5.
	return math.Max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}

// MouthToEar estimates the one-way delay that a listener has: half the round trip, a jitter buffer of twice the jitter
// and the packet's own duration.
func MouthToEar(roundTrip, jitter, ptime time.Duration) time.Duration {
	return roundTrip/2 + 2*jitter + ptime
}
