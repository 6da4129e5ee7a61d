package standard

import (
	"fmt"

	"parley/internal/dialect"
	"parley/internal/wire/sip"
)

// Refusal returns the status and header fields that tell a standard endpoint why a call failed (Reason: RFC 3326).
func Refusal(f dialect.Failure) (code int, fields []dialect.Field) {
	code = f.Code
	switch {
	case f.DoNotDisturb:
		code = 486
	case code == 605:
		code = 603
	}
	if f.Text != "" && (code != f.Code || f.Text != sip.StatusText(f.Code)) || code != f.Code {
		text := f.Text
		if text == "" {
			text = sip.StatusText(f.Code)
		}
		fields = append(fields, dialect.Field{Name: "Reason", Value: Reason(f.Code, text)})
	}
	return code, fields
}

// Reason is the value of a Reason field for a SIP status.
func Reason(code int, text string) string {
	return fmt.Sprintf("SIP;cause=%d;text=%s", code, sip.Quote(text))
}

// ReadRefusal understands a standard endpoint's refusal.
func ReadRefusal(res *sip.Message) dialect.Failure {
	return dialect.Failure{Code: res.StatusCode(), Text: res.Reason()}
}
