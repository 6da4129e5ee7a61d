package rtcpxr

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Append writes the report as RFC 6035 section 4.6 has it and returns the
// extended buffer. Text must not hold line breaks: they are dropped.
func (r *Report) Append(dst []byte) []byte {
	w := writer{b: dst}
	switch r.Kind {
	case Interval:
		w.b = append(w.b, "VQIntervalReport"...)
	case Alert:
		w.b = append(w.b, "VQAlertReport:"...)
		w.pair("Type", r.AlertType)
		w.pair("Severity", r.AlertSeverity)
		w.pair("Dir", r.AlertDir)
	default:
		w.b = append(w.b, "VQSessionReport"...)
	}
	if r.CallTerm {
		w.b = append(w.b, ": CallTerm"...)
	}
	w.end()
	w.line("CallID", r.CallID)
	w.line("LocalID", r.LocalID)
	w.line("RemoteID", r.RemoteID)
	w.line("OrigID", r.OrigID)
	w.line("LocalGroup", r.LocalGroup)
	w.line("RemoteGroup", r.RemoteGroup)
	w.addr("LocalAddr", r.LocalAddr)
	w.line("LocalMAC", r.LocalMAC)
	w.addr("RemoteAddr", r.RemoteAddr)
	w.line("RemoteMAC", r.RemoteMAC)
	w.section("LocalMetrics", r.Local)
	w.section("RemoteMetrics", r.Remote)
	if r.UserAgent != "" {
		w.line("x-UserAgent", r.UserAgent)
	}
	if d := r.Dialog; d.CallID != "" {
		w.line("DialogID", fmt.Sprintf("%s;to-tag=%s;from-tag=%s", d.CallID, d.ToTag, d.FromTag))
	}
	return w.b
}

type writer struct{ b []byte }

func (w *writer) end() { w.b = append(w.b, "\r\n"...) }

// clean drops what would end the line.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

func (w *writer) line(name, value string) {
	if value == "" {
		return
	}
	w.b = append(w.b, name...)
	w.b = append(w.b, ": "...)
	w.b = append(w.b, clean(value)...)
	w.end()
}

func (w *writer) pair(name, value string) {
	if value == "" {
		return
	}
	value = strings.ReplaceAll(clean(value), `"`, "")
	if strings.ContainsAny(value, " \t,;=") {
		value = `"` + value + `"`
	}
	w.b = append(w.b, ' ')
	w.b = append(w.b, name...)
	w.b = append(w.b, '=')
	w.b = append(w.b, value...)
}

func (w *writer) addr(name string, a Addr) {
	if !a.Addr.IsValid() && a.Port == 0 && a.SSRC == 0 {
		return
	}
	w.b = append(w.b, name...)
	w.b = append(w.b, ':')
	if a.Addr.IsValid() {
		w.pair("IP", a.Addr.String())
	}
	w.pair("PORT", strconv.Itoa(int(a.Port)))
	w.pair("SSRC", fmt.Sprintf("0x%08x", a.SSRC))
	w.end()
}

func (w *writer) section(name string, m *Metrics) {
	if m == nil {
		return
	}
	w.b = append(w.b, name...)
	w.b = append(w.b, ':')
	w.end()
	w.b = append(w.b, "Timestamps:"...)
	w.pair("START", stamp(m.Start))
	w.pair("STOP", stamp(m.Stop))
	w.end()
	w.codec(m.Codec)
	open := ""
	for f := range fieldCount {
		v, ok := m.Get(f)
		if !ok {
			continue
		}
		if fields[f].line != open {
			if open != "" {
				w.end()
			}
			open = fields[f].line
			w.b = append(w.b, open...)
			w.b = append(w.b, ':')
		}
		w.pair(fields[f].name, strconv.FormatFloat(v, 'f', fields[f].digits, 64))
	}
	if open != "" {
		w.end()
	}
}

func (w *writer) codec(c Codec) {
	if c.PayloadType < 0 && c.Name == "" {
		return
	}
	w.b = append(w.b, "SessionDesc:"...)
	if c.PayloadType >= 0 {
		w.pair("PT", strconv.Itoa(c.PayloadType))
	}
	w.pair("PD", c.Name)
	if c.SampleRate > 0 {
		w.pair("SR", strconv.Itoa(c.SampleRate))
	}
	w.pair("FMTP", c.FMTP)
	w.end()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return t.UTC().Format("2006-01-02T15:04:05.999Z07:00")
}
