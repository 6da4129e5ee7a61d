package rtcpxr

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Limits of what Parse takes.
const (
	MaxBody  = 64 << 10
	maxLines = 512
)

// ErrTooLarge says that a body is longer than MaxBody.
var ErrTooLarge = errors.New("report is larger than 64 KiB")

// Parse reads the body of one report. What it does not know is skipped. It
// tolerates what phones do: blanks around colons and equal signs or none, LF
// without CR, any order of lines, FromID and ToID of the early drafts, SSRC in
// any notation, "unavailable" numbers. It refuses a body without a Call-ID, a
// number that is none and a first line that is no report's.
func Parse(body []byte) (*Report, error) {
	if len(body) > MaxBody {
		return nil, ErrTooLarge
	}
	p := parser{report: &Report{}}
	rest := string(body)
	for n := 0; rest != ""; n++ {
		if n == maxLines {
			return nil, fmt.Errorf("report has more than %d lines", maxLines)
		}
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, err
		}
	}
	switch r := p.report; {
	case r.Kind == 0:
		return nil, errors.New("report is empty")
	case r.CallID == "" && r.Dialog.CallID == "":
		return nil, errors.New("report has no CallID, so it cannot be matched to a call")
	case r.CallID == "":
		r.CallID = r.Dialog.CallID
	}
	return p.report, nil
}

type parser struct {
	report  *Report
	section *Metrics // the metrics section that the current line is in
}

// line reads one "Name: value" line.
func (p *parser) line(line string) error {
	name, value, _ := strings.Cut(line, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if p.report.Kind == 0 {
		return p.first(name, value)
	}
	r := p.report
	switch strings.ToLower(name) {
	case "callid":
		r.CallID = value
	case "localid", "fromid":
		r.LocalID = value
	case "remoteid", "toid":
		r.RemoteID = value
	case "origid":
		r.OrigID = value
	case "localgroup":
		r.LocalGroup = value
	case "remotegroup":
		r.RemoteGroup = value
	case "localmac":
		r.LocalMAC = value
	case "remotemac":
		r.RemoteMAC = value
	case "localaddr", "remoteaddr":
		a, err := parseAddr(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if strings.EqualFold(name, "localaddr") {
			r.LocalAddr = a
		} else {
			r.RemoteAddr = a
		}
	case "localmetrics":
		r.Local = openSection(r.Local)
		p.section = r.Local
	case "remotemetrics":
		r.Remote = openSection(r.Remote)
		p.section = r.Remote
	case "dialogid":
		r.Dialog = parseDialog(value)
	case "x-useragent":
		r.UserAgent = value
	case "linphoneext":
		p.linphone(value)
	default:
		return p.metrics(name, value)
	}
	return nil
}

func openSection(m *Metrics) *Metrics {
	if m == nil {
		m = &Metrics{Codec: Codec{PayloadType: -1}}
	}
	return m
}

// first reads the line that tells the kind, for example "VQSessionReport:
// CallTerm" or "VQAlertReport: Type=NLR Severity=Critical Dir=local".
func (p *parser) first(name, value string) error {
	r := p.report
	switch strings.ToLower(name) {
	case "vqsessionreport":
		r.Kind = Session
	case "vqintervalreport":
		r.Kind = Interval
	case "vqalertreport":
		r.Kind = Alert
		for k, v := range parameters(value) {
			switch strings.ToLower(k) {
			case "type":
				r.AlertType = v
			case "severity":
				r.AlertSeverity = v
			case "dir":
				r.AlertDir = v
			}
		}
	default:
		return fmt.Errorf("report begins with %.40q instead of VQSessionReport, VQIntervalReport or VQAlertReport", name)
	}
	r.CallTerm = strings.EqualFold(value, "CallTerm")
	return nil
}

// metrics reads a line of a metrics section. Lines of a report that opens no
// section belong to the local one: some collectors' test tools leave it out.
func (p *parser) metrics(line, value string) error {
	for k, v := range parameters(value) {
		if err := p.parameter(k, v); err != nil {
			return fmt.Errorf("%.40s: %w", line, err)
		}
	}
	return nil
}

func (p *parser) parameter(name, value string) error {
	m := p.section
	if m == nil {
		p.report.Local = openSection(p.report.Local)
		m = p.report.Local
	}
	var err error
	switch strings.ToUpper(name) {
	case "START":
		m.Start, err = parseTime(value)
	case "STOP":
		m.Stop, err = parseTime(value)
	case "PT":
		m.Codec.PayloadType, err = number(name, value)
	case "PD":
		m.Codec.Name = value
	case "SR":
		m.Codec.SampleRate, err = number(name, value)
	case "FMTP":
		m.Codec.FMTP = value
	default:
		f, known := fieldNamed(name)
		if !known {
			return nil
		}
		v, ok := decimal(value)
		if !ok {
			return fmt.Errorf("%s=%.40q is not a number", name, value)
		}
		if none := fields[f].none; none == 0 || v < none {
			m.Put(f, v)
		}
	}
	return err
}

// linphone reads the extension line, of which UA="..." matters.
func (p *parser) linphone(value string) {
	if _, ua, ok := strings.Cut(value, "UA="); ok {
		p.report.UserAgent = strings.Trim(strings.TrimSpace(ua), `"`)
	}
}

func decimal(s string) (float64, bool) {
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

func number(name, value string) (int, error) {
	v, ok := decimal(value)
	if !ok || math.Abs(v) > 1e9 {
		return 0, fmt.Errorf("%s=%.40q is not a number", name, value)
	}
	return int(v), nil
}

// parseTime reads an RFC 3339 time; a reporter that did not know wrote 0.
func parseTime(s string) (time.Time, error) {
	if s == "" || s == "0" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("time %.40q is not as RFC 3339 has it", s)
	}
	return t.UTC(), nil
}

// parseAddr reads "IP=192.0.2.1 PORT=5000 SSRC=0x1a2b".
func parseAddr(s string) (Addr, error) {
	var a Addr
	for k, v := range parameters(s) {
		switch strings.ToUpper(k) {
		case "IP":
			// A phone behind a name or without media says something that is no
			// address: the rest of its report is worth keeping.
			a.Addr, _ = netip.ParseAddr(strings.Trim(v, "[]"))
		case "PORT":
			n, err := strconv.ParseUint(v, 10, 16)
			if err != nil {
				return Addr{}, fmt.Errorf("PORT=%.40q is not a port", v)
			}
			a.Port = uint16(n)
		case "SSRC":
			a.SSRC = parseSSRC(v)
		}
	}
	return a, nil
}

// parseSSRC reads 0x1a2b, decimal, negative decimal (a signed print) or bare
// hexadecimal; anything else is 0, unknown.
func parseSSRC(s string) uint32 {
	if v, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		n, _ := strconv.ParseUint(v, 16, 32)
		return uint32(n)
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= math.MinInt32 && n <= math.MaxUint32 {
		return uint32(n)
	}
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// parseDialog reads "call-id;to-tag=a;from-tag=b", in either order.
func parseDialog(s string) Dialog {
	id, params, _ := strings.Cut(s, ";")
	d := Dialog{CallID: strings.TrimSpace(id)}
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		switch strings.ToLower(k) {
		case "to-tag":
			d.ToTag = v
		case "from-tag":
			d.FromTag = v
		}
	}
	return d
}
