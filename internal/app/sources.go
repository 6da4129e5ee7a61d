package app

import "parley/internal/metrics"

// metricSources are the values that the parts keep themselves. They are read when metrics are asked for, not before.
func (s *server) metricSources() []metrics.Source {
	return []metrics.Source{
		{Name: "parley_sip_connections", Help: "Open SIP connections.",
			Read: func() float64 { return float64(s.transport.Stats.Connections.Load()) }},
		{Name: "parley_sip_received_total", Help: "SIP messages received.", Counter: true,
			Read: func() float64 { return float64(s.transport.Stats.Received.Load()) }},
		{Name: "parley_sip_sent_total", Help: "SIP messages sent.", Counter: true,
			Read: func() float64 { return float64(s.transport.Stats.Sent.Load()) }},
		{Name: "parley_sip_malformed_total", Help: "What arrived and was no SIP message.", Counter: true,
			Read: func() float64 { return float64(s.transport.Stats.Malformed.Load()) }},
		{Name: "parley_sip_refused_total", Help: "Connections and datagrams refused because their source reached a limit.", Counter: true,
			Read: func() float64 { return float64(s.transport.Stats.Refused.Load()) }},
		{Name: "parley_sip_backlogged_total", Help: "Sends refused because the peer did not take its messages.", Counter: true,
			Read: func() float64 { return float64(s.transport.Stats.Backlogged.Load()) }},
		{Name: "parley_registrar_bindings", Help: "Devices that are signed in.",
			Read: func() float64 { return float64(s.registrar.Count()) }},
		{Name: "parley_presence_subscriptions", Help: "Presence subscriptions.",
			Read: func() float64 { return float64(s.presence.Subscriptions()) }},
	}
}
