package lync

import (
	"strings"

	"parley/internal/dialect"
	"parley/internal/wire/sdp"
)

// FromStandard adapts a standard endpoint's audio formats for an offer to a Lync-dialect client. Opus is left out: Skype for
// Business has none, and pidgin-sipe cannot use its own. Written OPUS/48000, as it does, GStreamer takes it for one channel, which
// its payloader has no form for ("Error with your microphone"); with the two channels of RFC 7587 section 7 it finds nothing in
// common with what it offered, and drops the call without a word. Neither depends on the plugins that are installed.
func FromStandard(codecs []sdp.Codec) ([]sdp.Codec, []dialect.Change) {
	out, changes := dialect.Restrict(codecs, func(c sdp.Codec) (bool, string) {
		switch strings.ToLower(c.Name) {
		case "pcmu", "pcma", "speex", "gsm", dialect.TelephoneEvent:
			return true, ""
		case "g722":
			return c.Channels <= 1, "stereo G.722 is not used between the dialects"
		case "opus":
			return false, "Lync clients have no Opus of the standard form"
		}
		return false, "Lync clients do not have this codec"
	})
	return dialect.BridgedFirst(dialect.WithBridge(out)), changes
}
