package call

import (
	"errors"

	"parley/internal/dialect"
	"parley/internal/wire/sdp"
)

// errNothingInCommon means that no stream of an offer can be used.
var errNothingInCommon = errors.New("no stream and format that both sides have")

// reply prepares the answer to the endpoint's offer, from what the other leg's endpoint said.
func (l *leg) reply(from *leg) error {
	for _, sl := range l.session.slots {
		local := dialect.Stream{Kind: sl.remote.Kind, Proto: sl.remote.Proto, Formats: sl.remote.Formats, Refused: true}
		if fs := l.counterpart(sl, from); fs != nil {
			if err := l.chooseKeys(sl); err != nil {
				return err
			}
			local.Codecs = answerCodecs(sl, fs)
			if l.kind != from.kind {
				local.Codecs = dialect.BridgedFirst(local.Codecs)
			}
			local.Refused = len(local.Codecs) == 0
			local.Direction = answerDirection(sl.remote.Direction, fs)
			if l.kind == dialect.Lync && local.Direction != sdp.SendRecv {
				local.Direction = sdp.Inactive
			}
			local.Ptime = fs.remote.Ptime
			l.decorate(from, fs, &local)
			if local.Refused {
				l.changed(dialect.Change{What: "m=" + local.Kind, Reason: "no format that both sides have"})
			}
		}
		sl.local = local
		for _, c := range local.Codecs {
			l.keepNumbers(local.Kind, []sdp.Codec{c})
		}
	}
	return l.complete(false)
}

// counterpart is the other leg's line of a stream that both sides use, or nil.
func (l *leg) counterpart(sl *slot, from *leg) *slot {
	if sl.stream == nil || sl.remote.Refused {
		return nil
	}
	fs := from.session.slotOf(sl.stream)
	if fs == nil || fs.remote == nil || fs.remote.Refused || fs.local.Refused {
		return nil
	}
	return fs
}

func answerCodecs(sl, fs *slot) []sdp.Codec {
	if sl.stream.kind == "audio" {
		return dialect.Answerable(sl.remote.Codecs, fs.remote.Codecs)
	}
	var out []sdp.Codec
	for _, t := range fs.remote.Codecs {
		for _, o := range sl.remote.Codecs {
			if o.PayloadType == t.PayloadType && dialect.SameCodec(o, t) {
				out = append(out, t)
				break
			}
		}
	}
	return out
}

// answerDirection is the answer to an offered direction, from what the other side's line says. A hold that was told in
// another way than it was offered (sendonly as inactive) counts as accepted.
func answerDirection(offered sdp.Direction, fs *slot) sdp.Direction {
	sends := fs.remote.Direction.Sends()
	receives := fs.remote.Direction.Receives() || fs.local.Direction == sdp.Inactive && offered == sdp.SendOnly
	return sdp.DirectionOf(offered.Receives() && sends, offered.Sends() && receives)
}

// take makes an endpoint's answer to our offer the state of the leg.
func (l *leg) take(s *dialect.Session) error {
	before := l.wishes()
	if err := l.hear(s); err != nil {
		return err
	}
	for i, sl := range l.session.slots {
		// Who answers to a hold says nothing of what it would do without: that stays as it was.
		if i == len(before) {
			break
		}
		asked := sl.local.Direction
		was := before[i]
		sl.wish = sdp.DirectionOf(choose(asked.Receives(), sl.wish.Sends(), was.Sends()), choose(asked.Sends(), sl.wish.Receives(), was.Receives()))
	}
	l.session.asking = false
	used := false
	for _, sl := range l.session.slots {
		if !sl.active() {
			continue
		}
		if sl.remote.Refused || len(sl.remote.Codecs) == 0 {
			sl.local.Refused = true
			continue
		}
		if err := l.chooseKeys(sl); err != nil {
			return err
		}
		used = true
		if err := l.apply(sl, sl.remote.Codecs, true); err != nil {
			return err
		}
	}
	if !used {
		return errNothingInCommon
	}
	return nil
}

// wishes are the wishes of the leg's lines before a description is taken; a line that was never answered has every wish.
func (l *leg) wishes() []sdp.Direction {
	out := make([]sdp.Direction, len(l.session.slots))
	for i, sl := range l.session.slots {
		out[i] = sdp.SendRecv
		if sl.remote != nil {
			out[i] = sl.wish
		}
	}
	return out
}

func choose(first, a, b bool) bool {
	if first {
		return a
	}
	return b
}

// settleOffer gives the relay the endpoint's offer as it was answered.
func (l *leg) settleOffer() error {
	for _, sl := range l.session.slots {
		if sl.active() {
			if err := l.apply(sl, sl.local.Codecs, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// bridge connects the media of two legs as their descriptions say.
func (c *call) bridge(a, b *leg) {
	for _, st := range c.streams {
		sa, sb := a.session.slotOf(st), b.session.slotOf(st)
		if sa == nil || sb == nil || !sa.active() || !sb.active() || sa.remote == nil || sb.remote == nil {
			continue
		}
		ma, mb := a.session.media[st], b.session.media[st]
		if ma == nil || mb == nil {
			continue
		}
		st.relay.Bridge(ma, mb)
		sa.direct(ma)
		sb.direct(mb)
	}
}

// direct tells the relay what may pass to and from the endpoint.
func (s *slot) direct(m MediaLeg) {
	m.SetDirection(s.remote.Direction.Receives() && s.local.Direction.Sends(), s.remote.Direction.Sends() && s.local.Direction.Receives())
}
