package emodel

import "strings"

// Model ids stored beside every score: the formula, then the version of the
// codec table. A changed table gets a new version, so that old rows still tell
// how they were computed.
const (
	modelNarrow = "g107/1"
	modelWide   = "g107.1/1"
)

// codec is what G.113 appendix I (narrowband) and appendix IV (wideband) give:
// the equipment impairment and the robustness against loss.
type codec struct {
	ie, bpl float64
	wide    bool
}

// lookup finds a codec by encoding name. Telephony endpoints conceal losses,
// so G.711 is rated with packet loss concealment.
func lookup(name string, clock int) (codec, bool) {
	switch strings.ToLower(name) {
	case "pcmu", "pcma", "g711", "g711u", "g711a":
		return codec{ie: 0, bpl: 25.1}, true // G.113 table I.4, with appendix I concealment
	case "g729", "g729a", "g729ab":
		return codec{ie: 11, bpl: 19}, true // G.113 table I.4
	case "g723", "g7231":
		return codec{ie: 15, bpl: 16.1}, true // G.113 table I.4, 6.3 kbit/s
	case "gsm-efr", "amr":
		return codec{ie: 5, bpl: 10}, true // G.113 table I.4
	case "g722":
		return codec{ie: 13, bpl: 13, wide: true}, true // Ie,wb of G.113 table IV.1 at 64 kbit/s; Bpl is our estimate
	case "amr-wb":
		return codec{ie: 13, bpl: 4.3, wide: true}, true // G.113 table IV.1 at 12.65 kbit/s
	// No recommendation rates the following: estimates of ours, which is why
	// the model id carries the table's version.
	case "opus":
		return codec{ie: 4, bpl: 20, wide: true}, true
	case "silk", "x-msrta", "rtaudio", "x-msrta16":
		if clock > 8000 {
			return codec{ie: 8, bpl: 18, wide: true}, true
		}
		return codec{ie: 8, bpl: 18}, true
	case "siren", "g7221":
		return codec{ie: 14, bpl: 14, wide: true}, true
	case "gsm":
		return codec{ie: 20, bpl: 10}, true
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
