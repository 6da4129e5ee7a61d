package ingest

import (
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// End takes in what an endpoint told by HTTP. The error wraps ErrStranger for a
// user who was not in the call. done is as for Call.
func (s *Service) End(m EndMeasurement, done func(error)) {
	if err := s.parties.check(m.Dialog, aor(m.User)); err != nil {
		finish(done, err)
		return
	}
	s.record(formatWebRTC, &m, done)
}

// fromEnd makes the observation of an endpoint's own measurement.
func fromEnd(m *EndMeasurement, received time.Time) observation {
	o := observation{
		dialog: m.Dialog, reporter: aor(m.User), remote: aor(m.Peer), side: archive.Responder, outbound: m.Sent, source: metric.ReceivingEnd, format: formatWebRTC,
		received: received, started: m.Started, ended: m.Ended, label: m.Label, codec: m.Codec, clockRate: m.ClockRate, transport: "UDP", security: "DTLS-SRTP",
	}
	if m.Sent {
		o.source = metric.SendingEnd
	}
	if m.Initiated {
		o.side = archive.Initiator
	}
	if !m.Final {
		o.part = interval(m.Ended, received)
	}
	o.near = archive.End{User: o.reporter, UserAgent: m.UserAgent, IP: ipText(m.Local.Addr()), Port: int32(m.Local.Port()), Network: m.Network, ICE: "DIRECT", Told: true}
	if m.Relayed {
		o.near.ICE = "RELAY"
	}
	switch m.Network {
	case "vpn":
		o.near.VPN = archive.Yes
	case "ethernet":
		o.near.Network = "wired"
	}
	o.far = archive.End{User: o.remote, IP: ipText(m.Remote.Addr()), Port: int32(m.Remote.Port())}
	for id, v := range m.Values.All() {
		o.offer(id, v)
	}
	return o
}
