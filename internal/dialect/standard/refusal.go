package standard

import (
	"slices"

	"parley/internal/dialect"
	"parley/internal/wire/sip"
)

// Refusal returns the status and header fields that tell a standard endpoint why a call failed (Reason: RFC 3326).
func Refusal(f dialect.Failure) (code int, fields []dialect.Field) {
	code = f.Code
	for _, contact := range f.Contacts {
		fields = append(fields, dialect.Field{Name: "Contact", Value: contact})
	}
	switch {
	case f.DoNotDisturb:
		code = 486
	case code == 605:
		code = 603
	}
	reasons := slices.Clone(f.Reasons)
	if (f.Text != "" && f.Text != sip.StatusText(f.Code) || code != f.Code) && dialect.ReasonOf(reasons, "SIP") < 0 {
		text := f.Text
		if text == "" {
			text = sip.StatusText(f.Code)
		}
		reasons = append(reasons, dialect.Reason("SIP", f.Code, text))
	}
	if f.Diagnostic != 0 {
		reasons = withDiagnostic(reasons, f.Code, f.Diagnostic, f.Text)
	}
	for _, r := range reasons {
		fields = append(fields, dialect.Field{Name: "Reason", Value: r})
	}
	return code, fields
}

// ReadRefusal understands a standard endpoint's refusal.
func ReadRefusal(res *sip.Message) dialect.Failure {
	f := dialect.Failure{Code: res.StatusCode(), Text: res.Reason(), Reasons: dialect.ReadReasons(res)}
	if i := dialect.ReasonOf(f.Reasons, "SIP"); i >= 0 {
		text, diagnostic := dialect.ReasonText(f.Reasons[i])
		if text != "" {
			f.Text = text
		}
		f.Diagnostic = diagnostic
	}
	return f
}
