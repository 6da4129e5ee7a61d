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

// RoundTrip computes the round trip from a report that arrived at NTP time now and quotes our report of time last, held
// for delay (RFC 3550 section 6.4.1). False when the report quotes nothing or the values contradict each other.
func RoundTrip(now uint64, last, delay uint32) (time.Duration, bool) {
	if last == 0 {
		return 0, false
	}
	rtt := Middle(now) - last - delay
	// A peer that rounds its delay up can come out a little below zero on a fast network.
	if int32(rtt) < 0 {
		return 0, int32(rtt) > -656 // 10 ms
	}
	if rtt > 60<<16 {
		return 0, false
	}
	return time.Duration(rtt) * time.Second >> 16, true
}
