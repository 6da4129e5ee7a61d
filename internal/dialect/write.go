package dialect

import (
	"net/netip"
	"strconv"

	"parley/internal/wire/sdp"
)

// Head writes the session level. The c= line is the first active stream's address, else the origin's; bandwidth is the b=
// line to write when the session has none of its own, "" for none.
func Head(s *Session, subject, bandwidth string) *sdp.Description {
	d := &sdp.Description{}
	address := s.Origin.Address
	for i := range s.Streams {
		if st := &s.Streams[i]; !st.Refused && st.Transport.RTP.IsValid() {
			address = st.Transport.RTP.Addr().String()
			break
		}
	}
	d.Session.Add('v', "0")
	d.Session.Add('o', s.Origin.String())
	d.Session.Add('s', subject)
	d.Session.Add('c', sdp.ConnectionLine(address))
	before := linesOf(s.Extra, 'b')
	if len(before) == 0 && bandwidth != "" {
		before.Add('b', bandwidth)
	}
	d.Session = append(d.Session, before...)
	d.Session.Add('t', "0 0")
	d.Session = append(d.Session, linesOf(s.Extra, 'a')...)
	return d
}

// linesOf picks the lines of a type: b= lines stand before t= and a= lines (RFC 8866 section 9).
func linesOf(lines []sdp.Line, kind byte) sdp.Section {
	var out sdp.Section
	for _, l := range lines {
		if l.Type == kind {
			out = append(out, l)
		}
	}
	return out
}

// AddExtra writes the attributes that no translation needs to understand, behind those that it does.
func AddExtra(m *sdp.Media, s *Stream) { m.Section = append(m.Section, linesOf(s.Extra, 'a')...) }

// RefusedMedia is the m= line of a stream that is not used: port 0 and the offer's formats (RFC 3264 section 6).
func RefusedMedia(s *Stream) *sdp.Media {
	formats := s.Formats
	if len(formats) == 0 {
		formats = []string{"0"}
	}
	return &sdp.Media{Kind: s.Kind, Proto: s.Proto, Formats: formats}
}

// OpenMedia starts the media description of a used stream with its codecs, or with its formats when it is not RTP.
func OpenMedia(s *Stream) *sdp.Media {
	m := &sdp.Media{Kind: s.Kind, Port: int(s.Transport.RTP.Port()), Proto: s.Proto, Section: linesOf(s.Extra, 'b')}
	if len(s.Codecs) == 0 {
		m.Formats = s.Formats
	}
	for _, c := range s.Codecs {
		m.AddCodec(c)
	}
	if s.Ptime > 0 {
		m.AddAttribute("ptime", strconv.Itoa(s.Ptime))
	}
	return m
}

// AddICE writes credentials and candidates, in the order that both dialects' clients read.
func AddICE(m *sdp.Media, t *Transport) {
	if t.Ufrag == "" {
		return
	}
	m.AddAttribute("ice-ufrag", t.Ufrag)
	m.AddAttribute("ice-pwd", t.Pwd)
	for _, c := range t.Candidates {
		m.AddAttribute("candidate", c.String())
	}
	if len(t.Chosen) > 0 {
		m.AddAttribute("remote-candidates", sdp.RemoteCandidatesLine(t.Chosen))
	}
}

// AddRTCP writes where RTCP goes when that is known.
func AddRTCP(m *sdp.Media, t *Transport) {
	if t.RTCP != (netip.AddrPort{}) {
		m.AddAttribute("rtcp", strconv.Itoa(int(t.RTCP.Port())))
	}
	if t.Mux {
		m.AddAttribute("rtcp-mux", "")
	}
}

// ChooseCrypto picks the line of an SDES offer to answer: the first suite of suites that is offered, and of its lines one
// without MKI, else the first. Lines with session parameters change the transform and are passed over.
func ChooseCrypto(offered []sdp.Crypto, suites ...string) (sdp.Crypto, bool) {
	for _, suite := range suites {
		best := -1
		for i, c := range offered {
			if c.Suite != suite || c.Parameters != "" || len(c.Key) != 30 {
				continue
			}
			if best < 0 || c.MKILength == 0 && offered[best].MKILength > 0 {
				best = i
			}
		}
		if best >= 0 {
			return offered[best], true
		}
	}
	return sdp.Crypto{}, false
}
