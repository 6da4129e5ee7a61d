package presence

import (
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

// Slot is what a calendar says about a stretch of time.
type Slot uint8

// The two bits of a slot in calendarData.
const (
	SlotFree Slot = iota
	SlotTentative
	SlotBusy
	SlotOutOfOffice
)

// ErrFreeBusy says that a freeBusy text cannot be read.
var ErrFreeBusy = errors.New("unusable free/busy data")

const maxSlots = 31 * 24 * 4

// FreeBusy is the calendar of the coming days.
type FreeBusy struct {
	Start       time.Time
	Granularity time.Duration
	Slots       []Slot
}

// ParseFreeBusy reads the text of a calendarData category: base64, four slots a byte, the first in the lowest bits.
func ParseFreeBusy(start time.Time, granularity time.Duration, text string) (FreeBusy, error) {
	if granularity < time.Minute || granularity > 24*time.Hour {
		return FreeBusy{}, fmt.Errorf("%w: granularity %v", ErrFreeBusy, granularity)
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return FreeBusy{}, fmt.Errorf("%w: %w", ErrFreeBusy, err)
	}
	if len(raw)*4 > maxSlots {
		return FreeBusy{}, fmt.Errorf("%w: %d slots, at most %d are read", ErrFreeBusy, len(raw)*4, maxSlots)
	}
	f := FreeBusy{Start: start, Granularity: granularity}
	for _, b := range raw {
		for range 4 {
			f.Slots = append(f.Slots, Slot(b&3))
			b >>= 2
		}
	}
	return f, nil
}

// At is the slot at an instant and when the run of equal slots ends; free outside the data.
func (f FreeBusy) At(t time.Time) (Slot, time.Time) {
	if f.Granularity <= 0 || t.Before(f.Start) {
		return SlotFree, time.Time{}
	}
	i := int(t.Sub(f.Start) / f.Granularity)
	if i >= len(f.Slots) {
		return SlotFree, time.Time{}
	}
	end := i
	for end < len(f.Slots) && f.Slots[end] == f.Slots[i] {
		end++
	}
	return f.Slots[i], f.Start.Add(time.Duration(end) * f.Granularity)
}

// Meeting is the state that a busy calendar stands for, if it is busy at t.
func (f FreeBusy) Meeting(t time.Time) (State, bool) {
	slot, until := f.At(t)
	switch slot {
	case SlotBusy:
		return State{Availability: Busy, Activity: TokenMeeting, Until: until, Observed: true}, true
	case SlotOutOfOffice:
		return State{Availability: Away, Activity: TokenOutOfOffice, Until: until, Observed: true}, true
	}
	return State{}, false
}
