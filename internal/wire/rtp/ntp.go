package rtp

import "time"

// ntpEpoch is 1 January 1900 in Unix seconds.
const ntpEpoch = -2208988800

// NTP gives a wall-clock time in RTCP's 32.32 fixed point.
func NTP(t time.Time) uint64 {
	return uint64(t.Unix()-ntpEpoch)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// Middle gives the middle 32 bits of an NTP time, as reports quote it.
func Middle(ntp uint64) uint32 { return uint32(ntp >> 16) }

// Units gives a duration in 1/65536 s, as DLSR counts.
func Units(d time.Duration) uint32 { return uint32(d.Nanoseconds() << 16 / 1e9) }
