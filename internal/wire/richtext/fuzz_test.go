package richtext

import (
	"strings"
	"testing"
	"unicode"
)

func FuzzRead(f *testing.F) {
	for _, body := range hostile {
		f.Add("text/html", []byte(body))
		f.Add("text/rtf", []byte(body))
	}
	f.Add("text/plain;msgr="+(Style{Bold: true}).msgr(true), []byte("a\r\nb"))
	f.Add(`multipart/alternative;boundary="b"`, []byte("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>y\r\n--b--\r\n"))
	f.Add("message/cpim", CPIM{From: "a", To: "b", ContentType: "text/html", Body: []byte("<u>z")}.Bytes())
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		d, err := Read(contentType, body)
		if err != nil {
			return
		}
		checkInert(t, d, string(body))
		for _, l := range d.Lines {
			for _, r := range l.Runs {
				if strings.ContainsFunc(r.Text, func(c rune) bool { return c != '\t' && unicode.IsControl(c) }) {
					t.Fatalf("control character in %q", r.Text)
				}
			}
		}
		// What is written reads back as the same text, in either form.
		for _, p := range []Part{d.ForLync(), d.ForStandard()} {
			again, err := Read(p.ContentType, p.Body)
			if err != nil && len(p.Body) <= MaxBody {
				t.Fatalf("read back %s: %v", p.ContentType, err)
			}
			if err == nil && strings.HasPrefix(p.ContentType, "text/plain") && again.Plain() != d.Plain() {
				t.Fatalf("%q became %q", d.Plain(), again.Plain())
			}
		}
	})
}

func FuzzParseEmbedded(f *testing.F) {
	f.Add("text/plain; charset=UTF-8;msgr=WAA;ms-body=aGk=")
	f.Fuzz(func(t *testing.T, value string) {
		if p, ok, err := ParseEmbedded(value); err == nil && ok {
			_, _ = Read(p.ContentType, p.Body)
		}
	})
}

func FuzzParseTyping(f *testing.F) {
	f.Add(Typing{Active: true, Refresh: DefaultRefresh}.Composing())
	f.Add(Typing{}.Keyboard())
	f.Fuzz(func(t *testing.T, body []byte) { _, _ = ParseTyping(body) })
}
