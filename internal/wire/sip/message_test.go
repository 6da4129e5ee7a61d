package sip

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLyncMessagesAreLossless(t *testing.T) {
	t.Parallel()
	for _, path := range corpus(t, "lync", "rfc4475") {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(raw)
		if err != nil {
			continue // the refused ones are TestRFC4475's
		}
		if got := string(m.Clone().Bytes()); !strings.HasPrefix(string(raw), got) {
			t.Errorf("%s: serialised as %q", path, got)
		}
		if strings.Contains(path, "lync") {
			if got := string(m.Bytes()); got != string(raw) {
				t.Errorf("%s: %d bytes became %d", path, len(raw), len(got))
			}
			if r := Check(m); r != nil {
				t.Errorf("%s refused: %v", path, r)
			}
		}
	}
}

func TestLyncDialectValues(t *testing.T) {
	t.Parallel()
	m := load(t, "lync/register")
	c, err := m.Contact()
	equal(t, "Contact error", err, nil)
	methods, _ := c.Params.Get("methods")
	equal(t, "methods", methods, "INVITE, MESSAGE, INFO, SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY")
	instance, _ := c.Params.Get("+sip.instance")
	equal(t, "+sip.instance", instance, "<urn:uuid:80536f33-a16b-5612-b179-e84253dca411>")
	equal(t, "contacts", len(m.List("Contact")), 1)

	m = load(t, "lync/invite_64k")
	rr, err := m.RecordRoutes()
	equal(t, "Record-Route error", err, nil)
	equal(t, "tag after the bracket", rr[0].Tag(), "4D2B5F")
	equal(t, "long field", len(m.Get("ms-text-format")) > 60000, true)
	v, err := m.TopVia()
	equal(t, "Via error", err, nil)
	equal(t, "branch", v.Branch(), "")
	equal(t, "transport", v.Transport, "TLS")
}

func TestEdits(t *testing.T) {
	t.Parallel()
	const raw = "INVITE sip:b@x SIP/2.0\r\nv: SIP/2.0/UDP a;branch=1,\r\n  SIP/2.0/UDP b;branch=2\r\nVia: SIP/2.0/UDP c\r\n" +
		"Route: <sip:p1;lr> , <sip:p2;lr>\r\nX-Odd:   keep  \r\nl: 0\r\n\r\n"
	m, err := Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	m.Prepend("Via", "SIP/2.0/TCP me;branch=z9hG4bK1")
	m.RemoveFirst("Route")
	m.SetRequestURI("sip:b@y")
	m.SetBody("text/plain", []byte("hi"))
	want := "INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/TCP me;branch=z9hG4bK1\r\nv: SIP/2.0/UDP a;branch=1,\r\n  SIP/2.0/UDP b;branch=2\r\n" +
		"Via: SIP/2.0/UDP c\r\nRoute: <sip:p2;lr>\r\nX-Odd:   keep  \r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nhi"
	equal(t, "message", string(m.Bytes()), want)
	m.RemoveFirst("Via")
	m.RemoveFirst("Via")
	top, _ := m.TopVia()
	equal(t, "second value of the folded Via", top.Host, "b")
	m.Set("X-Odd", "a\r\nInjected: yes")
	equal(t, "injected field", m.Has("Injected"), false)
	m.Remove("X-Odd")
	equal(t, "removed", m.Has("x-odd"), false)
}

func TestNewResponseCopiesTheDialogFields(t *testing.T) {
	t.Parallel()
	req := load(t, "lync/invite_64k")
	res := NewResponse(req, 200, "")
	res.SetTag("srv")
	got, err := Parse(res.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Via", "From", "Call-ID", "CSeq", "Record-Route"} {
		equal(t, name, got.Get(name), req.Get(name))
	}
	to, _ := got.To()
	equal(t, "To tag", to.Tag(), "srv")
	equal(t, "reason", got.Reason(), "OK")
	equal(t, "ms-text-format copied", got.Has("ms-text-format"), false)
	equal(t, "Record-Route in a failure", NewResponse(req, 404, "").Has("Record-Route"), false)
}

