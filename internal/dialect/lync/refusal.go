package lync

import (
	"fmt"
	"strings"

	"parley/internal/dialect"
	"parley/internal/wire/sip"
)

// Default numbers of our ms-diagnostics, which are outside of Microsoft's ranges.
const (
	diagnosticRefused  = 90100 // the other side's status follows in the text
	diagnosticEncoding = 90101 // no format in common
	diagnosticEnded    = 90102 // the other side's reason for ending the call follows in the text
)

// doNotDisturb is the warn-code that tells that the user does not want to be disturbed.
const doNotDisturb = "391"

// Refusal returns the status and header fields that tell a Lync-dialect client why a call failed. Source is the server's
// name in the diagnostics.
func Refusal(f dialect.Failure, source string) (code int, fields []dialect.Field) {
	code, diagnostic := f.Code, diagnosticRefused
	switch f.Code {
	case 300, 301, 302, 305, 380, // the client does not follow: it takes all below 400 for an answer
		408, 410, 484, 485:
		code = 480 // "not available": the client shows other codes as raw text
	case 604:
		code = 404
	case 606, 415:
		// The client takes 415 and 488 as a wish for the other ICE version and tries once more.
		code, diagnostic = 488, diagnosticEncoding
	case 488:
		diagnostic = diagnosticEncoding
	case 600:
		code = 486
	}
	if f.DoNotDisturb {
		code = 480
		fields = append(fields, dialect.Field{Name: "Warning", Value: doNotDisturb + ` ` + source + ` "User does not want to be disturbed"`})
	}
	if f.Diagnostic != 0 {
		diagnostic = f.Diagnostic
	}
	text := f.Text
	if text == "" {
		text = sip.StatusText(f.Code)
	}
	if len(f.Contacts) > 0 {
		text += " to " + f.Contacts[0]
	}
	return code, append(fields, diagnosticField(diagnostic, fmt.Sprintf("%d %s", f.Code, text), source))
}

// ReadRefusal understands a Lync-dialect client's or server's refusal.
func ReadRefusal(res *sip.Message) dialect.Failure {
	f := dialect.Failure{Code: res.StatusCode(), Text: res.Reason()}
	for _, w := range res.List("Warning") {
		if number, _, _ := strings.Cut(w, " "); number == doNotDisturb {
			f.DoNotDisturb = true
		}
	}
	switch f.Code {
	case 605: // Microsoft's "decline everywhere"
		f.Code = 603
	case 415: // said of the form of a session description, where others say 488
		f.Code = 488
	}
	for _, name := range []string{"ms-client-diagnostics", "ms-diagnostics"} {
		number, text := dialect.Diagnostic(res.Get(name))
		if number == 0 {
			continue
		}
		f.Diagnostic = number
		if text != "" {
			f.Text = text
		}
	}
	return f
}
