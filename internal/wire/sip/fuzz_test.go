package sip

import (
	"bytes"
	"os"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, path := range corpus(f, "lync", "rfc4475") {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Parse(bytes.Clone(raw))
		if err != nil {
			return
		}
		out := m.Bytes()
		if !bytes.HasPrefix(raw, out) {
			t.Fatalf("serialised as %q", out)
		}
		Check(m)
		m.Contacts()
		m.Routes()
		if m.IsRequest() {
			res := NewResponse(m, 200, "")
			res.SetTag("t")
			if _, err := Parse(res.Bytes()); err != nil {
				t.Fatalf("own response unreadable: %v\n%q", err, res.Bytes())
			}
		}
		m.Set("To", m.Get("To"))
		m.Prepend("Via", "SIP/2.0/TCP x;branch=z9hG4bK1")
		m.SetBody("text/plain", []byte("x"))
		if _, err := Parse(m.Bytes()); err != nil {
			t.Fatalf("edited message unreadable: %v\n%q", err, m.Bytes())
		}
	})
}

func FuzzAddr(f *testing.F) {
	for _, seed := range []string{`"A \" B" <sip:a@b;x=1?h=2>;tag=3`, "sip:a@b;tag=1", "<tel:+1;ext=2>", "*", `x <sip:a@[::1]:5060>;+sip.instance="<u>"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddr(s)
		if err != nil {
			return
		}
		again, err := ParseAddr(a.String())
		if err != nil {
			t.Fatalf("%q written as %q: %v", s, a, err)
		}
		if again.URI != a.URI {
			t.Fatalf("%q: %+v became %+v", s, a.URI, again.URI)
		}
	})
}
