package rtcpxr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// StatHeader is the header field in which baresip tells its statistics, in BYE
// and in the 200 response to BYE.
const StatHeader = "X-RTP-Stat"

// Stat is the value of an X-RTP-Stat header field: one audio stream in both
// directions. In pairs the first value is of what was received, the second of
// what was sent.
type Stat struct {
	Setup, Talk              time.Duration
	Received, Sent           int64   // packets
	ReceivedLost, SentLost   int64   // packets
	ReceivedLate, SentLate   int64   // packets that came too late
	ReceivedJitter           float64 // ms
	SentJitter               float64 // ms
	Local, Remote            string  // host:port
	Encoder, Decoder         string  // NAME/clock rate
	encoderClock, decodClock int
}

// ParseStat reads a value such as "EX=BareSip;CS=0;CD=9;PR=484;PS=484;PL=0,0;
// PD=0,0;JI=7.0,6.0;IP=l:p,r:p;EN=PCMU/8000;DE=PCMU/8000".
func ParseStat(value string) (Stat, error) {
	if len(value) > 1024 {
		return Stat{}, errors.New("X-RTP-Stat is longer than 1024 bytes")
	}
	var s Stat
	var err error
	seen := 0
	for part := range strings.SplitSeq(value, ";") {
		name, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		first, second, _ := strings.Cut(v, ",")
		switch strings.ToUpper(name) {
		case "CS":
			s.Setup, err = duration(v, time.Millisecond)
		case "CD":
			s.Talk, err = duration(v, time.Second)
		case "PR":
			s.Received, err = count(v)
		case "PS":
			s.Sent, err = count(v)
		case "PL":
			s.ReceivedLost, s.SentLost, err = counts(first, second)
		case "PD":
			s.ReceivedLate, s.SentLate, err = counts(first, second)
		case "JI":
			var a, b bool
			s.ReceivedJitter, a = decimal(first)
			s.SentJitter, b = decimal(second)
			if !a || !b {
				err = errors.New("not two numbers")
			}
		case "IP":
			s.Local, s.Remote = first, second
		case "EN":
			s.Encoder, s.encoderClock = codecName(v)
		case "DE":
			s.Decoder, s.decodClock = codecName(v)
		default:
			continue
		}
		if err != nil {
			return Stat{}, fmt.Errorf("X-RTP-Stat %s=%.40q: %w", name, v, err)
		}
		seen++
	}
	if seen == 0 {
		return Stat{}, errors.New("X-RTP-Stat has none of its parameters")
	}
	// JI is in timestamp units of the codec, unlike what baresip prints.
	s.ReceivedJitter /= perMillisecond(s.decodClock)
	s.SentJitter /= perMillisecond(s.encoderClock)
	return s, nil
}

// perMillisecond is how many timestamp units are a millisecond; baresip takes a
// codec that it does not know for one of 8000 Hz.
func perMillisecond(clock int) float64 {
	if clock < 1000 {
		clock = 8000
	}
	return float64(clock) / 1000
}

// Clocks are the clock rates of the encoder and the decoder in Hz, 0 when not
// told.
func (s Stat) Clocks() (encoder, decoder int) { return s.encoderClock, s.decodClock }

func codecName(v string) (string, int) {
	name, clock, _ := strings.Cut(v, "/")
	clock, _, _ = strings.Cut(clock, "/")
	n, err := strconv.Atoi(clock)
	if err != nil || n < 0 {
		n = 0
	}
	return name, n
}

func duration(v string, unit time.Duration) (time.Duration, error) {
	n, err := count(v)
	if err == nil && n > 1e9 {
		err = errors.New("too long")
	}
	return time.Duration(n) * unit, err
}

func count(v string) (int64, error) {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, errors.New("not a number")
	}
	// Lost packets can be negative: duplicates count as received (RFC 3550
	// appendix A.3).
	return max(n, 0), nil
}

func counts(a, b string) (int64, int64, error) {
	x, err := count(a)
	if err != nil {
		return 0, 0, err
	}
	y, err := count(b)
	return x, y, err
}