func TestURI(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, account, host, out string }{
		{"sip:Alice@Example.COM", "alice@example.com", "Example.COM", ""},
		{"sips:alice@example.com:5061;transport=tcp?Subject=x", "alice@example.com", "example.com", ""},
		{"sip:alice%40work@[2001:db8::1]:5070", "alice@work@2001:db8::1", "2001:db8::1", ""},
		{"sip:+3222@x;user=phone", "+3222@x", "x", ""},
		{"sip:alice@parley.test;gruu;opaque=app:conf:focus:id:93FE", "alice@parley.test", "parley.test", ""},
		{"SIP:x", "", "x", "sip:x"},
		{"tel:+3222220001;ext=3", "", "", ""},
		{"sip:a?b@c", "a?b@c", "c", ""},
	} {
		u, err := ParseURI(tt.in)
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		if tt.out == "" {
			tt.out = tt.in
		}
		equal(t, tt.in+" account", u.Account(), tt.account)
		equal(t, tt.in+" host", u.Host, tt.host)
		equal(t, tt.in+" written", u.String(), tt.out)
	}
	for _, in := range []string{"", "alice", "sip:", "sip:@x", "sip:a b@x", "sip:a@x:99999", "sip:a@[::1", "sip:a@x:1x", "sip:a@x<y"} {
		if u, err := ParseURI(in); err == nil {
			t.Errorf("%q accepted as %+v", in, u)
		}
	}
}

func TestParams(t *testing.T) {
	t.Parallel()
	p := Params(`;a=1;B="x;y" ; flag ;c = 3`)
	b, _ := p.Get("b")
	equal(t, "quoted", b, "x;y")
	c, _ := p.Get("c")
	equal(t, "spaced", c, "3")
	equal(t, "flag", p.Has("FLAG"), true)
	equal(t, "with", string(Params(";a=1;b=2").With("a", "3").With("c", "")), ";a=3;b=2;c")
	equal(t, "without", string(Params(";a=1;b=2").Without("A")), ";b=2")
}

func TestFramerFindsMessagesInAnyPieces(t *testing.T) {
	t.Parallel()
	var stream []byte
	var want []string
	for _, name := range []string{"lync/register", "lync/benotify_multipart", "lync/invite_64k"} {
		raw := load(t, name).Bytes()
		stream = append(append(stream, "\r\n\r\n"...), raw...)
		want = append(want, string(raw))
	}
	for _, piece := range []int{1, 7, 1000, len(stream)} {
		var f Framer
		var buf []byte
		var got []string
		for from := 0; from < len(stream); from += piece {
			buf = append(buf, stream[from:min(from+piece, len(stream))]...)
			for {
				skip, n, err := f.Next(buf)
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 {
					break
				}
				got = append(got, string(buf[skip:skip+n]))
				buf = buf[skip+n:]
			}
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("pieces of %d: got %d messages", piece, len(got))
		}
	}
	var f Framer
	if _, _, err := f.Next([]byte(strings.Repeat("x", MaxHeaders+1))); err == nil {
		t.Error("an endless header section was accepted")
	}
	if _, _, err := (&Framer{}).Next([]byte("X y SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n")); err == nil {
		t.Error("an overlong body was accepted")
	}
}

func load(t testing.TB, name string) *Message {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".sip"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func corpus(t testing.TB, folders ...string) []string {
	t.Helper()
	var all []string
	for _, folder := range folders {
		paths, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no corpus in %s: %v", folder, err)
		}
		all = append(all, paths...)
	}
	return all
}

// What Check has read must not outlive a change of the field.
func TestChangesAreSeenAfterCheck(t *testing.T) {
	t.Parallel()
	m := load(t, "lync/register")
	if r := Check(m); r != nil {
		t.Fatal(r)
	}
	c := m.Clone()
	c.Set("From", "<sip:x@y>;tag=new")
	c.Set("To", "<sip:z@y>")
	c.Set("CSeq", "9 REGISTER")
	c.Prepend("Via", "SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKnew")
	from, _ := c.From()
	to, _ := c.To()
	number, _, _ := c.CSeq()
	via, _ := c.TopVia()
	equal(t, "From", from.Tag(), "new")
	equal(t, "To", to.URI.User, "z")
	equal(t, "CSeq", number, 9)
	equal(t, "Via", via.Branch(), "z9hG4bKnew")
	c.RemoveFirst("Via")
	via, _ = c.TopVia()
	equal(t, "Via below", via.Transport, "TLS")
	from, _ = m.From()
	equal(t, "From of the original", from.Tag(), "6390038653")
	c.Remove("From")
	if _, err := c.From(); err == nil {
		t.Error("From was removed and is still there")
	}
}
