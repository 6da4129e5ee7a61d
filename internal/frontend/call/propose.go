package call

import (
	"fmt"
	"strings"

	"parley/internal/dialect"
	"parley/internal/dialect/lync"
	"parley/internal/dialect/standard"
	"parley/internal/wire/sdp"
)

// hear takes an endpoint's description into the leg's lines. Lines that are new get a stream when the call can carry it.
func (l *leg) hear(s *dialect.Session) error {
	n := &l.session
	for i := range s.Streams {
		said := &s.Streams[i]
		if i == len(n.slots) {
			sl := &slot{local: dialect.Stream{Kind: said.Kind, Proto: said.Proto, Formats: said.Formats, Refused: true}}
			if !said.Refused && l.carries(said) {
				st, err := l.call.streamFor(said.Kind, l)
				if err != nil {
					return err
				}
				sl.stream = st
			}
			n.slots = append(n.slots, sl)
		}
		sl := n.slots[i]
		sl.remote = said
		sl.wish = said.Direction
		if sl.stream == nil {
			sl.local.Kind, sl.local.Proto, sl.local.Formats = said.Kind, said.Proto, said.Formats
		}
	}
	for _, sl := range n.slots[len(s.Streams):] {
		gone := sl.local
		gone.Refused = true
		sl.remote = &gone
	}
	return nil
}

// carries tells whether the relay can carry a stream of a description.
func (l *leg) carries(s *dialect.Stream) bool {
	return (s.Kind == "audio" || s.Kind == "video") && strings.Contains(s.Proto, "RTP/") && !strings.HasPrefix(s.Proto, "TCP/")
}

// streamFor finds the call's stream for a leg's new line: one of the kind that the leg has no line of yet, else a new one.
func (c *call) streamFor(kind string, l *leg) (*stream, error) {
	for _, st := range c.streams {
		if st.kind == kind && l.session.slotOf(st) == nil {
			return st, nil
		}
	}
	return c.addStream(kind)
}

// propose prepares an offer to the leg that tells what another leg's endpoint last said.
func (l *leg) propose(from *leg) error {
	for _, fs := range from.session.slots {
		if fs.stream == nil || fs.remote == nil {
			continue
		}
		sl := l.session.slotOf(fs.stream)
		if l.kind != from.kind && fs.stream.kind != "audio" {
			l.changed(dialect.Change{What: "m=" + fs.stream.kind, From: fs.remote.Proto, Reason: "only audio passes between the dialects"})
			continue
		}
		if sl == nil {
			if fs.remote.Refused {
				continue
			}
			sl = &slot{stream: fs.stream}
			l.session.slots = append(l.session.slots, sl)
		}
		local := dialect.Stream{Kind: fs.stream.kind, Proto: sl.local.Proto, Refused: fs.remote.Refused, Formats: fs.remote.Formats}
		if !local.Refused {
			local.Codecs = l.keepNumbers(local.Kind, l.adapt(from, fs))
			local.Direction = l.direction(from, fs.wish)
			local.Ptime = fs.remote.Ptime
			l.decorate(from, fs, &local)
		}
		sl.local = local
	}
	return l.complete(true)
}

// proposeAudio prepares an offer of what every endpoint has, for a caller that made none.
func (l *leg) proposeAudio() error {
	st, err := l.call.streamFor("audio", l)
	if err != nil {
		return err
	}
	sl := &slot{stream: st, local: dialect.Stream{Kind: "audio", Codecs: dialect.SafeAudio(), Ptime: 20}}
	l.session.slots = append(l.session.slots, sl)
	if l.kind == dialect.Lync {
		sl.local.Label = "main-audio"
	}
	return l.complete(true)
}

// complete fills the transport of the active lines and writes the description.
func (l *leg) complete(offering bool) error {
	if offering && !l.heard() {
		l.session.offered = true
	}
	active := false
	for _, sl := range l.session.slots {
		if sl.active() {
			active = true
			if err := l.fill(sl, offering); err != nil {
				return err
			}
		}
	}
	if !active {
		return errNothingInCommon
	}
	l.write()
	return nil
}

// adapt makes the formats of another leg's line fit to be offered on this one.
func (l *leg) adapt(from *leg, fs *slot) []sdp.Codec {
	if fs.stream.kind != "audio" {
		return fs.remote.Codecs
	}
	var codecs []sdp.Codec
	var changes []dialect.Change
	switch {
	case l.kind == from.kind:
		codecs = dialect.WithBridge(fs.remote.Codecs)
	case l.kind == dialect.Lync:
		codecs, changes = lync.FromStandard(fs.remote.Codecs)
	default:
		codecs, changes = standard.FromLync(fs.remote.Codecs)
	}
	l.changed(changes...)
	return codecs
}

func (l *leg) direction(from *leg, d sdp.Direction) sdp.Direction {
	var changes []dialect.Change
	switch {
	case l.kind == dialect.Lync:
		d, changes = lync.Direction(d)
	case from.kind == dialect.Lync:
		d, changes = standard.HoldFromLync(d)
	}
	l.changed(changes...)
	return d
}

// decorate passes what only one dialect understands within it, and drops it between them.
func (l *leg) decorate(from *leg, fs *slot, local *dialect.Stream) {
	if l.kind == from.kind {
		local.Label, local.Extra = fs.remote.Label, fs.remote.Extra
		return
	}
	extra := append([]sdp.Line(nil), fs.remote.Extra...)
	l.changed(dialect.DropExtra(&extra, l.kind)...)
	if l.kind == dialect.Lync {
		local.Label = "main-" + local.Kind
	}
}

// keepNumbers gives codecs the payload types that they had before in this session; a new one whose number is taken gets a
// free dynamic one. Audio and video have numbers of their own: clients of the Lync dialect use the same in both.
func (l *leg) keepNumbers(kind string, codecs []sdp.Codec) []sdp.Codec {
	n := &l.session
	if n.numbers == nil {
		n.numbers = map[string]uint8{}
	}
	taken := map[uint8]string{}
	for name, pt := range n.numbers {
		if strings.HasPrefix(name, kind+" ") {
			taken[pt] = name
		}
	}
	out := append([]sdp.Codec(nil), codecs...)
	for i, c := range out {
		name := kind + " " + codecName(c)
		if pt, ok := n.numbers[name]; ok {
			out[i].PayloadType = pt
			continue
		}
		for pt := uint8(96); taken[out[i].PayloadType] != "" && pt < 128; pt++ {
			if taken[pt] == "" {
				out[i].PayloadType = pt
			}
		}
		n.numbers[name] = out[i].PayloadType
		taken[out[i].PayloadType] = name
	}
	return out
}

// codecName identifies a format within a session; the parameters matter for those that are offered in several forms.
func codecName(c sdp.Codec) string {
	name := strings.ToLower(c.Name)
	if name == dialect.TelephoneEvent || name == "opus" {
		return fmt.Sprintf("%s/%d", name, c.ClockRate)
	}
	return fmt.Sprintf("%s/%d/%d %s", name, c.ClockRate, max(c.Channels, 1), c.Parameters)
}
