package ingest

import (
	"net"
	"strconv"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
	"parley/internal/wire/rtcpxr"
)

// fromMeasurement makes the observation of a stream that this server measured.
func fromMeasurement(m *StreamMeasurement, received time.Time) observation {
	endpoint := archive.Responder
	if m.Initiated {
		endpoint = archive.Initiator
	}
	format := formatRTP
	if m.Source == metric.RTCP {
		format = formatRTCP
	}
	// The server sees itself at the other side of the dialog. Between two
	// endpoints that other side is somebody else, and the server saw the
	// packets on their way.
	o := observation{
		dialog: m.Dialog, callID: m.CallID, remote: aor(m.User), side: endpoint.Other(), outbound: !m.FromEndpoint,
		source: m.Source, format: format, part: int32(m.Part), received: received, started: m.Started, ended: m.Ended, serverClock: true,
		label: m.Label, codec: m.Codec, clockRate: m.ClockRate, transport: m.Transport, security: m.Security,
		iceFailed: m.ICE == "FAILED", mosModel: m.MOSModel,
	}
	o.far = archive.End{User: o.remote, IP: ipText(m.Remote.Addr()), Port: int32(m.Remote.Port())}
	if !m.Proxied {
		o.server = o.side
		o.near = archive.End{IP: ipText(m.Local.Addr()), Port: int32(m.Local.Port()), ICE: m.ICE}
	}
	o.failure = map[string]archive.Failure{NoFailure: archive.NoFailure, SetupFailed: archive.SetupFailure, MidCall: archive.MidCallFailure, OneWay: archive.OneWayFailure}[m.Failure]
	for id, v := range m.Values.All() {
		o.offer(id, v)
	}
	return o
}

// fromStat makes observations of an X-RTP-Stat header field of a leg.
func fromStat(s rtcpxr.Stat, leg *Leg, received time.Time) []observation {
	side := archive.Responder
	if leg.Initiated {
		side = archive.Initiator
	}
	o := observation{
		dialog: leg.Dialog, reporter: aor(leg.User), remote: aor(leg.Peer), side: side, format: formatStat, received: received, label: "main-audio",
		near: archive.End{User: aor(leg.User), UserAgent: leg.UserAgent, Told: true}, far: archive.End{User: aor(leg.Peer)},
	}
	o.near.IP, o.near.Port = hostPort(s.Local)
	o.far.IP, o.far.Port = hostPort(s.Remote)
	if s.Talk > 0 {
		o.started, o.ended = received.Add(-s.Talk), received
	}
	encoder, decoder := s.Clocks()
	in, sent := o, o
	in.source, in.codec, in.clockRate = metric.ReceivingEnd, s.Decoder, decoder
	counted(&in, s.Received, s.ReceivedLost, s.ReceivedLate, s.ReceivedJitter)
	sent.source, sent.outbound, sent.codec, sent.clockRate = metric.SendingEnd, true, s.Encoder, encoder
	// What was lost of the sent stream is from the other end's RTCP: without
	// any, zeros would claim a perfect stream.
	if s.SentLost > 0 || s.SentJitter > 0 {
		counted(&sent, max(s.Sent-s.SentLost, 0), s.SentLost, s.SentLate, s.SentJitter)
	} else {
		sent.offer(metric.Packets, float64(s.Sent))
	}
	return []observation{in, sent}
}

// counted turns counts of packets into the metrics of a stream. A stream of
// which nothing arrived has no loss rate: it was not a stream.
func counted(o *observation, received, lost, late int64, jitter float64) {
	o.offer(metric.Packets, float64(received))
	if received == 0 {
		return
	}
	expected := float64(received + lost)
	o.offer(metric.Lost, float64(lost))
	o.offer(metric.LossRate, float64(lost)/expected)
	o.offer(metric.DiscardRate, min(float64(late)/expected, 1))
	o.offer(metric.Jitter, jitter)
}

func hostPort(s string) (string, int32) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return host, 0
	}
	return host, int32(n)
}
