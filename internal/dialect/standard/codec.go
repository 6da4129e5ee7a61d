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
		case "pcmu", "pcma", "opus", "speex", "silk":
			return true, ""
		case "g722":
			return c.Channels <= 1, "stereo G.722 is not used between the dialects"
		case "gsm":
			return true, ""
		case dialect.TelephoneEvent:
			return c.ClockRate == 8000 || c.ClockRate == 48000, "no speech codec of the call has this clock rate"
		case "red", "cn":
			return false, "redundancy and comfort noise are not passed between the dialects"
		case "siren", "x-msrta", "g7221", "aal2-g726-32":
			return false, "standard endpoints do not have this codec"
		}
		return false, "not a codec for speech"
	})
	for i, c := range out {
		if strings.EqualFold(c.Name, "opus") && c.Channels != 2 {
			out[i].Name, out[i].Channels = "opus", 2
			changes = append(changes, dialect.Change{What: "a=rtpmap", From: c.Rtpmap(), To: out[i].Rtpmap(),
				Reason: "Opus is always written with two channels (RFC 7587 section 7)"})
		}
	}
	return dialect.WithBridge(out), changes
}
