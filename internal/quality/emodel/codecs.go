package emodel

import "strings"

// Model ids stored beside every score: the formula, then the version of the
// codec table. A changed table gets a new version, so that old rows still tell
// how they were computed.
const (
	modelNarrow = "g107/2"
	modelWide   = "g107.1/2"
)

// codec is what G.113 appendix I (narrowband) and appendix IV (wideband) give:
// the equipment impairment and the robustness against loss.
type codec struct {
	ie, bpl float64
	wide    bool
}

// lookup finds a codec by encoding name. Telephony endpoints conceal losses,
// so G.711 is rated with packet loss concealment. Where the recommendation has
// no value the line says so; the model id carries the table's version.
func lookup(name string, clock int) (codec, bool) {
	switch strings.ToLower(name) {
	// Narrowband: impairments of tables I.1 and I.4 (2007), robustness of table
	// I.4. The edition of 2024 has the impairments alone.
	case "pcmu", "pcma", "g711", "g711u", "g711a":
		return codec{ie: 0, bpl: 25.1}, true // with the concealment of G.711 appendix I
	case "g729", "g729a", "g729ab":
		return codec{ie: 11, bpl: 19}, true // annex A with voice activity detection
	case "g723", "g7231":
		return codec{ie: 15, bpl: 16.1}, true // at 6.3 kbit/s with voice activity detection
	case "gsm-efr":
		return codec{ie: 5, bpl: 10}, true
	case "g726-40", "aal2-g726-40":
		return codec{ie: 2, bpl: 25.1}, true // robustness is that of G.711, an estimate
	case "g726-32", "aal2-g726-32", "g728":
		return codec{ie: 7, bpl: 25.1}, true // as above
	case "g726-24", "aal2-g726-24":
		return codec{ie: 25, bpl: 25.1}, true // as above
	case "g726-16", "aal2-g726-16":
		return codec{ie: 50, bpl: 25.1}, true // as above
	case "gsm":
		return codec{ie: 20, bpl: 10}, true // robustness is that of GSM-EFR, an estimate

	// Wideband: impairments of table IV.1, listening with one ear. Robustness
	// is in table IV.4, for three rates of AMR-WB only.
	case "g722":
		return codec{ie: 13, bpl: 13, wide: true}, true // at 64 kbit/s; robustness is our estimate
	case "g7221":
		return codec{ie: 19, bpl: 14, wide: true}, true // at 24 kbit/s, the rate that Lync's clients offer; robustness is our estimate
	case "amr-wb":
		return codec{ie: 13, bpl: 4.3, wide: true}, true // at 12.65 kbit/s, the usual one; 6.6 to 23.85 kbit/s are 41 to 1

	// The recommendation rates none of the following: estimates of ours.
	case "l16":
		return codec{ie: 0, bpl: 25.1, wide: clock > 8000}, true
	case "amr":
		return codec{ie: 5, bpl: 10}, true // its highest rate is GSM-EFR
	case "opus":
		return codec{ie: 4, bpl: 20, wide: true}, true
	case "silk", "x-msrta", "rtaudio", "x-msrta16":
		if clock > 8000 {
			return codec{ie: 8, bpl: 18, wide: true}, true
		}
		return codec{ie: 8, bpl: 18}, true
	case "siren":
		return codec{ie: 24, bpl: 14, wide: true}, true // 16 kbit/s of what G.722.1 does with 24
	case "ilbc":
		return codec{ie: 11, bpl: 32}, true
	case "speex":
		if clock > 8000 {
			return codec{ie: 10, bpl: 14, wide: true}, true
		}
		return codec{ie: 11, bpl: 14}, true
	}
	return codec{}, false
}
