package ingest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/diag"
	"parley/internal/wire/qoe"
	"parley/internal/wire/rtcpxr"
	"parley/internal/wire/sip"
)

// answer is what a request got.
type answer struct {
	code int
	res  *sip.Message
	err  error
}

func (w *world) send(method, user, from, contentType string, body []byte, edit func(m *sip.Message)) (got answer) {
	w.t.Helper()
	m := sip.NewRequest(method, "sip:parley.test")
	m.Set("Via", "SIP/2.0/TLS 192.0.2.7:5061;branch=z9hG4bK1")
	m.Set("From", "<sip:"+from+">;tag=1")
	m.Set("To", "<sip:"+from+">")
	m.Set("Call-ID", "1")
	m.Set("CSeq", "1 "+method)
	m.Set("User-Agent", "test/1")
	m.SetBody(contentType, body)
	if edit != nil {
		edit(m)
	}
	r := Request{Message: m, User: user,
		Reply: func(code int, reason string, edit func(*sip.Message)) {
			got = answer{code: code, res: sip.NewResponse(m, code, reason)}
			if edit != nil {
				edit(got.res)
			}
		},
		Refuse: func(err error) { got = answer{code: diag.Of(err).SIP, err: err} },
	}
	switch method {
	case "SERVICE":
		w.Service.Service(r)
	case "PUBLISH":
		w.Publish(r)
	default:
		w.Notify(r)
	}
	return got
}

func TestServiceAnswers(t *testing.T) {
	w := open(t)
	forged := report(func(r *qoe.Report) { r.Dialog.LocalPAI = "sip:bob@parley.test" })
	noPAI := report(func(r *qoe.Report) { r.Dialog.LocalPAI = "" })
	guest := report(func(r *qoe.Report) {
		r.Dialog.LocalPAI, r.Dialog.FromURI, r.Dialog.ConferenceURI = "", "sip:x@anonymous.invalid", "sip:alice@parley.test;gruu;opaque=app:conf:focus:id:1"
	})
	focus := func(v string) func(m *sip.Message) {
		return func(m *sip.Message) { m.Set("From", "<sip:x@anonymous.invalid>;tag=2"); m.Set("focus-uri", v) }
	}
	rating := (&qoe.Feedback{CallID: "a-call", FromTag: "a1", ToTag: "s1", User: "sip:alice@parley.test", Rating: 3}).Append(nil)
	const alice, bob = "alice@parley.test", "bob@parley.test"
	for _, c := range []struct {
		name, user, from, typ string
		body                  []byte
		edit                  func(m *sip.Message)
		code                  int
	}{
		{"report", alice, alice, qoe.ReportType, report(nil), nil, 202},
		{"type with parameter", alice, alice, "Application/VQ-RTCPXR+XML; charset=utf-8", report(nil), nil, 202},
		{"identity by FromURI", alice, alice, qoe.ReportType, noPAI, nil, 202},
		{"rating", alice, alice, qoe.FeedbackType, rating, nil, 202},
		{"anonymous in the meeting", "", "x@anonymous.invalid", qoe.ReportType, guest, focus("sip:alice@parley.test;gruu;opaque=app:conf:focus:id:1"), 202},
		{"anonymous elsewhere", "", "x@anonymous.invalid", qoe.ReportType, guest, focus("sip:alice@parley.test;gruu;opaque=app:conf:focus:id:2"), 401},
		{"somebody else's", alice, alice, qoe.ReportType, forged, nil, 401},
		{"another From", alice, bob, qoe.ReportType, forged, nil, 401},
		{"somebody else's rating", bob, bob, qoe.FeedbackType, rating, nil, 401},
		{"not XML", alice, alice, qoe.ReportType, []byte("hello"), nil, 400},
		{"bad number", alice, alice, qoe.ReportType, []byte(strings.Replace(string(report(nil)), ">41<", ">fast<", 1)), nil, 400},
		{"too large", alice, alice, qoe.ReportType, make([]byte, qoe.MaxBody+1), nil, 413},
		{"other type", alice, alice, "text/plain", report(nil), nil, 415},
		{"other document", alice, alice, qoe.ReportType, []byte("<presence/>"), nil, 606},
	} {
		if got := w.send("SERVICE", c.user, c.from, c.typ, c.body, c.edit); got.code != c.code {
			t.Errorf("%s: answered %d (%v), want %d", c.name, got.code, got.err, c.code)
		}
	}
	w.settleAll()
	if n := w.count("ratings"); n != 1 {
		t.Errorf("%d ratings", n)
	}
}

