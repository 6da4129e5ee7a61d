package qoe

import (
	"strconv"
	"strings"
	"time"
)

// Append writes the event as a Skype for Business client does, with the newest
// schema's namespaces, and returns the extended buffer.
func (e *Event) Append(dst []byte) []byte {
	w := writer{b: dst}
	w.b = append(w.b, `<?xml version="1.0" encoding="utf-8"?>`...)
	w.start("VQReportEvent", "xmlns", "ms-rtcp-metrics", "xmlns:v2", "ms-rtcp-metrics.v2", "xmlns:v3", "ms-rtcp-metrics.v3",
		"xmlns:v4", "ms-rtcp-metrics.v4", "Version", e.Version, "v2:SchemaVersion", e.SchemaVersion)
	for i := range e.Reports {
		w.report(&e.Reports[i])
	}
	w.end("VQReportEvent")
	return w.b
}

func (w *writer) report(r *Report) {
	name := "VQSessionReport"
	if r.Interval {
		name = "VQSessionIntervalReport"
	}
	w.start(name, "SessionId", r.SessionID)
	e := &r.Endpoint
	w.start("Endpoint", "Name", e.Name, "v2:OS", e.OS, "v2:CPUName", e.CPU, "v2:CPUNumberOfCores", count(e.Cores),
		"v2:CPUProcessorSpeed", count(e.MHz), "v2:VirtualizationFlag", count(e.Virtualization))
	w.end("Endpoint")
	d := &r.Dialog
	w.start("DialogInfo", "CallId", d.CallID, "FromTag", d.FromTag, "ToTag", d.ToTag, "Start", stamp(d.Start), "End", stamp(d.End))
	w.leaf("DialogCategory", d.Category)
	w.leaf("CorrelationID", d.CorrelationID)
	w.leaf("FromURI", d.FromURI)
	w.leaf("ToURI", d.ToURI)
	w.leaf("Caller", strconv.FormatBool(d.Caller))
	w.leaf("LocalContactURI", d.LocalContactURI)
	w.leaf("RemoteContactURI", d.RemoteContactURI)
	w.leaf("LocalUserAgent", d.LocalUserAgent)
	w.leaf("RemoteUserAgent", d.RemoteUserAgent)
	w.leaf("LocalPAI", d.LocalPAI)
	w.leaf("RemotePAI", d.RemotePAI)
	w.leaf("ConfURI", d.ConferenceURI)
	w.leaf("v2:RegisteredInside", yes(d.RegisteredInside))
	w.end("DialogInfo")
	for i := range r.Lines {
		w.line(&r.Lines[i])
	}
	w.end(name)
}

func (w *writer) line(l *MediaLine) {
	w.start("MediaLine", "Label", l.Label)
	w.description(&l.Description)
	w.stream("InboundStream", l.Inbound)
	w.stream("OutboundStream", l.Outbound)
	w.numbers(&l.Line, streamFields, fieldCount)
	w.leaf("v2:AppliedBandwidthSource", l.BandwidthSource)
	w.end("MediaLine")
}

func (w *writer) description(d *Description) {
	w.start("Description")
	w.start("Connectivity")
	w.leaf("Ice", d.ICE)
	if d.ICEWarning != 0 {
		w.leaf("IceWarningFlags", strconv.FormatUint(uint64(d.ICEWarning), 10))
	}
	w.address("RelayAddress", &d.Relay)
	w.end("Connectivity")
	w.leaf("Security", d.Security)
	w.leaf("Offerer", strconv.FormatBool(d.Offerer))
	w.leaf("Transport", d.Transport)
	w.start("NetworkConnectivityInfo")
	w.leaf("NetworkConnection", d.Network)
	w.leaf("VPN", strconv.FormatBool(d.VPN))
	w.leaf("LinkSpeed", amount(d.LinkSpeed))
	w.leaf("v2:BSSID", d.BSSID)
	w.leaf("v3:NetworkConnectionDetails", d.NetworkDetail)
	w.leaf("v3:WifiDriverDeviceDesc", d.WifiDriver)
	w.leaf("v3:WifiDriverVersion", d.WifiVersion)
	w.end("NetworkConnectivityInfo")
	w.address("LocalAddr", &d.Local)
	w.address("RemoteAddr", &d.Remote)
	w.device("CaptureDev", d.Capture)
	w.device("RenderDev", d.Render)
	w.address("v3:ReflexiveLocalIPAddress", &d.Reflexive)
	w.leaf("v3:MidCallReport", yes(d.MidCall))
	w.leaf("v4:WifiRadioType", d.WifiRadio)
	w.leaf("v4:WifiRSSI", amount(d.WifiRSSI))
	w.leaf("v4:SSID", d.SSID)
	w.leaf("v4:WifiChannel", count(d.WifiChannel))
	w.leaf("v4:WifiHandovers", count(d.WifiHandovers))
	w.end("Description")
}

