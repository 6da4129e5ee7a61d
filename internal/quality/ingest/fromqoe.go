package ingest

import (
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
	"parley/internal/wire/qoe"
)

// fromQoE makes observations of a metric report: for each media line one of the
// stream that the reporter received and one of the stream that it sent.
func fromQoE(e *qoe.Event, received time.Time) []observation {
	lines := 0
	for i := range e.Reports {
		lines += len(e.Reports[i].Lines)
	}
	out := make([]observation, 0, 2*lines)
	for i := range e.Reports {
		r := &e.Reports[i]
		for l := range r.Lines {
			line := &r.Lines[l]
			in := observeLine(r, line, received)
			in.source = metric.ReceivingEnd
			observeStream(&in, line.Inbound)
			takeLine(&in, line)
			sent := observeLine(r, line, received)
			sent.outbound, sent.source = true, metric.SendingEnd
			observeStream(&sent, line.Outbound)
			takeLine(&sent, line)
			if line.Inbound != nil || in.values.Len() > 0 || line.Outbound == nil {
				out = append(out, in)
			}
			if line.Outbound != nil || sent.values.Len() > 0 {
				out = append(out, sent)
			}
		}
	}
	return out
}

// observeLine fills in what both directions of a line have in common.
func observeLine(r *qoe.Report, line *qoe.MediaLine, received time.Time) observation {
	dlg, d := &r.Dialog, &line.Description
	o := observation{
		dialog: Dialog{CallID: dlg.CallID, TagA: dlg.FromTag, TagB: dlg.ToTag}, side: archive.Responder,
		reporter: aor(localURI(dlg)), remote: aor(dlg.ToURI), format: formatQoE, received: received, started: dlg.Start, ended: dlg.End,
		label: line.Label, transport: d.Transport, security: d.Security, iceFailed: d.ICE == "FAILED", bandwidthSource: line.BandwidthSource,
	}
	if dlg.Caller {
		o.side = archive.Initiator
	}
	if dlg.RemotePAI != "" {
		o.remote = aor(dlg.RemotePAI)
	}
	if r.Interval || d.MidCall {
		o.part = interval(dlg.End, received)
	}
	o.near = archive.End{
		User: o.reporter, UserAgent: dlg.LocalUserAgent, Endpoint: r.Endpoint.Name, OS: r.Endpoint.OS, CPU: r.Endpoint.CPU,
		Cores: int32(r.Endpoint.Cores), MHz: int32(r.Endpoint.MHz), Virtual: int32(r.Endpoint.Virtualization),
		IP: d.Local.IP, Subnet: subnet(d.Local.IP, d.Local.SubnetMask), MAC: d.Local.MAC, Port: int32(d.Local.Port), Reflexive: d.Reflexive.IP,
		Relay: d.Relay.IP, Network: d.Network, BSSID: d.BSSID, SSID: d.SSID, WifiDriver: d.WifiDriver, WifiVersion: d.WifiVersion,
		WifiRadio: d.WifiRadio, WifiChannel: int32(d.WifiChannel), WifiHandovers: int32(d.WifiHandovers), Capture: d.Capture.Name,
		CaptureDriver: d.Capture.Driver, Render: d.Render.Name, RenderDriver: d.Render.Driver, ICE: d.ICE, ICEWarning: int64(d.ICEWarning), Told: true,
	}
	if d.Local.IP != "" {
		o.near.Inside = archive.Truth(d.Local.Inside)
	}
	if d.Network != "" {
		o.near.VPN = archive.Truth(d.VPN)
	}
	if d.NetworkDetail != "" {
		o.near.Network = d.NetworkDetail
	}
	if d.LinkSpeed > 0 && d.LinkSpeed < 1e15 {
		o.near.LinkSpeed = int64(d.LinkSpeed)
	}
	if d.WifiRSSI > -200 && d.WifiRSSI < 200 {
		o.near.WifiRSSI = int32(d.WifiRSSI)
	}
	o.far = archive.End{User: o.remote, UserAgent: dlg.RemoteUserAgent, IP: d.Remote.IP, Port: int32(d.Remote.Port)}
	return o
}

// localURI is the reporter's address: its asserted identity, or the From that it
// would use in the dialog (MS-QoE section 3.2).
func localURI(d *qoe.DialogInfo) string {
	if d.LocalPAI != "" {
		return d.LocalPAI
	}
	return d.FromURI
}

func observeStream(o *observation, s *qoe.Stream) {
	if s == nil {
		return
	}
	o.codec, o.clockRate, o.fec = s.Codec, s.SampleRate, s.FEC
	for _, m := range streamMetrics {
		if m.only != 0 && m.only != o.source {
			continue
		}
		v, ok := s.Numbers.Get(m.field)
		if !ok {
			continue
		}
		if m.factor != 0 {
			v *= m.factor
		}
		id := m.id
		if id == metric.OneWay && metric.MediaOfLabel(o.label) == metric.AppShare {
			id = metric.SharingOneWay
		}
		o.offer(id, v)
	}
}

// takeLine gives each number of the line to the direction whose end knows it.
func takeLine(o *observation, line *qoe.MediaLine) {
	side := metric.Receiver
	if o.outbound {
		side = metric.Sender
	}
	for _, m := range lineMetrics {
		if m.id.Get().Known != side {
			continue
		}
		if v, ok := line.Line.Get(m.field); ok {
			o.offer(m.id, v)
		}
	}
}
