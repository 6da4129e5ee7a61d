package lync

import (
	"fmt"

	"parley/internal/dialect"
	"parley/internal/wire/sip"
)

// Ending returns the header fields that tell a Lync-dialect client why the other side ended: its diagnostics as they came,
// or one made of its Reason, which goes along. source is the server's name in the diagnostic.
func Ending(e dialect.Ending, source string) []dialect.Field {
	fields := make([]dialect.Field, 0, len(e.Reasons)+len(e.Diagnostics)+1)
	for _, r := range e.Reasons {
		fields = append(fields, dialect.Field{Name: "Reason", Value: r})
	}
	fields = append(fields, e.Diagnostics...)
	if len(e.Diagnostics) > 0 || len(e.Reasons) == 0 {
		return fields
	}
	words, number := "", 0
	for _, r := range e.Reasons {
		text, n := dialect.ReasonText(r)
		if words == "" {
			words = text
		}
		if number == 0 {
			number = n
		}
	}
	if words == "" {
		words = e.Reasons[0]
	}
	if number == 0 {
		number = diagnosticEnded
	}
	return append(fields, diagnosticField(number, words, source))
}

func diagnosticField(number int, words, source string) dialect.Field {
	return dialect.Field{Name: "ms-diagnostics", Value: fmt.Sprintf("%d;reason=%s;source=%s", number, sip.Quote(words), sip.Quote(source))}
}