func (w *writer) address(name string, a *Address) {
	if *a == (Address{}) {
		return
	}
	w.start(name)
	w.leaf("IPAddr", a.IP)
	w.leaf("Port", count(a.Port))
	w.leaf("Inside", strconv.FormatBool(a.Inside))
	w.leaf("SubnetMask", a.SubnetMask)
	w.leaf("v2:MACAddr", a.MAC)
	w.end(name)
}

func (w *writer) device(name string, d Device) {
	if d == (Device{}) {
		return
	}
	w.start(name)
	w.leaf("Name", d.Name)
	w.leaf("Driver", d.Driver)
	w.end(name)
}

func (w *writer) stream(name string, s *Stream) {
	if s == nil {
		return
	}
	w.start(name)
	if s.PayloadType >= 0 || s.Codec != "" || s.SampleRate != 0 || s.FEC || s.Resolution != "" {
		kind := "Audio"
		if s.Resolution != "" {
			kind = "Video"
		}
		w.start("Payload")
		w.start(kind)
		if s.PayloadType >= 0 {
			w.leaf("PayloadType", strconv.Itoa(s.PayloadType))
		}
		w.leaf("PayloadDescription", s.Codec)
		w.leaf("SampleRate", count(s.SampleRate))
		w.leaf("Resolution", s.Resolution)
		w.leaf("v2:AudioFECUsed", yes(s.FEC))
		w.end(kind)
		w.end("Payload")
	}
	w.numbers(&s.Numbers, 0, streamFields)
	w.end(name)
}

// numbers writes the fields from first up to last, opening and closing the
// elements around them. The table has them in the order of their places.
func (w *writer) numbers(n *Numbers, first, last Field) {
	var open []string
	for f := first; f < last; f++ {
		v, ok := n.Get(f)
		if !ok {
			continue
		}
		p := &places[f]
		var path []string
		if p.path != "" {
			path = strings.Split(p.path, "/")
		}
		shared := 0
		for shared < min(len(open), len(path)) && open[shared] == path[shared] {
			shared++
		}
		w.closeTo(open, shared)
		for _, name := range path[shared:] {
			w.start(qualified(name))
		}
		open = path
		name := p.name
		if p.ns != "" {
			name = p.ns + ":" + name
		}
		w.leaf(name, strconv.FormatFloat(v, 'f', -1, 64))
	}
	w.closeTo(open, 0)
}

func (w *writer) closeTo(open []string, depth int) {
	for i := len(open) - 1; i >= depth; i-- {
		w.end(qualified(open[i]))
	}
}

// qualified puts the prefix before the elements that a later generation brought.
func qualified(name string) string {
	switch name {
	case "RelativeOneWay", "ApplicationSharing", "SpoiledTilePercent", "RDPTileProcessingLatency", "IncomingFrameRate", "OutgoingFrameRate":
		return "v3:" + name
	case "LocalClientEvent":
		return "v2:" + name
	}
	return name
}

// Append writes the rating and returns the extended buffer.
func (f *Feedback) Append(dst []byte) []byte {
	w := writer{b: dst}
	w.b = append(w.b, `<?xml version="1.0" encoding="utf-8"?>`...)
	w.start("CallQualityFeedbackReport", "xmlns", "ms-cqf", "CallId", f.CallID, "FromTag", f.FromTag, "ToTag", f.ToTag,
		"Start", stamp(f.Start), "End", stamp(f.End))
	w.leaf("ReportingUserURI", f.User)
	w.leaf("Rating", strconv.Itoa(f.Rating))
	w.leaf("Feedback", f.Text)
	if len(f.Tokens) > 0 {
		w.start("Tokens")
		for _, t := range f.Tokens {
			w.start("Token")
			w.leaf("Id", strconv.Itoa(t.ID))
			w.leaf("Value", strconv.Itoa(t.Value))
			w.end("Token")
		}
		w.end("Tokens")
	}
	w.end("CallQualityFeedbackReport")
	return w.b
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.999Z07:00")
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func amount(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func yes(b bool) string {
	if b {
		return "true"
	}
	return ""
}
