package ingest

import (
	"time"

	"parley/internal/quality/archive"
)

// Limits of what a reported time can be.
const (
	longestCall = 48 * time.Hour
	oldest      = 30 * 24 * time.Hour // report after the end of the call
	aheadOf     = 24 * time.Hour      // of the report's arrival
	apart       = 10 * time.Minute    // from the server's own times
)

// firstYear is before any client that reports was made.
const firstYear = 2007

// span is a beginning and an end; zero when unknown.
type span struct{ start, end time.Time }

func (s span) known() bool { return !s.start.IsZero() && !s.end.IsZero() }

// plausible tells whether times can be of a call that was reported at a time.
func (s span) plausible(received time.Time) bool {
	return s.start.Year() >= firstYear && !s.end.Before(s.start) && s.end.Sub(s.start) <= longestCall &&
		!s.start.After(received.Add(aheadOf)) && received.Sub(s.end) <= oldest
}

// settle decides what times a stream gets: told are those of a report, truth
// those that the server has of the call. skew is how far ahead the reporter's
// clock was, in seconds.
func settle(told, truth span, received time.Time) (times span, state archive.Clock, skew int32) {
	if !told.known() {
		if truth.known() {
			return truth, archive.ClockOK, 0
		}
		return span{received, received}, archive.ClockOK, 0
	}
	right := told.plausible(received)
	if right && !truth.known() {
		return told, archive.ClockOK, 0
	}
	if !truth.known() {
		length := told.end.Sub(told.start)
		if length < 0 || length > longestCall {
			length = 0
		}
		return span{received.Add(-length), received}, archive.ClockQuarantined, seconds(told.end.Sub(received))
	}
	ahead := told.end.Sub(truth.end)
	if right && ahead.Abs() <= apart && told.start.Sub(truth.start) > -apart {
		return told, archive.ClockOK, seconds(ahead)
	}
	return truth, archive.ClockRepaired, seconds(ahead)
}

func seconds(d time.Duration) int32 {
	s := int64(d / time.Second)
	return int32(min(max(s, -1<<31), 1<<31-1))
}
