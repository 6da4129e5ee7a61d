package lync

import (
	"fmt"
	"strings"

	"parley/internal/dialect"
	"parley/internal/wire/sdp"
)

// FromStandard adapts a standard endpoint's audio formats for an offer to a Lync-dialect client.
func FromStandard(codecs []sdp.Codec) ([]sdp.Codec, []dialect.Change) {
	out, changes := dialect.Restrict(codecs, func(c sdp.Codec) (bool, string) {
		switch strings.ToLower(c.Name) {
		case "pcmu", "pcma", "opus", "speex", "gsm", dialect.TelephoneEvent:
			return true, ""
		case "g722":
			return c.Channels <= 1, "stereo G.722 is not used between the dialects"
		}
		return false, "Lync clients do not have this codec"
	})
	for i, c := range out {
		if strings.EqualFold(c.Name, "opus") && c.Channels == 2 {
			// The dialect's clients compare the whole rtpmap and write Opus without channels.
			out[i].Channels = 0
			changes = append(changes, dialect.Change{What: "a=rtpmap", From: c.Rtpmap(), To: out[i].Rtpmap(),
				Reason: fmt.Sprintf("Lync clients write Opus without channels (payload type %d)", c.PayloadType)})
		}
	}
	return dialect.WithBridge(out), changes
}
