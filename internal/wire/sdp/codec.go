package sdp

import (
	"strconv"
	"strings"
)

// Codec is one RTP payload format of a media description.
type Codec struct {
	PayloadType uint8
	Name        string // encoding name as it was written
	ClockRate   int    // Hz
	Channels    int    // 0 when the rtpmap tells none
	Parameters  string // the fmtp value without the payload type, "" when absent
}

// Is compares the encoding name (case-insensitive, RFC 4855 section 3) and the clock rate.
func (c Codec) Is(name string, clockRate int) bool {
	return c.ClockRate == clockRate && strings.EqualFold(c.Name, name)
}

// Rtpmap returns the value of the a=rtpmap line.
func (c Codec) Rtpmap() string {
	s := strconv.Itoa(int(c.PayloadType)) + " " + c.Name + "/" + strconv.Itoa(c.ClockRate)
	if c.Channels > 0 {
		s += "/" + strconv.Itoa(c.Channels)
	}
	return s
}

// AddCodec appends the codec's format, rtpmap and fmtp to a media description.
func (m *Media) AddCodec(c Codec) {
	pt := strconv.Itoa(int(c.PayloadType))
	m.Formats = append(m.Formats, pt)
	m.AddAttribute("rtpmap", c.Rtpmap())
	if c.Parameters != "" {
		m.AddAttribute("fmtp", pt+" "+c.Parameters)
	}
}

// Codecs returns the payload formats of an RTP media description in the order of preference. Formats that are no payload
// type, and dynamic ones without rtpmap, are left out; a static payload type needs no rtpmap (RFC 3551 section 6).
func (m *Media) Codecs() []Codec {
	out := make([]Codec, 0, len(m.Formats))
	for _, f := range m.Formats {
		pt, err := parseUint(f, 127)
		if err != nil {
			continue
		}
		c, ok := m.rtpmap(f)
		if !ok {
			if c, ok = staticCodec(pt); !ok {
				continue
			}
		}
		c.PayloadType = uint8(pt)
		c.Parameters = m.perFormat("fmtp", f)
		out = append(out, c)
	}
	return out
}

func (m *Media) rtpmap(format string) (Codec, bool) {
	v := m.perFormat("rtpmap", format)
	name, rest, ok := strings.Cut(v, "/")
	if !ok || name == "" {
		return Codec{}, false
	}
	rate, channels, _ := strings.Cut(rest, "/")
	c := Codec{Name: name}
	var err error
	if c.ClockRate, err = parseUint(strings.TrimSpace(rate), 10_000_000); err != nil || c.ClockRate == 0 {
		return Codec{}, false
	}
	if channels != "" {
		if c.Channels, err = parseUint(strings.TrimSpace(channels), 255); err != nil {
			return Codec{}, false
		}
	}
	return c, true
}

// perFormat returns what follows the format in the first a=name:<format> ... line.
func (m *Media) perFormat(name, format string) string {
	for _, l := range m.Section {
		if l.Type != 'a' {
			continue
		}
		if n, v := splitAttribute(l.Value); n == name {
			if f, rest, ok := strings.Cut(v, " "); ok && f == format {
				return strings.TrimSpace(rest)
			}
		}
	}
	return ""
}

// staticCodec returns the assignments of RFC 3551 tables 4 and 5 that are still in use.
func staticCodec(pt int) (Codec, bool) {
	name, rate := "", 8000
	switch pt {
	case 0:
		name = "PCMU"
	case 3:
		name = "GSM"
	case 4:
		name = "G723"
	case 8:
		name = "PCMA"
	case 9:
		name = "G722"
	case 10, 11:
		name, rate = "L16", 44100
	case 13:
		name = "CN"
	case 14:
		name, rate = "MPA", 90000
	case 15:
		name = "G728"
	case 18:
		name = "G729"
	case 26:
		name, rate = "JPEG", 90000
	case 31:
		name, rate = "H261", 90000
	case 32:
		name, rate = "MPV", 90000
	case 34:
		name, rate = "H263", 90000
	default:
		return Codec{}, false
	}
	return Codec{Name: name, ClockRate: rate}, true
}
