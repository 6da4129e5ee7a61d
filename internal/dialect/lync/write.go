// Package lync translates session descriptions and refusals between the Lync dialect and the neutral model.
package lync

import (
	"fmt"

	"parley/internal/dialect"
	"parley/internal/wire/sdp"
)

// Protocols of a stream. An offer is RTP/AVP with keys when encryption is wanted but not required, as the dialect's clients
// write it; once keys are chosen every description says RTP/SAVP.
const (
	ProtoOptional = "RTP/AVP"
	ProtoSecure   = "RTP/SAVP"
)

// Write returns the description that a Lync-dialect client reads. Directions that the dialect does not know are told as
// inactive, which is how it holds.
func Write(s *dialect.Session) (*sdp.Description, []dialect.Change) {
	var changes []dialect.Change
	d := dialect.Head(s, "session", "CT:99980")
	for i := range s.Streams {
		m, c := writeStream(&s.Streams[i])
		d.Media = append(d.Media, m)
		changes = append(changes, c...)
	}
	return d, changes
}

func writeStream(s *dialect.Stream) (*sdp.Media, []dialect.Change) {
	if s.Refused {
		return dialect.RefusedMedia(s), nil
	}
	var changes []dialect.Change
	t := &s.Transport
	m := dialect.OpenMedia(s)
	dialect.AddICE(m, t)
	for _, c := range t.Crypto {
		if c.Lifetime == "" {
			c.Lifetime = "2^31" // [MS-SDPEXT] section 3.1.5.9: the dialect's clients always write it
		}
		m.AddAttribute("crypto", c.String())
	}
	dialect.AddRTCP(m, t)
	if s.Label != "" {
		m.AddAttribute("label", s.Label)
	}
	if s.Kind == "audio" && t.SSRC != 0 {
		m.AddAttribute("x-ssrc-range", fmt.Sprintf("%d-%d", t.SSRC, t.SSRC))
	}
	switch s.Direction {
	case sdp.SendRecv:
	case sdp.Inactive:
		m.AddAttribute("inactive", "")
	default:
		m.AddAttribute("inactive", "")
		changes = append(changes, dialect.Change{What: "a=" + s.Direction.String(), From: s.Direction.String(), To: "inactive",
			Reason: "Lync clients hold with inactive only"})
	}
	dialect.AddExtra(m, s)
	return m, changes
}

// Crypto picks the key of an offer to answer. The dialect has one suite ([MS-SDPEXT] section 3.1.5.9).
func Crypto(offered []sdp.Crypto) (sdp.Crypto, bool) {
	return dialect.ChooseCrypto(offered, sdp.AESCM128SHA80)
}

// AnswerProto is the protocol of an answer: RTP/SAVP once a key was chosen, else what was offered.
func AnswerProto(offered string, secure bool) string {
	if !secure {
		return offered
	}
	switch offered {
	case "RTP/AVP":
		return "RTP/SAVP"
	case "TCP/RTP/AVP":
		return "TCP/RTP/SAVP"
	}
	return offered
}
