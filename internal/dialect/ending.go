package dialect

import (
	"strconv"
	"strings"

	"parley/internal/wire/sip"
)

// Ending is why one side ended a call or took its invitation back, as BYE and CANCEL tell it.
type Ending struct {
	Reasons     []string // values of Reason (RFC 3326 section 2), at most one of each protocol
	Diagnostics []Field  // ms-diagnostics and its kin, as they came
}

// DiagnosticParam is the parameter of a Reason value that carries the number of a Microsoft diagnostic to the standard
// dialect and back: RFC 3326 allows further parameters, and who does not know this one passes it by.
const DiagnosticParam = "ms-diagnostics"

// DiagnosticFields are the header fields that tell diagnostics in the Lync dialect, what a client says of itself first.
var DiagnosticFields = [...]string{"ms-client-diagnostics", "ms-diagnostics", "ms-diagnostics-public"}

const (
	maxReasons    = 8   // protocols that have a cause each; more are no longer for people
	maxReasonSize = 512 // bytes of one value that are passed on
)

// Ended is an ending for a SIP status and words.
func Ended(code int, text string) Ending {
	return Ending{Reasons: []string{Reason("SIP", code, text)}}
}

// Reason writes a value of Reason. Cause 0 leaves the cause away, which RFC 3326 allows.
func Reason(protocol string, cause int, text string) string {
	v := protocol
	if cause != 0 {
		v += ";cause=" + strconv.Itoa(cause)
	}
	if text != "" {
		v += ";text=" + sip.Quote(text)
	}
	return v
}

// ReadEnding understands the header fields of either dialect; a message without any gives the zero Ending. What is too long
// to be for people is left out.
func ReadEnding(m *sip.Message) Ending {
	e := Ending{Reasons: ReadReasons(m)}
	for _, name := range DiagnosticFields {
		if v := m.Get(name); v != "" && len(v) <= maxReasonSize {
			e.Diagnostics = append(e.Diagnostics, Field{Name: name, Value: strings.Clone(v)})
		}
	}
	return e
}

// ReadReasons returns the values of Reason, the first of each protocol.
func ReadReasons(m *sip.Message) []string {
	var out []string
	for _, v := range m.List("Reason") {
		if len(out) < maxReasons && len(v) <= maxReasonSize && ReasonOf(out, ReasonProtocol(v)) < 0 {
			out = append(out, strings.Clone(v))
		}
	}
	return out
}

// ReasonProtocol is the protocol that the cause of a Reason value belongs to: SIP, Q.850 ...
func ReasonProtocol(value string) string {
	protocol, _, _ := strings.Cut(value, ";")
	return strings.TrimSpace(protocol)
}

// ReasonOf is the index of a protocol's value, -1 for none.
func ReasonOf(values []string, protocol string) int {
	for i, v := range values {
		if strings.EqualFold(ReasonProtocol(v), protocol) {
			return i
		}
	}
	return -1
}

// ReasonText is the words of a Reason value, and its Microsoft diagnostic if it carries one.
func ReasonText(value string) (text string, diagnostic int) {
	_, params, _ := strings.Cut(value, ";")
	p := sip.Params(";" + params)
	text, _ = p.Get("text")
	if v, ok := p.Get(DiagnosticParam); ok {
		if n, err := strconv.Atoi(v); err == nil && n > 0 {
			diagnostic = n
		}
	}
	return text, diagnostic
}

// Diagnostic reads the number and the words of a diagnostic field's value; 0 when it has none.
func Diagnostic(value string) (number int, text string) {
	digits, params, _ := strings.Cut(value, ";")
	number, err := strconv.Atoi(strings.TrimSpace(digits))
	if err != nil || number <= 0 {
		return 0, ""
	}
	text, _ = sip.Params(";" + params).Get("reason")
	return number, text
}

// String is the ending in words, for logs and records; "" when nothing was said.
func (e Ending) String() string {
	for _, d := range e.Diagnostics {
		if _, text := Diagnostic(d.Value); text != "" {
			return text
		}
	}
	for _, r := range e.Reasons {
		if text, _ := ReasonText(r); text != "" {
			return text
		}
	}
	if len(e.Reasons) > 0 {
		return e.Reasons[0]
	}
	return ""
}
