package hep

import (
	"encoding/json"
	"fmt"
)

// Report is RTCP in the JSON form of packets of type RTCP.
type Report struct {
	SSRC uint32 `json:"ssrc"`
	// Type is the RTCP packet type: 200 sender report, 201 receiver report.
	Type   int     `json:"type"`
	Sender *Sender `json:"sender_information,omitempty"`
	// Blocks tell what was received of other streams.
	Blocks []Block `json:"report_blocks,omitempty"`
}

// Sender is what a sender report tells of the stream that its author sends.
type Sender struct {
	// Seconds and Fraction are the NTP time of the report.
	Seconds   uint32 `json:"ntp_timestamp_sec"`
	Fraction  uint32 `json:"ntp_timestamp_usec"`
	Timestamp uint32 `json:"rtp_timestamp"`
	Packets   uint32 `json:"packets"`
	Octets    uint32 `json:"octets"`
}

// Block is a report block (RFC 3550 section 6.4.1).
type Block struct {
	// Source is the SSRC of the stream that was received.
	Source uint32 `json:"source_ssrc"`
	// Fraction is the loss since the last report in 256ths.
	Fraction uint8 `json:"fraction_lost"`
	// Lost counts since the beginning; negative when packets came twice.
	Lost    int32  `json:"packets_lost"`
	Highest uint32 `json:"highest_seq_no"`
	// Jitter is in units of the stream's RTP clock.
	Jitter uint32 `json:"ia_jitter"`
	// LastSR and Delay are the middle 32 bits of the last sender report's NTP
	// time, and the time since it came in 65536ths of a second.
	LastSR uint32 `json:"lsr"`
	Delay  uint32 `json:"dlsr"`
}

// maxBlocks is the most that one RTCP packet can have.
const maxBlocks = 31

// looseReport is a Report as agents really write it: numbers may be in quotes,
// and negative where they were signed.
type looseReport struct {
	SSRC   loose `json:"ssrc"`
	Type   loose `json:"type"`
	Sender *struct {
		Seconds   loose `json:"ntp_timestamp_sec"`
		Fraction  loose `json:"ntp_timestamp_usec"`
		Timestamp loose `json:"rtp_timestamp"`
		Packets   loose `json:"packets"`
		Octets    loose `json:"octets"`
	} `json:"sender_information"`
	Blocks []struct {
		Source   loose `json:"source_ssrc"`
		Fraction loose `json:"fraction_lost"`
		Lost     loose `json:"packets_lost"`
		Highest  loose `json:"highest_seq_no"`
		Jitter   loose `json:"ia_jitter"`
		LastSR   loose `json:"lsr"`
		Delay    loose `json:"dlsr"`
	} `json:"report_blocks"`
}

// ParseRTCP reads the payload of a packet of type RTCP. Names that are not
// known are skipped.
func ParseRTCP(payload []byte) (*Report, error) {
	var in looseReport
	if err := decode(payload, &in); err != nil {
		return nil, fmt.Errorf("read RTCP as JSON: %w", err)
	}
	if len(in.Blocks) > maxBlocks {
		return nil, fmt.Errorf("read RTCP as JSON: %d report blocks, at most %d can be", len(in.Blocks), maxBlocks)
	}
	r := &Report{SSRC: uint32(in.SSRC), Type: int(in.Type)}
	if s := in.Sender; s != nil {
		r.Sender = &Sender{uint32(s.Seconds), uint32(s.Fraction), uint32(s.Timestamp), uint32(s.Packets), uint32(s.Octets)}
	}
	for _, b := range in.Blocks {
		r.Blocks = append(r.Blocks, Block{
			Source: uint32(b.Source), Fraction: uint8(min(max(b.Fraction, 0), 255)), Lost: signed24(int64(b.Lost)), Highest: uint32(b.Highest),
			Jitter: uint32(b.Jitter), LastSR: uint32(b.LastSR), Delay: uint32(b.Delay),
		})
	}
	if r.Sender == nil && len(r.Blocks) == 0 {
		return nil, fmt.Errorf("read RTCP as JSON: neither sender_information nor report_blocks is in it")
	}
	return r, nil
}

// signed24 reads the count of lost packets, of 24 bits with a sign, which some
// agents write as an unsigned number.
func signed24(n int64) int32 {
	n &= 1<<24 - 1
	if n >= 1<<23 {
		n -= 1 << 24
	}
	return int32(n)
}

// JSON is the payload of a packet of type RTCP.
func (r *Report) JSON() ([]byte, error) {
	b, err := json.Marshal(struct {
		*Report
		Count int `json:"report_count"`
	}{r, len(r.Blocks)})
	if err != nil {
		return nil, fmt.Errorf("write RTCP as JSON: %w", err)
	}
	return b, nil
}
