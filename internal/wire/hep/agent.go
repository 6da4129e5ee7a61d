package hep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"time"
)

// Statistics are what captagent's RTP agent tells of one stream, in packets of
// type AgentStats. Ratios are 0 to 1, times milliseconds; a number that was not
// given is negative.
type Statistics struct {
	CallID   string
	Src, Dst netip.AddrPort
	SSRC     uint32
	Codec    string
	Clock    int
	// Final is the report at the end of the stream.
	Final             bool
	At                time.Time
	Packets, Expected float64
	Lost              float64
	Reordered         float64
	Jitter, JitterMax float64
	MOS, MOSMin       float64
	R                 float64
	Duration          time.Duration
}

// ParseStatistics reads the payload of a packet of type AgentStats.
func ParseStatistics(payload []byte) (*Statistics, error) {
	in := map[string]json.RawMessage{}
	if err := decode(payload, &in); err != nil {
		return nil, fmt.Errorf("read RTP statistics as JSON: %w", err)
	}
	text := func(names ...string) string {
		for _, n := range names {
			var s string
			if raw, ok := in[n]; ok && json.Unmarshal(raw, &s) == nil && s != "" {
				return s[:min(len(s), maxName)]
			}
		}
		return ""
	}
	number := func(names ...string) float64 {
		for _, n := range names {
			var v loose
			if raw, ok := in[n]; ok && v.UnmarshalJSON(raw) == nil && v >= 0 {
				return float64(v)
			}
		}
		return -1
	}
	port := func(name string) uint16 { return uint16(min(max(number(name), 0), math.MaxUint16)) }
	host := func(name string) netip.Addr {
		a, _ := netip.ParseAddr(text(name)) // invalid when it is none
		return a
	}
	s := &Statistics{
		CallID: text("RTP_SIP_CALL_ID", "CORRELATION_ID"),
		Src:    netip.AddrPortFrom(host("SRC_IP"), port("SRC_PORT")), Dst: netip.AddrPortFrom(host("DST_IP"), port("DST_PORT")),
		SSRC: uint32(max(number("SSRC"), 0)), Codec: text("CODEC_NAME"), Clock: int(min(max(number("CLOCK", "CODEC_RATE"), 0), 1e6)),
		Packets: number("TOTAL_PK"), Expected: number("EXPECTED_PK"), Lost: number("PACKET_LOSS"), Reordered: number("OUT_ORDER"),
		Jitter: number("MEAN_JITTER", "JITTER"), JitterMax: number("MAX_JITTER"), MOS: number("MEAN_MOS", "MOS"), MOSMin: number("MIN_MOS"),
		R: number("MEAN_RFACTOR", "RFACTOR"),
	}
	switch text("TYPE") {
	case "HANGUP", "FINAL":
		s.Final = true
	}
	if ts := number("REPORT_TS"); ts > 0 && ts < 1e11 {
		s.At = time.UnixMicro(int64(ts * 1e6)).UTC()
	}
	if d := number("DURATION"); d > 0 && d < 1e9 {
		s.Duration = time.Duration(d * float64(time.Second))
	}
	if s.Packets < 0 && s.Jitter < 0 && s.MOS < 0 {
		return nil, errors.New("read RTP statistics as JSON: there is no measurement in it")
	}
	return s, nil
}

// maxJSON bounds the JSON of a payload.
const maxJSON = 1 << 16

func decode(payload []byte, into any) error {
	if len(payload) > maxJSON {
		return fmt.Errorf("%d bytes, more than %d", len(payload), maxJSON)
	}
	return json.Unmarshal(bytes.TrimRight(payload, "\x00\r\n "), into)
}

// loose is a number that may be in quotes.
type loose float64

// UnmarshalJSON reads it.
func (l *loose) UnmarshalJSON(b []byte) error {
	b = bytes.Trim(b, `"`)
	if len(b) == 0 || string(b) == "null" {
		return nil
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1<<53 {
		return fmt.Errorf("%.40q is not a number", b)
	}
	*l = loose(v)
	return nil
}

// JSON is the payload of a packet of type AgentStats.
func (s *Statistics) JSON() ([]byte, error) {
	kind := "PERIODIC"
	if s.Final {
		kind = "HANGUP"
	}
	out := map[string]any{
		"CORRELATION_ID": s.CallID, "RTP_SIP_CALL_ID": s.CallID, "SSRC": s.SSRC, "CODEC_NAME": s.Codec, "CLOCK": s.Clock, "TYPE": kind,
		"SRC_IP": hostText(s.Src), "SRC_PORT": s.Src.Port(), "DST_IP": hostText(s.Dst), "DST_PORT": s.Dst.Port(),
		"REPORT_TS": float64(s.At.UnixMilli()) / 1000, "DURATION": s.Duration.Seconds(), "REPORT_NAME": s.Src.String(),
	}
	for name, v := range map[string]float64{
		"TOTAL_PK": s.Packets, "EXPECTED_PK": s.Expected, "PACKET_LOSS": s.Lost, "OUT_ORDER": s.Reordered, "MEAN_JITTER": s.Jitter,
		"MAX_JITTER": s.JitterMax, "MEAN_MOS": s.MOS, "MIN_MOS": s.MOSMin, "MEAN_RFACTOR": s.R,
	} {
		if v >= 0 {
			out[name] = v
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write RTP statistics as JSON: %w", err)
	}
	return b, nil
}

func hostText(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.Addr().String()
}
