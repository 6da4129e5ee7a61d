package dialect

import (
	"strings"
	"testing"

	"parley/internal/wire/sip"
)

func TestReadEndingIsBounded(t *testing.T) {
	m := sip.NewRequest("BYE", "sip:a@parley.test")
	m.Add("Reason", `SIP;cause=480;text="a, b", SIP;cause=486`) // one of each protocol (RFC 3326 section 2)
	m.Add("Reason", "X;text="+strings.Repeat("x", 600))
	m.Add("ms-diagnostics", "1;reason=\""+strings.Repeat("x", 600)+`"`)
	for _, p := range "abcdefghijkl" {
		m.Add("Reason", string(p)+";cause=1")
	}
	e := ReadEnding(m)
	if len(e.Reasons) != maxReasons || e.Reasons[0] != `SIP;cause=480;text="a, b"` || e.Reasons[1] != "a;cause=1" || len(e.Diagnostics) != 0 || e.String() != "a, b" {
		t.Errorf("%q %q %q", e.Reasons, e.Diagnostics, e)
	}
}

func TestEndingInWords(t *testing.T) {
	for want, e := range map[string]Ending{
		"":                {},
		"Q.850;cause=16":  {Reasons: []string{"Q.850;cause=16"}},
		"No answer":       Ended(480, "No answer"),
		"Encryption":      {Diagnostics: []Field{{"ms-diagnostics", `52017;reason="Encryption"`}}, Reasons: []string{`SIP;text="x"`}},
		`of "both" sides`: {Reasons: []string{`Q.850;cause=16`, Reason("SIP", 200, `of "both" sides`)}},
	} {
		if got := e.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if n, text := Diagnostic("x;reason=\"y\""); n != 0 || text != "" {
		t.Errorf("%d %q", n, text)
	}
}
