package ingest

import (
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// fromProbe makes the observation of a stream by an agent outside of the call:
// the agent is taken to speak for the end that received it.
func fromProbe(m *ProbeMeasurement, received time.Time) observation {
	o := observation{
		dialog: m.Dialog, correlation: m.Correlation, teller: m.Agent, side: archive.Initiator, reporter: aor(m.Caller), remote: aor(m.Callee),
		source: metric.Probe, format: formatProbe, received: received, started: m.Started, ended: m.Ended,
		label: m.Label, codec: m.Codec, clockRate: m.ClockRate,
	}
	if m.FromInitiator {
		o.side, o.reporter, o.remote = archive.Responder, o.remote, o.reporter
	}
	if !m.Final {
		o.part = interval(m.Ended, received)
	}
	if o.label == "" {
		o.label = labelOfCodec(m.Codec)
	}
	o.near = archive.End{User: o.reporter, IP: ipText(m.Receiver.Addr()), Port: int32(m.Receiver.Port())}
	o.far = archive.End{User: o.remote, IP: ipText(m.Sender.Addr()), Port: int32(m.Sender.Port())}
	for id, v := range m.Values.All() {
		o.offer(id, v)
	}
	return o
}