func TestNothingIsAcknowledgedThatIsNotOnDisk(t *testing.T) {
	w := open(t)
	w.journal.fail = errors.New("disk full")
	if got := w.send("SERVICE", "alice@parley.test", "alice@parley.test", qoe.ReportType, report(nil), nil); got.code != 503 {
		t.Errorf("SERVICE answered %d", got.code)
	}
	var told error
	w.Call(record(), func(err error) { told = err })
	if told == nil {
		t.Error("the call's record was acknowledged")
	}
	if w.Status().Pending != 0 {
		t.Errorf("%+v", w.Status())
	}
}

func vq(name string, t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPublishAndNotify(t *testing.T) {
	w := open(t)
	body := vq("bob-session.txt", t)
	const bob = "bob@parley.test"
	got := w.send("PUBLISH", bob, bob, rtcpxr.ContentType, body, func(m *sip.Message) { m.Set("Event", "vq-rtcpxr"); m.Remove("Expires") })
	if got.code != 200 || got.res.Get("SIP-ETag") == "" || got.res.Get("Expires") != "3600" {
		t.Fatalf("PUBLISH answered %+v", got)
	}
	if got := w.send("PUBLISH", bob, bob, "", nil, func(m *sip.Message) { m.Set("SIP-If-Match", "x"); m.Set("Expires", "0") }); got.code != 200 {
		t.Errorf("removal answered %d", got.code)
	}
	if got := w.send("NOTIFY", "", bob, rtcpxr.ContentType, body, nil); got.code != 200 {
		t.Errorf("NOTIFY answered %d", got.code)
	}
	for name, c := range map[string]struct {
		user, typ string
		body      []byte
		code      int
	}{
		"type":  {bob, "text/plain", body, 415},
		"other": {"eve@parley.test", rtcpxr.ContentType, body, 403},
		"empty": {bob, rtcpxr.ContentType, nil, 400},
		"large": {bob, rtcpxr.ContentType, make([]byte, rtcpxr.MaxBody+1), 413},
	} {
		if got := w.send("PUBLISH", c.user, c.user+"x", c.typ, c.body, nil); got.code != c.code {
			t.Errorf("%s: answered %d (%v)", name, got.code, got.err)
		}
	}
	w.settleAll()
	if n := w.count("streams"); n != 2 {
		t.Errorf("%d streams: the PUBLISH and the NOTIFY are the same report", n)
	}
}

func TestStatusCountsByFormat(t *testing.T) {
	w := open(t)
	w.feed(relayed(aliceLeg, false, 5), report(nil), report(func(r *qoe.Report) { // of a call that nobody knows, by a wrong clock
		r.Dialog.CallID, r.Dialog.Start, r.Dialog.End = "other", noon(0).AddDate(-60, 0, 0), noon(1).AddDate(-60, 0, 0)
	}))
	w.send("SERVICE", "alice@parley.test", "alice@parley.test", qoe.ReportType, []byte("x"), nil)
	w.send("SERVICE", "alice@parley.test", "alice@parley.test", qoe.FeedbackType, []byte("x"), nil)
	w.journal.AppendAsync([]byte("?"), func(uint64, error) {})
	w.feed(record())
	w.settleAll()
	got := w.Status().Formats
	for format, want := range map[string]Counts{
		formatQoE:      {Accepted: 2, Last: noon(30), Refused: 1, Merged: 1, Quarantined: 2},
		formatFeedback: {Refused: 1},
		formatStream:   {Accepted: 1, Last: noon(30)},
		formatCall:     {Accepted: 1, Last: noon(30)},
		"unreadable":   {SetAside: 1},
	} {
		if got[format] != want {
			t.Errorf("%s: %+v, want %+v", format, got[format], want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		`"Alice" <sip:Alice@Parley.test:5061;transport=tls>;tag=1`: "alice@parley.test",
		"sips:bob@parley.test;opaque=user:epid:x;gruu":             "bob@parley.test",
		"carol@parley.test": "carol@parley.test",
		"sip:[2001:db8::1]": "", "sip:x@[2001:db8::1]:5060": "x@[2001:db8::1]",
		"": "", "tel:+49": "", "<": "",
	} {
		if got := aor(in); got != want {
			t.Errorf("aor(%q) = %q, want %q", in, got, want)
		}
	}
	for _, c := range [][3]string{{"10.1.2.3", "255.255.254.0", "10.1.2.0/23"}, {"2001:db8::5", "64", "2001:db8::/64"}, {"10.1.2.3", "", ""}, {"x", "8", ""}, {"10.1.2.3", "99", ""}} {
		if got := subnet(c[0], c[1]); got != c[2] {
			t.Errorf("subnet(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
	if !sameParty("sip:bob@192.168.1.4", "bob@parley.test") || sameParty("sip:bob@example.org", "bob@parley.test") {
		t.Error("a phone's own idea of its address")
	}
}
