package dialect

import (
	"fmt"
	"slices"
	"strings"

	"parley/internal/wire/sdp"
)

// TelephoneEvent is the encoding name of RFC 4733's digits.
const TelephoneEvent = "telephone-event"

// SameCodec tells whether two formats carry the same bytes. Channels 0 and 1 are the same; Opus is always written with 2
// (RFC 7587 section 7), which Lync-dialect clients leave out.
func SameCodec(a, b sdp.Codec) bool {
	if a.ClockRate != b.ClockRate || !strings.EqualFold(a.Name, b.Name) {
		return false
	}
	return strings.EqualFold(a.Name, "opus") || max(a.Channels, 1) == max(b.Channels, 1)
}

// Bridged tells whether the relay converts a format to and from the others of its family: G.711 and G.722.
func Bridged(c sdp.Codec) bool {
	return c.Channels <= 1 && (c.Is("PCMU", 8000) || c.Is("PCMA", 8000) || c.Is("G722", 8000))
}

// IsSpeech tells whether a format carries sound, rather than digits, comfort noise or redundancy.
func IsSpeech(c sdp.Codec) bool {
	switch strings.ToLower(c.Name) {
	case TelephoneEvent, "cn", "red":
		return false
	}
	return true
}

// SafeAudio is what a call without an offer starts from: formats that every peer of either dialect has at least one of.
func SafeAudio() []sdp.Codec {
	return []sdp.Codec{
		{PayloadType: 9, Name: "G722", ClockRate: 8000},
		{PayloadType: 0, Name: "PCMU", ClockRate: 8000},
		{PayloadType: 8, Name: "PCMA", ClockRate: 8000},
		{PayloadType: 101, Name: TelephoneEvent, ClockRate: 8000, Parameters: "0-15"},
	}
}

// WithBridge adds the bridged family's missing members behind the last one that a list has, since the relay converts. Added
// formats have static payload types, so that they cannot collide.
func WithBridge(codecs []sdp.Codec) []sdp.Codec {
	has := func(c sdp.Codec) bool {
		for _, o := range codecs {
			if SameCodec(o, c) || o.PayloadType == c.PayloadType {
				return true
			}
		}
		return false
	}
	last := -1
	for i, c := range codecs {
		if Bridged(c) {
			last = i
		}
	}
	if last < 0 {
		return codecs
	}
	var missing []sdp.Codec
	for _, c := range SafeAudio() {
		if Bridged(c) && !has(c) {
			missing = append(missing, c)
		}
	}
	return slices.Concat(codecs[:last+1], missing, codecs[last+1:])
}

// BridgedFirst puts the bridged family before the other formats. A Lync-dialect client keeps to the format that its call began
// with, whatever a re-INVITE offers: only from one of the family can the relay convert for whom the call is transferred to.
func BridgedFirst(codecs []sdp.Codec) []sdp.Codec {
	var first, rest []sdp.Codec
	for _, c := range codecs {
		if Bridged(c) {
			first = append(first, c)
		} else {
			rest = append(rest, c)
		}
	}
	return append(first, rest...)
}

// Answerable returns the formats to answer an audio offer with, given what the other side's device took: those that both
// have, in the other side's order and with the offer's payload types and spelling; without any, the members of the bridged
// family that were offered. Digits go along when both have them. Empty means that no sound can pass.
func Answerable(offer, taken []sdp.Codec) []sdp.Codec {
	var out, digits []sdp.Codec
	speech := false
	for _, t := range taken {
		for _, o := range offer {
			if !SameCodec(o, t) {
				continue
			}
			if IsSpeech(o) {
				out, speech = append(out, o), true
			} else {
				digits = append(digits, o)
			}
			break
		}
	}
	if !speech {
		out = bridge(offer, taken)
	}
	if len(out) == 0 {
		return nil
	}
	return append(out, digits...)
}

func bridge(offer, taken []sdp.Codec) []sdp.Codec {
	able := false
	for _, t := range taken {
		able = able || Bridged(t)
	}
	if !able {
		return nil
	}
	var out []sdp.Codec
	for _, o := range offer {
		if Bridged(o) {
			out = append(out, o)
		}
	}
	return out
}

// Restrict keeps the formats that passes, recording the others as dropped with the reason it gives.
func Restrict(codecs []sdp.Codec, passes func(sdp.Codec) (ok bool, reason string)) ([]sdp.Codec, []Change) {
	var out []sdp.Codec
	var changes []Change
	for _, c := range codecs {
		if ok, reason := passes(c); !ok {
			changes = append(changes, Change{What: "codec", From: fmt.Sprintf("%s/%d", c.Name, c.ClockRate), Reason: reason})
			continue
		}
		out = append(out, c)
	}
	return out, changes
}
