package standard

import (
	"os"
	"strings"
	"testing"

	"parley/internal/dialect"
	"parley/internal/wire/sdp"
	"parley/internal/wire/sip"
)

func TestOfferFromLync(t *testing.T) {
	raw, err := os.ReadFile("../../wire/sdp/testdata/skype-for-business-offer.sdp")
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
	st := &s.Streams[0]
	codecs, changes := FromLync(st.Codecs)
	st.Codecs = codecs
	var dropped []string
	for _, c := range changes {
		dropped = append(dropped, c.From)
		if c.Reason == "" {
			t.Errorf("%+v has no reason", c)
		}
	}
	const want = "G722/8000 x-msrta/16000 G7221/16000 SIREN/16000 AAL2-G726-32/8000 x-msrta/8000 RED/8000 CN/8000 CN/16000 CN/24000"
	for _, name := range strings.Fields(want) {
		if !strings.Contains(strings.Join(dropped, " "), name) {
			t.Errorf("%s is not told as dropped: %v", name, dropped)
		}
	}
	dialect.DropExtra(&s.Extra, dialect.Standard)
	if told := dialect.DropExtra(&st.Extra, dialect.Standard); len(told) == 0 {
		t.Error("dropped x- attributes are not told")
	}
	for _, tt := range []struct {
		how            Security
		proto          string
		crypto, finger bool
	}{
		{BestEffort, "RTP/AVP", true, true}, {Secured, "RTP/SAVP", true, true}, {DTLS, "UDP/TLS/RTP/SAVP", false, true}, {Plain, "RTP/AVP", false, false},
	} {
		offer := s
		offer.Streams = []dialect.Stream{*st}
		o := &offer.Streams[0]
		o.Transport.Fingerprint, o.Transport.Setup = "sha-256 AA:BB", "actpass"
		Secure(o, tt.how, false)
		text := string(Write(&offer).Bytes())
		if !strings.Contains(text, "m=audio 50018 "+tt.proto+" ") || strings.Contains(text, "a=crypto:") != tt.crypto ||
			strings.Contains(text, "a=fingerprint:") != tt.finger {
			t.Errorf("%v:\n%s", tt.how, text)
		}
		for _, not := range []string{"a=x-", "main-audio", "2^31", "RED", "x-msrta"} {
			if strings.Contains(text, not) {
				t.Errorf("%q in\n%s", not, text)
			}
		}
	}
}

func TestPidginOpusIsDropped(t *testing.T) {
	got, changes := FromLync([]sdp.Codec{{PayloadType: 96, Name: "OPUS", ClockRate: 48000}, {PayloadType: 97, Name: "opus", ClockRate: 48000, Channels: 2}})
	if len(got) != 1 || got[0].PayloadType != 97 || len(changes) != 1 || changes[0].From != "OPUS/48000" {
		t.Errorf("%+v %+v", got, changes)
	}
}

func TestRefusal(t *testing.T) {
	for name, tt := range map[string]struct {
		in     dialect.Failure
		code   int
		reason string
	}{
		"plain busy":     {dialect.Failure{Code: 486, Text: "Busy Here"}, 486, ""},
		"not disturb":    {dialect.Failure{Code: 480, DoNotDisturb: true}, 486, `SIP;cause=480;text="Temporarily Unavailable"`},
		"decline all":    {dialect.Failure{Code: 605, Text: "Decline Everywhere"}, 603, `SIP;cause=605;text="Decline Everywhere"`},
		"our own 415":    {dialect.Failure{Code: 415, Text: "body is not a session description"}, 415, `SIP;cause=415;text="body is not a session description"`},
		"with own words": {dialect.Failure{Code: 488, Text: "Unsupported session description"}, 488, `SIP;cause=488;text="Unsupported session description"`},
	} {
		code, fields := Refusal(tt.in)
		var reason string
		for _, f := range fields {
			reason = f.Value
		}
		if code != tt.code || reason != tt.reason {
			t.Errorf("%s: %d %q, want %d %q", name, code, reason, tt.code, tt.reason)
		}
	}
	if f := ReadRefusal(sip.NewResponse(sip.NewRequest("INVITE", "sip:a@b"), 486, "")); f.Code != 486 || f.Text != "Busy Here" {
		t.Errorf("%+v", f)
	}
}
