package relay

import (
	"math/rand/v2"
	"time"

	"parley/internal/wire/rtp"
)

// maxLostExtra bounds the sequence numbers that lost input packets take with them.
const maxLostExtra = 100

// sender numbers what goes out to an endpoint: one SSRC and steadily continuing sequence numbers and timestamps, whoever
// speaks to it at the moment and in whatever packets. Losses on the way in stay visible as gaps.
type sender struct {
	ssrc    uint32
	started bool
	from    *Leg
	source  uint32 // SSRC of the input
	rate    int

	seqOffset uint16
	tsOffset  uint32
	lastIn    uint16 // newest input
	extra     uint16 // packets beyond one that input packets are cut into
	lastSeq   uint16 // newest output
	lastTS    uint32
	lastAt    time.Duration

	packets uint64
	octets  uint64 // of payload
}

// adopt prepares for a packet of a leg: at a new source the numbers continue where the last one's ended. It tells whether
// the source is new.
func (s *sender) adopt(from *Leg, h *rtp.Header, now time.Duration, rate int) bool {
	if s.started && s.from == from && s.source == h.SSRC {
		return false
	}
	if !s.started && s.packets == 0 {
		s.seqOffset = uint16(rand.Uint32()) - h.Seq
		s.tsOffset = rand.Uint32() - h.Timestamp
	} else {
		s.seqOffset = s.lastSeq + 1 - h.Seq
		s.tsOffset = s.lastTS + ticks(now-s.lastAt, rate) - h.Timestamp
	}
	s.started, s.from, s.source, s.rate = true, from, h.SSRC, rate
	s.lastIn, s.extra = h.Seq-1, 0
	return true
}

// late tells whether a packet comes after its successors.
func (s *sender) late(seq uint16) bool { return int16(seq-s.lastIn) <= 0 }

// number gives the header fields of the first of n packets that input h becomes; the next ones count up from it.
func (s *sender) number(h *rtp.Header, n int, now time.Duration) {
	if !s.late(h.Seq) {
		if gap := h.Seq - s.lastIn - 1; gap > 0 && s.extra > 0 {
			s.seqOffset += min(gap*s.extra, maxLostExtra)
		}
		s.lastIn = h.Seq
	}
	h.Seq += s.seqOffset
	h.Timestamp += s.tsOffset
	h.SSRC = s.ssrc
	s.extra = uint16(n - 1)
	s.seqOffset += s.extra
	if last := h.Seq + s.extra; int16(last-s.lastSeq) > 0 || s.packets == 0 {
		s.lastSeq, s.lastTS, s.lastAt = last, h.Timestamp, now
	}
}

// insert gives number and time for a packet of our own between those that are passed on.
func (s *sender) insert(now time.Duration, rate int) (seq uint16, stamp uint32) {
	if !s.started && s.packets == 0 {
		s.lastSeq, s.lastTS = uint16(rand.Uint32()), rand.Uint32()
		s.lastAt = now
	}
	s.lastSeq++
	s.seqOffset++
	if s.rate == 0 {
		s.rate = rate
	}
	return s.lastSeq, s.lastTS + ticks(now-s.lastAt, rate)
}

// ticks converts a duration to timestamp units.
func ticks(d time.Duration, rate int) uint32 {
	return uint32(int64(d) / 1000 * int64(rate) / 1e6)
}
