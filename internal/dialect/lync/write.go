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
	direction, changes := Direction(s.Direction)
	if direction == sdp.Inactive {
		m.AddAttribute("inactive", "")
	}
	dialect.AddExtra(m, s)
	return m, changes
}

// Direction is how a direction is told to a Lync-dialect client, which knows talking and holding only.
func Direction(d sdp.Direction) (sdp.Direction, []dialect.Change) {
	if d == sdp.SendRecv || d == sdp.Inactive {
		return d, nil
	}
	return sdp.Inactive, []dialect.Change{{What: "a=" + d.String(), From: d.String(), To: "inactive", Reason: "Lync clients hold with inactive only"}}
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
