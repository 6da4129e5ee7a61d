package sip

import (
	"bytes"
	"os"
	"testing"
)

// BenchmarkParse locates the headers of a 1.2 KB request of a Lync client.
func BenchmarkParse(b *testing.B) {
	raw, err := os.ReadFile("testdata/lync/register.sip")
	if err != nil {
		b.Fatal(err)
	}
	raw = bytes.Replace(raw, []byte("Content-Length: 0"), append([]byte("ms-filler: "), append(bytes.Repeat([]byte("x"), 1200-len(raw)-13), "\r\nContent-Length: 0"...)...), 1)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	var m Message
	for b.Loop() {
		if err := m.Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkForward parses a request, changes it as a proxy does and serialises it.
func BenchmarkForward(b *testing.B) {
	raw, err := os.ReadFile("testdata/lync/register.sip")
	if err != nil {
		b.Fatal(err)
	}
	out := make([]byte, 0, 4096)
	b.ReportAllocs()
	var m Message
	for b.Loop() {
		if err := m.Parse(raw); err != nil {
			b.Fatal(err)
		}
		m.Prepend("Via", "SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKabcdef")
		m.Set("Max-Forwards", "69")
		out = m.Append(out[:0])
	}
}
