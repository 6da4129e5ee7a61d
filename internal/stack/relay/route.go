package relay

import (
	"strings"
	"time"

	"parley/internal/wire/audio"
)

// route is what happens to one payload type of a leg on its way to the other.
type route struct {
	known bool // it was negotiated with the sender
	sent  bool // the receiver has it, or something it can be turned into
	pt    uint8
	event bool
	rate  int
	name  string
	conv  *audio.Converter
	limit int // longest payload towards the receiver in bytes; 0 is any
}

// defaultPtime is what an endpoint expects that names no packet duration (RFC 3551 section 4.2 for the audio codecs here).
const defaultPtime = 20 * time.Millisecond

const telephoneEvent = "telephone-event"

// reroute computes the leg's routes to its peer; to be called whenever either side's formats change.
func (l *Leg) reroute() {
	l.routes = [128]route{}
	if l.remote == nil {
		return
	}
	for _, c := range l.remote.Codecs {
		rt := route{known: true, pt: c.PT, rate: c.Rate, name: strings.ToUpper(c.Name), event: strings.EqualFold(c.Name, telephoneEvent)}
		if p := l.peer; p != nil && p.remote != nil {
			l.routeTo(&rt, c, p.remote)
		}
		l.routes[c.PT] = rt
	}
}

func (l *Leg) routeTo(rt *route, c Codec, to *Remote) {
	if same, ok := find(to.Codecs, c); ok {
		rt.sent, rt.pt = true, same.PT
	} else if rt.event {
		// Events of another clock rate say the same keys.
		for _, o := range to.Codecs {
			if strings.EqualFold(o.Name, telephoneEvent) {
				rt.sent, rt.pt = true, o.PT
			}
		}
	} else if l.stream.Kind == Audio {
		for _, o := range to.Codecs {
			if conv, ok := l.converter(c, o); ok {
				rt.sent, rt.pt, rt.conv = true, o.PT, conv
				break
			}
		}
	}
	if l.stream.Kind == Audio && perMillisecond(c) > 0 {
		ptime := to.Ptime
		if ptime <= 0 {
			ptime = defaultPtime
		}
		rt.limit = perMillisecond(c) * int(ptime/time.Millisecond)
	}
}

// find looks a format up by what it is, not by its number.
func find(codecs []Codec, c Codec) (Codec, bool) {
	for _, o := range codecs {
		if strings.EqualFold(o.Name, c.Name) && o.Rate == c.Rate && max(o.Channels, 1) == max(c.Channels, 1) {
			return o, true
		}
	}
	return Codec{}, false
}

// perMillisecond gives the payload bytes, and RTP ticks, of a millisecond of a codec of constant rate; 0 for others. G.711
// and G.722 have 64 kbit/s and an 8 kHz RTP clock alike (RFC 3551 section 4.5.2).
func perMillisecond(c Codec) int {
	if c.Rate == 8000 && max(c.Channels, 1) == 1 {
		switch strings.ToUpper(c.Name) {
		case "PCMU", "PCMA", "G722":
			return 8
		}
	}
	return 0
}
