package qoe

import (
	"fmt"
	"strings"
)

// reportTree is the tree of a metric report; built once, never changed.
var reportTree = newReportTree()

func newReportTree() *node {
	root := &node{enter: func(p *parser) error {
		p.event.Version, p.event.SchemaVersion = cut(p.attr("Version")), cut(p.attr("SchemaVersion"))
		return nil
	}}
	session := root.at("VQSessionReport")
	session.enter = func(p *parser) error { return p.openReport(false) }
	session.at("Endpoint").enter = (*parser).endpoint
	session.at("DialogInfo").enter = (*parser).dialog
	for name, dst := range map[string]func(d *DialogInfo) *string{
		"DialogCategory":   func(d *DialogInfo) *string { return &d.Category },
		"CorrelationID":    func(d *DialogInfo) *string { return &d.CorrelationID },
		"FromURI":          func(d *DialogInfo) *string { return &d.FromURI },
		"ToURI":            func(d *DialogInfo) *string { return &d.ToURI },
		"LocalContactURI":  func(d *DialogInfo) *string { return &d.LocalContactURI },
		"RemoteContactURI": func(d *DialogInfo) *string { return &d.RemoteContactURI },
		"LocalUserAgent":   func(d *DialogInfo) *string { return &d.LocalUserAgent },
		"RemoteUserAgent":  func(d *DialogInfo) *string { return &d.RemoteUserAgent },
		"LocalPAI":         func(d *DialogInfo) *string { return &d.LocalPAI },
		"RemotePAI":        func(d *DialogInfo) *string { return &d.RemotePAI },
		"ConfURI":          func(d *DialogInfo) *string { return &d.ConferenceURI },
	} {
		session.at("DialogInfo/" + name).leaf = func(p *parser, text []byte) error {
			*dst(&p.report.Dialog) = cut(string(text))
			return nil
		}
	}
	flag(session.at("DialogInfo/Caller"), "Caller", func(p *parser) *bool { return &p.report.Dialog.Caller })
	flag(session.at("DialogInfo/RegisteredInside"), "RegisteredInside", func(p *parser) *bool { return &p.report.Dialog.RegisteredInside })
	mediaLine(session.at("MediaLine"))

	interval := *session
	interval.enter = func(p *parser) error { return p.openReport(true) }
	root.children["VQSessionIntervalReport"] = &interval
	return root
}

func (p *parser) openReport(interval bool) error {
	if len(p.event.Reports) == maxReports {
		return fmt.Errorf("%w: more than %d reports in one document", ErrSchema, maxReports)
	}
	p.event.Reports = append(p.event.Reports, Report{Interval: interval, SessionID: cut(p.attr("SessionId"))})
	p.report = &p.event.Reports[len(p.event.Reports)-1]
	return nil
}

func (p *parser) endpoint() error {
	e := &p.report.Endpoint
	e.Name, e.OS, e.CPU = cut(p.attr("Name")), cut(p.attr("OS")), cut(p.attr("CPUName"))
	for name, dst := range map[string]*int{"CPUNumberOfCores": &e.Cores, "CPUProcessorSpeed": &e.MHz, "VirtualizationFlag": &e.Virtualization} {
		if err := p.optional(name, dst); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) dialog() (err error) {
	d := &p.report.Dialog
	d.CallID, d.FromTag, d.ToTag = cut(p.attr("CallId")), cut(p.attr("FromTag")), cut(p.attr("ToTag"))
	if d.Start, err = p.dateTime("Start"); err != nil {
		return err
	}
	d.End, err = p.dateTime("End")
	return err
}

// mediaLine fills in the tree below a MediaLine.
func mediaLine(n *node) {
	n.enter = func(p *parser) error {
		if len(p.report.Lines) == maxLines {
			return fmt.Errorf("%w: more than %d media lines in one report", ErrSchema, maxLines)
		}
		p.report.Lines = append(p.report.Lines, MediaLine{Label: cut(p.attr("Label"))})
		p.line = &p.report.Lines[len(p.report.Lines)-1]
		return nil
	}
	description(n.at("Description"))
	in, out := n.at("InboundStream"), n.at("OutboundStream")
	in.enter = func(p *parser) error { p.stream = openStream(&p.line.Inbound); return nil }
	out.enter = func(p *parser) error { p.stream = openStream(&p.line.Outbound); return nil }
	for f := range Field(streamFields) {
		in.at(places[f].path + "/" + places[f].name).leaf = number(f, func(p *parser) *Numbers { return &p.stream.Numbers })
	}
	for f := streamFields; f < fieldCount; f++ {
		n.at(places[f].path + "/" + places[f].name).leaf = number(f, func(p *parser) *Numbers { return &p.line.Line })
	}
	text(n.at("AppliedBandwidthSource"), func(p *parser) *string { return &p.line.BandwidthSource })
	for _, kind := range []string{"Audio", "Video", "ApplicationSharing"} {
		payload := in.at("Payload/" + kind)
		whole(payload.at("PayloadType"), "PayloadType", func(p *parser) *int { return &p.stream.PayloadType })
		text(payload.at("PayloadDescription"), func(p *parser) *string { return &p.stream.Codec })
		whole(payload.at("SampleRate"), "SampleRate", func(p *parser) *int { return &p.stream.SampleRate })
		text(payload.at("Resolution"), func(p *parser) *string { return &p.stream.Resolution })
		flag(payload.at("AudioFECUsed"), "AudioFECUsed", func(p *parser) *bool { return &p.stream.FEC })
	}
	out.children = in.children
}

func openStream(dst **Stream) *Stream {
	if *dst == nil {
		*dst = &Stream{PayloadType: -1}
	}
	return *dst
}

func number(f Field, dst func(p *parser) *Numbers) func(p *parser, text []byte) error {
	name := strings.TrimPrefix(places[f].path+"/"+places[f].name, "/")
	return func(p *parser, text []byte) error {
		v, err := decimal(name, text)
		if err == nil {
			dst(p).Put(f, v)
		}
		return err
	}
}

func text(n *node, dst func(p *parser) *string) {
	n.leaf = func(p *parser, text []byte) error {
		*dst(p) = cut(string(text))
		return nil
	}
}

func flag(n *node, name string, dst func(p *parser) *bool) {
	n.leaf = func(p *parser, text []byte) (err error) {
		*dst(p), err = boolean(name, text)
		return err
	}
}

func whole(n *node, name string, dst func(p *parser) *int) {
	n.leaf = func(p *parser, text []byte) (err error) {
		*dst(p), err = integer(name, text)
		return err
	}
}
