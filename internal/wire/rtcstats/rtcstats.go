// Package rtcstats reads samples of WebRTC statistics: what
// RTCPeerConnection.getStats gives, written as JSON (W3C webrtc-stats).
package rtcstats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Limits of one sample.
const (
	MaxSample  = 1 << 20
	maxObjects = 2000
	maxStreams = 64
)

// Sample is one sample of a connection.
type Sample struct {
	At      time.Time
	Streams []Stream
	// RoundTrip is that of the connection in use, in seconds, negative when not
	// told; Bandwidth what is free to send, in bit/s.
	RoundTrip, Bandwidth float64
	Local, Remote        Candidate
}

// Candidate is an address of the connection in use.
type Candidate struct {
	Address string
	Port    int
	// Type is host, srflx, prflx or relay; Network wifi, ethernet, cellular, vpn.
	Type, Network, Protocol, RelayProtocol string
}

// Stream is one RTP stream. Counters are since its beginning; a number that was
// not told is negative.
type Stream struct {
	Sent  bool
	Kind  string // audio, video
	Mid   string
	SSRC  uint32
	Codec string
	Clock int // Hz

	Packets, Lost, Discarded                          float64
	Jitter                                            float64 // s
	BufferDelay, BufferEmitted                        float64
	Concealed, Samples, Inserted, Removed             float64
	Frames, FramesDropped, FramesPerSecond, FreezeSum float64
	Bytes                                             float64
	// RemoteLost and the rest are what the other end told of a sent stream.
	RemoteLost, RemoteFraction, RemoteJitter, RemoteRoundTrip float64
	EchoReturnLoss, AudioLevel                                float64
}

// object is what is read of one statistics object.
type object struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	Timestamp   number `json:"timestamp"`
	Kind        string `json:"kind"`
	MediaType   string `json:"mediaType"`
	Mid         string `json:"mid"`
	SSRC        number `json:"ssrc"`
	CodecID     string `json:"codecId"`
	MimeType    string `json:"mimeType"`
	ClockRate   number `json:"clockRate"`
	RemoteID    string `json:"remoteId"`
	LocalID     string `json:"localId"`
	MediaSource string `json:"mediaSourceId"`

	PacketsReceived   *number `json:"packetsReceived"`
	PacketsSent       *number `json:"packetsSent"`
	PacketsLost       *number `json:"packetsLost"`
	PacketsDiscarded  *number `json:"packetsDiscarded"`
	Jitter            *number `json:"jitter"`
	BufferDelay       *number `json:"jitterBufferDelay"`
	BufferEmitted     *number `json:"jitterBufferEmittedCount"`
	Concealed         *number `json:"concealedSamples"`
	Samples           *number `json:"totalSamplesReceived"`
	Inserted          *number `json:"insertedSamplesForDeceleration"`
	Removed           *number `json:"removedSamplesForAcceleration"`
	FramesDecoded     *number `json:"framesDecoded"`
	FramesEncoded     *number `json:"framesEncoded"`
	FramesDropped     *number `json:"framesDropped"`
	FramesPerSecond   *number `json:"framesPerSecond"`
	FreezesDuration   *number `json:"totalFreezesDuration"`
	BytesReceived     *number `json:"bytesReceived"`
	BytesSent         *number `json:"bytesSent"`
	FractionLost      *number `json:"fractionLost"`
	RoundTripTime     *number `json:"roundTripTime"`
	CurrentRoundTrip  *number `json:"currentRoundTripTime"`
	AvailableOutgoing *number `json:"availableOutgoingBitrate"`
	EchoReturnLoss    *number `json:"echoReturnLoss"`
	AudioLevel        *number `json:"audioLevel"`
	SelectedPair      string  `json:"selectedCandidatePairId"`
	Nominated         bool    `json:"nominated"`
	State             string  `json:"state"`
	LocalCandidateID  string  `json:"localCandidateId"`
	RemoteCandidateID string  `json:"remoteCandidateId"`
	Address           string  `json:"address"`
	IP                string  `json:"ip"`
	Port              number  `json:"port"`
	CandidateType     string  `json:"candidateType"`
	NetworkType       string  `json:"networkType"`
	Protocol          string  `json:"protocol"`
	RelayProtocol     string  `json:"relayProtocol"`
}

// number is a number that some libraries write in quotes.
type number float64

// UnmarshalJSON reads it.
func (n *number) UnmarshalJSON(b []byte) error {
	b = bytes.Trim(b, `"`)
	if len(b) == 0 || string(b) == "null" {
		return nil
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%.40q is not a number", b)
	}
	*n = number(v)
	return nil
}

func (n *number) or(missing float64) float64 {
	if n == nil {
		return missing
	}
	return float64(*n)
}

// ErrEmpty says that there is no RTP stream in a sample.
var ErrEmpty = errors.New("there is neither an inbound-rtp nor an outbound-rtp object in the sample")

