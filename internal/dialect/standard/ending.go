package standard

import (
	"slices"
	"strconv"

	"parley/internal/dialect"
)

// Ending returns the header fields that tell a standard endpoint why the other side ended: its Reason values as they came,
// and a Microsoft diagnostic in the words and a parameter of the SIP one (RFC 3326).
func Ending(e dialect.Ending) []dialect.Field {
	reasons := slices.Clone(e.Reasons)
	for _, d := range e.Diagnostics {
		if number, text := dialect.Diagnostic(d.Value); number != 0 {
			reasons = withDiagnostic(reasons, causeOf(number), number, text)
			break
		}
	}
	fields := make([]dialect.Field, 0, len(reasons))
	for _, r := range reasons {
		fields = append(fields, dialect.Field{Name: "Reason", Value: r})
	}
	return fields
}

// withDiagnostic puts a diagnostic's number into the SIP value, which is made when there is none. The parameter of a value
// that has one already stays.
func withDiagnostic(reasons []string, cause, number int, text string) []string {
	i := dialect.ReasonOf(reasons, "SIP")
	if i < 0 {
		i = len(reasons)
		reasons = append(reasons, dialect.Reason("SIP", cause, text))
	}
	if _, has := dialect.ReasonText(reasons[i]); has == 0 {
		reasons[i] += ";" + dialect.DiagnosticParam + "=" + strconv.Itoa(number)
	}
	return reasons
}

// causeOf is the SIP status that says what a Lync-dialect client's diagnostic says; 0 for those that no status fits, since a
// Reason need not have a cause.
func causeOf(diagnostic int) int {
	switch {
	case diagnostic >= 20 && diagnostic < 35: // media connectivity, by where the two endpoints are
		return 488
	case diagnostic == 7008, diagnostic == 52017, diagnostic == 52063: // description, encryption
		return 488
	}
	return 0
}
