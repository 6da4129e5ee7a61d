// Package standard translates session descriptions and refusals between SIP as the IETF describes it and the neutral model.
package standard

import (
	"fmt"
	"strings"

	"parley/internal/dialect"
	"parley/internal/wire/sdp"
)

// Write returns the description that a standard endpoint reads.
func Write(s *dialect.Session) *sdp.Description {
	d := dialect.Head(s, "-", "")
	for i := range s.Streams {
		d.Media = append(d.Media, writeStream(&s.Streams[i]))
	}
	return d
}

func writeStream(s *dialect.Stream) *sdp.Media {
	if s.Refused {
		return dialect.RefusedMedia(s)
	}
	t := &s.Transport
	m := dialect.OpenMedia(s)
	dialect.AddRTCP(m, t)
	dialect.AddICE(m, t)
	if t.Lite {
		m.AddAttribute("ice-lite", "")
	}
	for _, c := range t.Crypto {
		c.Lifetime = "" // standard endpoints read 2^31 as a shortened lifetime or not at all
		m.AddAttribute("crypto", c.String())
	}
	if t.Fingerprint != "" {
		m.AddAttribute("fingerprint", t.Fingerprint)
		m.AddAttribute("setup", t.Setup)
	}
	if s.Label != "" && !strings.HasPrefix(s.Label, "main-") {
		m.AddAttribute("label", s.Label)
	}
	if s.Kind == "audio" && t.SSRC != 0 && t.CNAME != "" {
		m.AddAttribute("ssrc", fmt.Sprintf("%d cname:%s", t.SSRC, t.CNAME))
	}
	m.AddAttribute(s.Direction.String(), "")
	dialect.AddExtra(m, s)
	return m
}

// Security is how an offer to a standard endpoint asks for encryption.
type Security uint8

const (
	// BestEffort offers keys in an unencrypted profile: who can encrypt does (RFC 8643).
	BestEffort Security = iota
	// Secured requires encryption, with keys in the signalling (RFC 4568) or by DTLS as the endpoint can: some endpoints take
	// DTLS-SRTP in this profile only.
	Secured
	// DTLS requires DTLS-SRTP in its own profile (RFC 5764).
	DTLS
	// Plain offers no encryption.
	Plain
)

// Secure sets protocol and keys of an offered stream as a Security asks; feedback selects the profiles with early RTCP
// (RFC 4585), which video endpoints expect.
func Secure(s *dialect.Stream, how Security, feedback bool) {
	t := &s.Transport
	f := ""
	if feedback {
		f = "F"
	}
	switch how {
	case Plain:
		s.Proto, t.Crypto, t.Fingerprint, t.Setup = "RTP/AVP"+f, nil, "", ""
	case Secured:
		s.Proto = "RTP/SAVP" + f
	case DTLS:
		s.Proto, t.Crypto = "UDP/TLS/RTP/SAVP"+f, nil
	default:
		s.Proto = "RTP/AVP" + f
	}
}

// Crypto picks the key of an SDES offer to answer.
func Crypto(offered []sdp.Crypto) (sdp.Crypto, bool) {
	return dialect.ChooseCrypto(offered, sdp.AESCM128SHA80, "AES_CM_128_HMAC_SHA1_32")
}

// HoldFromLync is how a Lync-dialect client's hold is told to a standard endpoint: telephones show sendonly as being held
// (RFC 6337 section 5.3), and inactive not always.
func HoldFromLync(d sdp.Direction) (sdp.Direction, []dialect.Change) {
	if d != sdp.Inactive {
		return d, nil
	}
	return sdp.SendOnly, []dialect.Change{{What: "a=inactive", From: "inactive", To: "sendonly", Reason: "standard endpoints show sendonly as being held"}}
}