// Parse reads a sample in any form that it is written in: an object by id, an
// array of objects, or an array of pairs of id and object.
func Parse(raw []byte) (*Sample, error) {
	if len(raw) > MaxSample {
		return nil, fmt.Errorf("sample of %d bytes, more than %d", len(raw), MaxSample)
	}
	objects, err := split(raw)
	if err != nil {
		return nil, fmt.Errorf("read sample of statistics: %w", err)
	}
	s := &Sample{RoundTrip: -1, Bandwidth: -1}
	for _, o := range objects {
		if at := float64(o.Timestamp); at > 0 && at < 1e14 {
			if t := time.UnixMicro(int64(at * 1000)).UTC(); t.After(s.At) {
				s.At = t
			}
		}
		switch o.Type {
		case "inbound-rtp", "outbound-rtp":
			if len(s.Streams) == maxStreams {
				return nil, fmt.Errorf("read sample of statistics: more than %d streams", maxStreams)
			}
			s.Streams = append(s.Streams, stream(o, objects))
		case "candidate-pair":
			if o.Nominated && o.State == "succeeded" || selected(o.ID, objects) {
				s.pair(o, objects)
			}
		}
	}
	if len(s.Streams) == 0 {
		return nil, fmt.Errorf("read sample of statistics: %w", ErrEmpty)
	}
	return s, nil
}

// split reads the objects of a sample, by id.
func split(raw []byte) (map[string]*object, error) {
	out := map[string]*object{}
	put := func(id string, b []byte) error {
		if len(out) == maxObjects {
			return fmt.Errorf("more than %d objects", maxObjects)
		}
		o := &object{}
		if err := json.Unmarshal(b, o); err != nil {
			return err
		}
		if o.ID == "" {
			o.ID = id
		}
		out[o.ID] = o
		return nil
	}
	if first := bytes.TrimLeft(raw, " \t\r\n"); len(first) > 0 && first[0] == '{' {
		var byID map[string]json.RawMessage
		if err := json.Unmarshal(raw, &byID); err != nil {
			return nil, err
		}
		for id, b := range byID {
			if len(b) == 0 || b[0] != '{' {
				continue // such as a time beside the objects
			}
			if err := put(id, b); err != nil {
				return nil, fmt.Errorf("object %.40q: %w", id, err)
			}
		}
		return out, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	for i, b := range list {
		id := fmt.Sprint("#", i)
		var pair []json.RawMessage
		if len(b) > 0 && b[0] == '[' {
			if err := json.Unmarshal(b, &pair); err != nil || len(pair) != 2 {
				return nil, fmt.Errorf("element %d is neither an object nor a pair of id and object", i)
			}
			b = pair[1]
		}
		if err := put(id, b); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return out, nil
}

func selected(pair string, objects map[string]*object) bool {
	for _, o := range objects {
		if o.Type == "transport" && o.SelectedPair == pair {
			return true
		}
	}
	return false
}

func (s *Sample) pair(o *object, objects map[string]*object) {
	s.RoundTrip, s.Bandwidth = o.CurrentRoundTrip.or(s.RoundTrip), o.AvailableOutgoing.or(s.Bandwidth)
	s.Local, s.Remote = candidate(objects[o.LocalCandidateID]), candidate(objects[o.RemoteCandidateID])
}

func candidate(o *object) Candidate {
	if o == nil {
		return Candidate{}
	}
	c := Candidate{Address: o.Address, Port: int(min(max(o.Port, 0), 65535)), Type: o.CandidateType, Network: o.NetworkType, Protocol: o.Protocol, RelayProtocol: o.RelayProtocol}
	if c.Address == "" {
		c.Address = o.IP
	}
	return c
}

func stream(o *object, objects map[string]*object) Stream {
	s := Stream{
		Sent: o.Type == "outbound-rtp", Kind: o.Kind, Mid: o.Mid, SSRC: uint32(min(max(o.SSRC, 0), math.MaxUint32)), Jitter: o.Jitter.or(-1), Lost: o.PacketsLost.or(-1),
		Discarded: o.PacketsDiscarded.or(-1), BufferDelay: o.BufferDelay.or(-1), BufferEmitted: o.BufferEmitted.or(-1), Concealed: o.Concealed.or(-1),
		Samples: o.Samples.or(-1), Inserted: o.Inserted.or(-1), Removed: o.Removed.or(-1), Frames: o.FramesDecoded.or(-1), FramesDropped: o.FramesDropped.or(-1),
		FramesPerSecond: o.FramesPerSecond.or(-1), FreezeSum: o.FreezesDuration.or(-1), Packets: o.PacketsReceived.or(-1), Bytes: o.BytesReceived.or(-1),
		RemoteLost: -1, RemoteFraction: -1, RemoteJitter: -1, RemoteRoundTrip: -1, EchoReturnLoss: math.NaN(), AudioLevel: o.AudioLevel.or(-1),
	}
	if s.Kind == "" {
		s.Kind = o.MediaType
	}
	if c := objects[o.CodecID]; c != nil {
		s.Clock = int(min(max(c.ClockRate, 0), 1e6))
		if _, name, ok := bytes.Cut([]byte(c.MimeType), []byte("/")); ok {
			s.Codec = string(name[:min(len(name), 64)])
		}
	}
	if !s.Sent {
		return s
	}
	s.Packets, s.Bytes, s.Frames = o.PacketsSent.or(-1), o.BytesSent.or(-1), o.FramesEncoded.or(-1)
	if m := objects[o.MediaSource]; m != nil {
		s.EchoReturnLoss = m.EchoReturnLoss.or(math.NaN())
	}
	for _, r := range objects {
		if r.Type == "remote-inbound-rtp" && (r.LocalID == o.ID || o.RemoteID == r.ID || r.LocalID == "" && r.SSRC == o.SSRC) {
			s.RemoteLost, s.RemoteFraction, s.RemoteJitter, s.RemoteRoundTrip = r.PacketsLost.or(-1), r.FractionLost.or(-1), r.Jitter.or(-1), r.RoundTripTime.or(-1)
		}
	}
	return s
}
