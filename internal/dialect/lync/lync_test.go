package lync

import (
	"errors"
	"os"
	"strings"
	"testing"

	"parley/internal/dialect"
	"parley/internal/wire/sdp"
	"parley/internal/wire/sip"
)

func read(t *testing.T, name string) dialect.Session {
	t.Helper()
	raw, err := os.ReadFile("../../wire/sdp/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := sdp.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := dialect.Read(d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOfferFromStandard(t *testing.T) {
	s := read(t, "baresip-offer.sdp")
	st := &s.Streams[0]
	var changes []dialect.Change
	st.Codecs, changes = FromStandard(st.Codecs)
	if len(changes) != 1 || changes[0].From != "opus/48000" {
		t.Errorf("changes %+v", changes)
	}
	st.Proto, st.Label, st.Direction = ProtoOptional, "main-audio", sdp.SendOnly
	dialect.DropExtra(&st.Extra, dialect.Lync)
	st.Transport.Crypto = []sdp.Crypto{{Tag: 1, Suite: sdp.AESCM128SHA80, Key: make([]byte, 30)}}
	st.Transport.SSRC = 77
	d, changes := Write(&s)
	if len(changes) != 1 || changes[0].What != "a=sendonly" || changes[0].To != "inactive" {
		t.Errorf("changes %+v", changes)
	}
	text := string(d.Bytes())
	for _, want := range []string{"\r\nb=CT:99980\r\nt=0 0\r\n", "m=audio 12340 RTP/AVP 9 0 8 101\r\n", "|2^31\r\n", "a=x-ssrc-range:77-77\r\n",
		"a=inactive\r\n", "a=label:main-audio\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, not := range []string{"fingerprint", "setup", "cname", "SAVPF", "tool"} {
		if strings.Contains(text, not) {
			t.Errorf("%q in\n%s", not, text)
		}
	}
}

func TestSkypeForBusinessOffer(t *testing.T) {
	s := read(t, "skype-for-business-offer.sdp")
	st := s.Streams[0]
	c, ok := Crypto(st.Transport.Crypto)
	if !ok || c.Tag != 3 {
		t.Errorf("chosen tag %d, %v; the line without MKI goes first", c.Tag, ok)
	}
	if st.Label != "main-audio" || !st.Transport.ICE() || len(st.Transport.Candidates) != 5 {
		t.Errorf("label %q, %d candidates", st.Label, len(st.Transport.Candidates))
	}
	if AnswerProto(st.Proto, true) != "RTP/SAVP" || AnswerProto(st.Proto, false) != "RTP/AVP" {
		t.Error("protocol of the answer")
	}
}

const multipartBody = "--b\r\nContent-Type: application/sdp\r\nContent-Disposition: session; handling=optional; ms-proxy-2007fallback\r\n\r\n" +
	"v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\ns=old\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\no=- 0 0 IN IP4 10.0.0.1\r\ns=new\r\n\r\n--b--\r\n"

func TestDescription(t *testing.T) {
	with := func(kind, body string) *sip.Message {
		m := sip.NewRequest("INVITE", "sip:bob@parley.test")
		m.SetBody(kind, []byte(body))
		return m
	}
	d, changes, err := Description(with(`multipart/alternative;boundary="b"`, multipartBody))
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := d.Session.Value('s'); s != "new" || len(changes) != 1 {
		t.Errorf("part %q, changes %+v", s, changes)
	}
	for name, m := range map[string]*sip.Message{
		"other type":    with("text/plain", "hello"),
		"no boundary":   with("multipart/alternative", multipartBody),
		"only fallback": with("multipart/alternative;boundary=b", multipartBody[:strings.Index(multipartBody, "--b\r\nContent-Type: application/sdp\r\n\r\n")]+"--b--\r\n"),
		"many parts":    with("multipart/mixed;boundary=b", strings.Repeat("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", 20)+"--b--\r\n"),
	} {
		if _, _, err := Description(m); !errors.Is(err, ErrUnsupportedBody) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d, _, err := Description(sip.NewRequest("INVITE", "sip:bob@parley.test")); d != nil || err != nil {
		t.Errorf("no body: %v, %v", d, err)
	}
}

func TestRefusal(t *testing.T) {
	for name, tt := range map[string]struct {
		in     dialect.Failure
		code   int
		fields string
	}{
		"busy":         {dialect.Failure{Code: 486}, 486, `ms-diagnostics: 90100;reason="486 Busy Here";source="fe.parley.test"`},
		"no answer":    {dialect.Failure{Code: 408}, 480, `ms-diagnostics: 90100;reason="408 Request Timeout";source="fe.parley.test"`},
		"no codec":     {dialect.Failure{Code: 606, Text: "No format"}, 488, `ms-diagnostics: 90101;reason="606 No format";source="fe.parley.test"`},
		"not disturb":  {dialect.Failure{Code: 480, DoNotDisturb: true}, 480, `Warning: 391 fe.parley.test "User does not want to be disturbed"`},
		"busy all":     {dialect.Failure{Code: 600}, 486, `ms-diagnostics: 90100`},
		"nowhere":      {dialect.Failure{Code: 604}, 404, `ms-diagnostics: 90100`},
		"server error": {dialect.Failure{Code: 500, Diagnostic: 90150}, 500, `ms-diagnostics: 90150`},
	} {
		code, fields := Refusal(tt.in, "fe.parley.test")
		var text string
		for _, f := range fields {
			text += f.Name + ": " + f.Value + "\n"
		}
		if code != tt.code || !strings.Contains(text, tt.fields) {
			t.Errorf("%s: %d\n%s", name, code, text)
		}
	}
}

func TestReadRefusal(t *testing.T) {
	req := sip.NewRequest("INVITE", "sip:bob@parley.test")
	res := sip.NewResponse(req, 480, "")
	res.Add("Warning", `391 lcs.microsoft.com "Do not disturb"`)
	res.Add("ms-diagnostics", `4005;reason="Destination URI either not enabled";source="fe"`)
	f := ReadRefusal(res)
	if f.Code != 480 || !f.DoNotDisturb || f.Diagnostic != 4005 || f.Text != "Destination URI either not enabled" {
		t.Errorf("%+v", f)
	}
	if f := ReadRefusal(sip.NewResponse(req, 605, "Decline Everywhere")); f.Code != 603 {
		t.Errorf("605 is %d", f.Code)
	}
	if f := ReadRefusal(sip.NewResponse(req, 415, "Mutipart mime in content type")); f.Code != 488 || f.Text != "Mutipart mime in content type" {
		t.Errorf("415 is %+v", f)
	}
}
