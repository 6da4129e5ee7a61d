package richtext

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func line(runs ...Run) Line { return Line{Runs: runs} }

func TestRead(t *testing.T) {
	bold, red := Style{Bold: true}, Style{Color: Color{Set: true, R: 255}}
	msgr := Style{Bold: true, Italic: true, Font: "Comic Sans", Color: Color{Set: true, R: 255}}
	tests := []struct {
		name, contentType, body string
		want                    Document
	}{
		{"plain", "text/plain", "hello\r\nworld\n", Document{[]Line{line(Run{Text: "hello"}), line(Run{Text: "world"})}}},
		{"no type", "", "x", Document{[]Line{line(Run{Text: "x"})}}},
		{"charset", "text/plain;charset=windows-1252", "caf\xe9 \x80", Document{[]Line{line(Run{Text: "café €"})}}},
		{"bad utf-8", "text/plain; charset=UTF-8", "a\xff", Document{[]Line{line(Run{Text: "a�"})}}},
		{"controls and reading direction", "text/plain", "a\x00\x1b[31mb\u202egnp.exe", Document{[]Line{line(Run{Text: "a[31mbgnp.exe"})}}},
		{"msgr", "text/plain; charset=UTF-8;msgr=" + msgr.msgr(false), "hi", Document{[]Line{line(Run{Text: "hi", Style: msgr})}}},
		{"html", "text/html", "<div>one <b>two</b><br>\n  three&amp;</div>", Document{[]Line{
			line(Run{Text: "one "}, Run{Text: "two", Style: bold}), line(Run{Text: "three&"}),
		}}},
		{"html style", "text/html", `<DIV style="font-family:Segoe UI;color:#ff0000;direction:rtl;font-size:10pt">x</DIV>`, Document{[]Line{
			{RightToLeft: true, Runs: []Run{{Text: "x", Style: Style{Font: "Segoe UI", Size: 10, Color: red.Color}}}},
		}}},
		{"html link", "text/html", `see <a href="https://example.test/a?b=1&amp;c=2">this</a>!`, Document{[]Line{
			line(Run{Text: "see "}, Run{Text: "this", Link: "https://example.test/a?b=1&c=2"}, Run{Text: "!"}),
		}}},
		{"html pre", "text/html", "<pre>a  b\n c</pre>d", Document{[]Line{line(Run{Text: "a  b"}), line(Run{Text: " c"}), line(Run{Text: "d"})}}},
		{"html unbalanced", "text/html", "</b></div><b>a<i>b</b>c", Document{[]Line{
			line(Run{Text: "a", Style: bold}, Run{Text: "b", Style: Style{Bold: true, Italic: true}}, Run{Text: "c"}),
		}}},
		{"rtf", "text/rtf", `{\rtf1\ansi{\fonttbl{\f0\fnil Segoe UI;}}{\colortbl ;\red255\green0\blue0;}{\*\generator Riched20;}\f0\fs20 a {\b b}\par\cf1 \'e9\u8364?\~c\par}`, Document{[]Line{
			line(Run{Text: "a ", Style: Style{Font: "Segoe UI", Size: 10}}, Run{Text: "b", Style: Style{Font: "Segoe UI", Size: 10, Bold: true}}),
			line(Run{Text: "é€\u00a0c", Style: Style{Font: "Segoe UI", Size: 10, Color: red.Color}}),
		}}},
		{"rtf surrogates", "text/rtf", `{\rtf1\uc1 \u-10179?\u-8704?}`, Document{[]Line{line(Run{Text: "😀"})}}},
		{"alternative", `multipart/alternative;boundary="b"`, "--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>html</b>\r\n--b--", Document{[]Line{
			line(Run{Text: "html", Style: bold}),
		}}},
		{"part without header fields", `multipart/alternative;boundary=b`, "--b\n\nplain\n--b--", Document{[]Line{line(Run{Text: "plain"})}}},
		{"cpim", "message/cpim", "From: <sip:a@x>\r\nTo: <sip:b@x>\r\n\r\nContent-Type: text/plain\r\n\r\nhi", Document{[]Line{line(Run{Text: "hi"})}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(tt.contentType, []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for contentType, want := range map[string]error{"image/gif": ErrUnsupported, "application/x-ms-ink": ErrUnsupported, "multipart/mixed": errBoundary} {
		if _, err := Read(contentType, []byte("x")); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", contentType, err, want)
		}
	}
	if _, err := Read("text/plain", make([]byte, MaxBody+1)); !errors.Is(err, ErrTooLong) {
		t.Errorf("oversize: %v", err)
	}
}

// hostile are bodies whose written forms must hold nothing that acts.
var hostile = []string{
	`<script>alert(1)</script>x`, `<img src="\\10.0.0.9\s\a.png">`, `<img src=http://evil.test/track.gif alt=pic>`,
	`<a href="file://h/s">a</a>`, `<a href="\\h\s">b</a>`, `<a href="java&#x0A;script:alert(1)">c</a>`, `<a href="https://good@evil.test/">d</a>`,
	`<a href="ms-word:ofe|u|http://x">e</a>`, `<a href="search-ms:crumb=location:\\h\s">f</a>`, `<body background=file://h/s onload=alert(1)>g`,
	`<div style="background:url(file://h/s)" onclick="x()">h</div>`, `<base href="file://h/"><link rel=stylesheet href="file://h/x.css">i`,
	`<svg><use href="file://h/x#a"/></svg>j`, `<iframe src="file://h/s"></iframe>k`, `<font face='"><script>alert(1)</script>'>l</font>`,
	`<object data="file://h/s">m</object>`, `<a href='https://x.test/"onmouseover="alert(1)'>n</a>`, `&lt;img src=file://h/s&gt;`,
	`{\rtf1{\field{\*\fldinst {INCLUDEPICTURE "file://h/x"}}{\fldrslt shown}}}`, `{\rtf1{\object\objautlink{\*\objdata 00}}x}`,
	`{\rtf1{\*\template \\\\h\\s}y}`, `<b>&lt;script&gt;</b>`,
}

func TestNothingActs(t *testing.T) {
	for _, body := range hostile {
		for _, contentType := range []string{"text/html", "text/rtf"} {
			d, err := Read(contentType, []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			checkInert(t, d, body)
		}
	}
}

// checkInert checks what a document's HTML consists of.
func checkInert(t *testing.T, d Document, body string) {
	t.Helper()
	text := d.HTML()
	for text != "" {
		_, rest, ok := strings.Cut(text, "<")
		if !ok {
			return
		}
		tag, after, ok := strings.Cut(rest, ">")
		if !ok {
			t.Fatalf("%q wrote an open tag: %q", body, d.HTML())
		}
		switch name, _, _ := strings.Cut(strings.TrimPrefix(tag, "/"), " "); name {
		case "b", "i", "u", "s", "br", "span", "font":
		case "a":
			if href, ok := strings.CutPrefix(tag, `a href="`); ok && SafeLink(strings.ReplaceAll(strings.TrimSuffix(href, `"`), "&amp;", "&")) == "" && !strings.Contains(href, "&#") {
				t.Errorf("%q wrote the link %q", body, href)
			}
		default:
			t.Errorf("%q wrote the element %q", body, tag)
		}
		for _, word := range []string{" on", "url(", "src=", "file:"} {
			if strings.Contains(tag, word) && !strings.HasPrefix(tag, "a href=") {
				t.Errorf("%q wrote the attribute %q", body, tag)
			}
		}
		text = after
	}
}

func TestSafeLink(t *testing.T) {
	for target, ok := range map[string]bool{
		"https://example.test/x": true, "HTTP://example.test": true, "mailto:a@example.test": true, "tel:+3222": true, "sip:a@example.test": true,
		"http:\\\\10.1.2.3\\s": false, "https://u@h/": false, "file:///x": false, "//h/s": false, "/x": false, "https:": false, "javascript:x": false,
		"https://exa\u200bmple.test": false, "http:///x": false, "https://h/a b": false, "": false,
	} {
		if got := SafeLink(target); (got != "") != ok {
			t.Errorf("SafeLink(%q) = %q", target, got)
		}
	}
}

func TestPlainShowsLinkTargets(t *testing.T) {
	d, _ := Read("text/html", []byte(`<a href="https://example.test/">here</a> <a href="https://b.test">https://b.test</a> <a href="mailto:a@b.test">a@b.test</a>`))
	if got, want := d.Plain(), "here <https://example.test/> https://b.test a@b.test"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestForLync(t *testing.T) {
	bold := Style{Bold: true}
	p := Document{[]Line{line(Run{Text: "hi", Style: bold})}}.ForLync()
	back, err := Read(p.ContentType, p.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(p.ContentType, "text/plain") || !back.Lines[0].Runs[0].Style.Bold {
		t.Errorf("%s %q read back as %+v", p.ContentType, p.Body, back)
	}
	mixed := Document{[]Line{line(Run{Text: "a"}, Run{Text: "<b>", Style: bold})}}.ForLync()
	if mixed.ContentType != "text/html; charset=UTF-8" || string(mixed.Body) != "a<b>&lt;b&gt;</b>" {
		t.Errorf("%s %q", mixed.ContentType, mixed.Body)
	}
	if p := readPlain(MediaType{}, []byte("x\ny")).ForLync(); p.ContentType != "text/plain; charset=UTF-8" || string(p.Body) != "x\ny" {
		t.Errorf("%s %q", p.ContentType, p.Body)
	}
}

// TestEmbedded reads what the real client sends in its INVITE.
func TestEmbedded(t *testing.T) {
	value := "text/plain; charset=UTF-8;msgr=" + (Style{Bold: true}).msgr(false) + ";ms-body=aGVsbG8gYm9i"
	p, ok, err := ParseEmbedded(value)
	if err != nil || !ok || string(p.Body) != "hello bob" {
		t.Fatalf("%+v %v %v", p, ok, err)
	}
	d, err := Read(p.ContentType, p.Body)
	if err != nil || !d.Lines[0].Runs[0].Style.Bold {
		t.Errorf("%+v %v", d, err)
	}
	if _, ok, err := ParseEmbedded("text/plain; charset=UTF-8"); ok || err != nil {
		t.Errorf("no body: %v %v", ok, err)
	}
	if _, _, err := ParseEmbedded("text/plain;ms-body=!!"); err == nil {
		t.Error("broken base64 was read")
	}
	best, ok, _ := BestEmbedded("text/plain;ms-body=cGxhaW4=", "text/html;ms-body=PGI+aHRtbDwvYj4=", "text/rtf")
	if !ok || string(best.Body) != "<b>html</b>" {
		t.Errorf("best: %+v", best)
	}
	if again, ok, err := ParseEmbedded(Embed(Part{"text/plain; charset=UTF-8", []byte("x;y=")})); !ok || err != nil || string(again.Body) != "x;y=" {
		t.Errorf("round trip: %+v %v", again, err)
	}
}

func TestTyping(t *testing.T) {
	for body, want := range map[string]Typing{
		`<?xml version="1.0"?><KeyboardActivity> <status status="type" /></KeyboardActivity>`:                                                                      {true, DefaultRefresh},
		`<KeyboardActivity><status status="idle"/></KeyboardActivity>`:                                                                                             {false, DefaultRefresh},
		`<isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>active</state><contenttype>text/plain</contenttype><refresh>60</refresh></isComposing>`: {true, time.Minute},
		`<isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>idle</state></isComposing>`:                                                             {false, DefaultRefresh},
		string(Typing{true, time.Minute}.Composing()):                                                                                                              {true, time.Minute},
		string(Typing{true, time.Minute}.Keyboard()):                                                                                                               {true, DefaultRefresh},
	} {
		if got, err := ParseTyping([]byte(body)); err != nil || got != want {
			t.Errorf("%s: %+v %v, want %+v", body, got, err, want)
		}
	}
	for _, body := range []string{"", "<x/>", "<KeyboardActivity>", strings.Repeat("x", maxNotice+1)} {
		if _, err := ParseTyping([]byte(body)); err == nil {
			t.Errorf("%.20q was read", body)
		}
	}
}

func TestCPIMRoundTrip(t *testing.T) {
	want := CPIM{From: "A <sip:a@x>", To: "<sip:b@x>", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), MessageID: "abc", ContentType: "text/plain", Body: []byte("hi")}
	got, err := ParseCPIM(want.Bytes())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestImdnRoundTrip(t *testing.T) {
	want := Imdn{MessageID: "52", Recipients: []ImdnRecipient{{"sip:b@x", 403}}}
	body, err := want.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseImdn(body)
	got.XMLName = want.XMLName
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestLongBodyIsLinear reads a body of the greatest size, a word at a time.
func TestLongBodyIsLinear(t *testing.T) {
	body := []byte("<p>" + strings.Repeat("a ", MaxBody/2-8) + "</p>")
	start := time.Now()
	if _, err := Read("text/html", body); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestInflate(t *testing.T) {
	var deflated, zipped, bomb bytes.Buffer
	write := func(w io.WriteCloser, text string) {
		io.WriteString(w, text)
		w.Close()
	}
	write(zlib.NewWriter(&deflated), "hello")
	write(gzip.NewWriter(&zipped), "hello")
	write(zlib.NewWriter(&bomb), strings.Repeat("a", MaxBody+1))
	for encoding, body := range map[string][]byte{"": []byte("hello"), "deflate": deflated.Bytes(), "GZIP": zipped.Bytes()} {
		if got, err := Inflate(encoding, body); err != nil || string(got) != "hello" {
			t.Errorf("%q: %q %v", encoding, got, err)
		}
	}
	if _, err := Inflate("deflate", bomb.Bytes()); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
	if _, err := Inflate("deflate", []byte("plain")); err == nil {
		t.Error("damaged body was read")
	}
	if _, err := Inflate("br", nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("unknown encoding: %v", err)
	}
}
