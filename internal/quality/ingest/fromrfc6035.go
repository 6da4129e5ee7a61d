package ingest

import (
	"net/netip"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
	"parley/internal/wire/rtcpxr"
)

// rfc6035Metrics says which metric a field is; factor converts percent to a
// ratio. Never changed.
var rfc6035Metrics = []struct {
	field  rtcpxr.Field
	id     metric.ID
	factor float64
}{
	{rtcpxr.NLR, metric.LossRate, 0.01}, {rtcpxr.JDR, metric.DiscardRate, 0.01},
	{rtcpxr.BLD, metric.BurstDensity, 1}, {rtcpxr.BD, metric.BurstDuration, 1},
	{rtcpxr.GLD, metric.GapDensity, 1}, {rtcpxr.GD, metric.GapDuration, 1},
	{rtcpxr.JBN, metric.BufferNominal, 1}, {rtcpxr.JBM, metric.BufferMax, 1},
	{rtcpxr.RTD, metric.RoundTrip, 1}, {rtcpxr.ESD, metric.EndSystemDelay, 1}, {rtcpxr.OWD, metric.OneWay, 1},
	{rtcpxr.IAJ, metric.Jitter, 1}, {rtcpxr.MAJ, metric.JitterMeanAbsolute, 1},
	{rtcpxr.SL, metric.ReceiveSignal, 1}, {rtcpxr.NL, metric.ReceiveNoise, 1}, {rtcpxr.RERL, metric.EchoReturnLoss, 1},
	{rtcpxr.RLQ, metric.RListening, 1}, {rtcpxr.RCQ, metric.RConversational, 1},
	{rtcpxr.MOSLQ, metric.MOSLQ, 1}, {rtcpxr.MOSCQ, metric.MOSCQ, 1},
}

// fromRFC6035 makes observations of a report: the local metrics are of the
// stream that the reporter received, the remote ones of the one that it sent,
// told to it by the other end.
func fromRFC6035(r *rtcpxr.Report, account, userAgent string, received time.Time) []observation {
	remarks := r.Repair()
	if r.UserAgent != "" {
		userAgent = r.UserAgent
	}
	o := observation{
		dialog: dialogOf(r), reporter: aor(r.LocalID), remote: aor(r.RemoteID),
		format: formatRFC6035, received: received, remarks: remarks,
	}
	if account != "" {
		o.reporter = account
	}
	switch orig := aor(r.OrigID); {
	case orig == "":
	case orig == aor(r.LocalID):
		o.side = archive.Initiator
	case orig == aor(r.RemoteID):
		o.side = archive.Responder
	}
	o.near = archive.End{User: o.reporter, UserAgent: userAgent, IP: ipText(r.LocalAddr.Addr), Port: int32(r.LocalAddr.Port), MAC: r.LocalMAC, Told: true}
	o.far = archive.End{User: o.remote, IP: ipText(r.RemoteAddr.Addr), Port: int32(r.RemoteAddr.Port), MAC: r.RemoteMAC}
	var out []observation
	for _, s := range []struct {
		m      *rtcpxr.Metrics
		source metric.Source
	}{{r.Local, metric.ReceivingEnd}, {r.Remote, metric.SendingEnd}} {
		if s.m == nil {
			continue
		}
		one := o
		one.source, one.outbound = s.source, s.source == metric.SendingEnd
		one.started, one.ended = s.m.Start, s.m.Stop
		if r.Kind != rtcpxr.Session {
			one.part = interval(s.m.Stop, received)
		}
		one.codec, one.clockRate = s.m.Codec.Name, s.m.Codec.SampleRate
		one.label = labelOfCodec(one.codec)
		one.remarks = append([]string(nil), remarks...)
		for _, m := range rfc6035Metrics {
			if v, ok := s.m.Get(m.field); ok {
				one.offer(m.id, v*m.factor)
			}
		}
		out = append(out, one)
	}
	return out
}

// dialogOf is the dialog that a report is of: DialogID tells it best.
func dialogOf(r *rtcpxr.Report) Dialog {
	d := Dialog{CallID: r.CallID, TagA: r.Dialog.FromTag, TagB: r.Dialog.ToTag}
	if r.Dialog.CallID != "" {
		d.CallID = r.Dialog.CallID
	}
	return d
}

// labelOfCodec tells the media line of a report that names only its codec.
func labelOfCodec(name string) string {
	switch metricName := upper(name); metricName {
	case "H264", "H265", "H263", "H263-1998", "VP8", "VP9", "AV1", "MP4V-ES", "X-H264UC", "X-RTVC1":
		return "main-video"
	}
	return "main-audio"
}

func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

func ipText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.Unmap().String()
}
