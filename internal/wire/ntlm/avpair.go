package ntlm

import (
	"fmt"
	"time"
)

// AVID names an attribute of a TargetInfo list, [MS-NLMP] section 2.2.2.1.
type AVID uint16

// The attributes that servers and clients use.
const (
	AVEnd             AVID = 0
	AVNbComputer      AVID = 1
	AVNbDomain        AVID = 2
	AVDNSComputer     AVID = 3
	AVDNSDomain       AVID = 4
	AVDNSTree         AVID = 5
	AVFlags           AVID = 6
	AVTimestamp       AVID = 7
	AVTargetName      AVID = 9
	AVChannelBindings AVID = 10
)

// avFlagMIC in AVFlags says that AUTHENTICATE carries a MIC.
const avFlagMIC = 0x2

// maxAV bounds the attributes of one list; eleven are defined.
const maxAV = 32

// AV is one attribute with its value as on the wire: UTF-16LE text, or little-endian numbers.
type AV struct {
	ID    AVID
	Value []byte
}

// TextAV is an attribute that holds text.
func TextAV(id AVID, text string) AV { return AV{id, appendUTF16(nil, text)} }

// TimeAV is an attribute that holds a time as a Windows FILETIME.
func TimeAV(id AVID, t time.Time) AV { return AV{id, le.AppendUint64(nil, filetime(t))} }

// filetime counts 100 ns steps since 1601.
func filetime(t time.Time) uint64 {
	return uint64(t.Unix()+11644473600)*1e7 + uint64(t.Nanosecond()/100)
}

func appendAVs(dst []byte, list []AV) []byte {
	for _, av := range list {
		dst = le.AppendUint16(dst, uint16(av.ID))
		dst = le.AppendUint16(dst, uint16(len(av.Value)))
		dst = append(dst, av.Value...)
	}
	return append(dst, 0, 0, 0, 0)
}

// parseAVs reads a list up to its end mark; what follows the mark is padding.
func parseAVs(raw []byte) ([]AV, error) {
	var list []AV
	for {
		if len(raw) < 4 {
			return nil, fmt.Errorf("%w: target information without an end", ErrMalformed)
		}
		id, size := AVID(le.Uint16(raw)), int(le.Uint16(raw[2:]))
		if id == AVEnd {
			return list, nil
		}
		if raw = raw[4:]; size > len(raw) {
			return nil, fmt.Errorf("%w: attribute %d is longer than its list", ErrMalformed, id)
		}
		if len(list) == maxAV {
			return nil, fmt.Errorf("%w: more than %d attributes", ErrMalformed, maxAV)
		}
		list = append(list, AV{id, raw[:size]})
		raw = raw[size:]
	}
}

// find returns the value of the first attribute id, nil when there is none.
func find(list []AV, id AVID) []byte {
	for _, av := range list {
		if av.ID == id {
			return av.Value
		}
	}
	return nil
}
