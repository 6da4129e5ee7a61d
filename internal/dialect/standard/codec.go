package standard

import (
	"strings"

	"parley/internal/dialect"
	"parley/internal/wire/sdp"
)

// FromLync adapts a Lync-dialect client's audio formats for an offer to a standard endpoint.
func FromLync(codecs []sdp.Codec) ([]sdp.Codec, []dialect.Change) {
	out, changes := dialect.Restrict(codecs, func(c sdp.Codec) (bool, string) {
		switch strings.ToLower(c.Name) {
		case "pcmu", "pcma", "speex", "silk", "gsm":
			return true, ""
		case "opus":
			return c.Channels == 2, "its Opus, written without two channels (RFC 7587 section 7), fails when it is chosen"
		case "g722":
			return c.Channels <= 1, "stereo G.722 is not used between the dialects"
		case dialect.TelephoneEvent:
			return c.ClockRate == 8000 || c.ClockRate == 48000, "no speech codec of the call has this clock rate"
		case "red", "cn":
			return false, "redundancy and comfort noise are not passed between the dialects"
		case "siren", "x-msrta", "g7221", "aal2-g726-32":
			return false, "standard endpoints do not have this codec"
		}
		return false, "not a codec for speech"
	})
	return dialect.BridgedFirst(dialect.WithBridge(out)), changes
}
