package qoe

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parse(t testing.TB, name string) *Event {
	t.Helper()
	e, err := Parse(read(t, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return e
}

func want(t *testing.T, n *Numbers, f Field, v float64) {
	t.Helper()
	if got, ok := n.Get(f); !ok || got != v {
		t.Errorf("%s = %v (given %v), want %v", f, got, ok, v)
	}
}

func TestCommunicationsServer2007(t *testing.T) {
	r := parse(t, "ocs2007.xml").Reports[0]
	if r.Interval || r.Endpoint.Name != "DESK-017" || !r.Dialog.Caller || r.Dialog.FromTag != "a1" ||
		!r.Dialog.Start.Equal(time.Date(2009, 3, 2, 9, 15, 0, 123e6, time.UTC)) {
		t.Errorf("%+v %+v", r.Endpoint, r.Dialog)
	}
	l := r.Lines[0]
	d := l.Description
	if d.ICE != "DIRECT" || d.Network != "wired" || d.LinkSpeed != 1e8 || d.Local.Port != 50002 || !d.Local.Inside || d.Capture.Driver != "Contoso: 1.2.3" {
		t.Errorf("%+v", d)
	}
	in, out := l.Inbound, l.Outbound
	if in.PayloadType != 114 || in.Codec != "x-msrta" || in.SampleRate != 16000 {
		t.Errorf("%d %s %d", in.PayloadType, in.Codec, in.SampleRate)
	}
	want(t, &in.Numbers, JitterInterArrivalMax, 19)
	want(t, &in.Numbers, LossRate, 0.0021)
	want(t, &in.Numbers, GapDuration, 140000)
	want(t, &in.Numbers, DegradationAvg, 0.13)
	want(t, &in.Numbers, NoiseLevel, -61)
	want(t, &out.Numbers, RoundTripMax, 88)
	want(t, &out.Numbers, SendListenMOS, 4.1)
	want(t, &l.Line, LocalConversationalMOS, 4)
	if _, ok := out.Numbers.Get(LossRate); ok {
		t.Error("the inbound loss is in the outbound stream too")
	}
}

func TestLync2010(t *testing.T) {
	e := parse(t, "lync2010.xml")
	r := e.Reports[0]
	if e.SchemaVersion != "2.0" || r.Endpoint.Cores != 4 || r.Endpoint.MHz != 2660 || !r.Dialog.RegisteredInside || r.Dialog.LocalPAI == "" || r.Dialog.CorrelationID != "corr-1" {
		t.Errorf("%+v", r)
	}
	d := r.Lines[0].Description
	if d.ICEWarning != 0x4000 || d.Relay.IP != "203.0.113.8" || !d.VPN || d.BSSID != "00-1A-2B-3C-4D-5E" || d.Local.MAC != "00-1B-63-84-45-E6" || d.Capture.Name != `Array & Mic "3"` {
		t.Errorf("%+v", d)
	}
	in := &r.Lines[0].Inbound.Numbers
	want(t, in, RatioConcealedSamplesAvg, 0.08)
	want(t, in, InitialSignalLevelRMS, 12.5)
	want(t, &r.Lines[0].Line, AppliedBandwidthLimit, 200000)
	want(t, &r.Lines[0].Line, EventCPUInsufficient, 0.05)
	want(t, &r.Lines[0].Line, EventDeviceHowling, 1)
	if !r.Lines[0].Inbound.FEC || r.Lines[0].BandwidthSource != "API MaxBW" {
		t.Errorf("%+v", r.Lines[0])
	}
}

// Another prefix, another order, foreign elements with known names inside.
func TestLync2013InAnotherOrder(t *testing.T) {
	r := parse(t, "lync2013.xml").Reports[0]
	if r.Endpoint.Name != "Café-PC" || r.Dialog.FromURI != "sip:eve@parley.test" || !r.Dialog.Caller {
		t.Errorf("%+v %+v", r.Endpoint, r.Dialog)
	}
	if got := r.Dialog.Start; !got.Equal(time.Date(2014, 1, 1, 10, 0, 0, 5e8, time.UTC)) || !r.Dialog.End.Equal(time.Date(2014, 1, 1, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("%v %v", got, r.Dialog.End)
	}
	v := r.Lines[0]
	if v.Description.Reflexive.IP != "198.51.100.7" || !v.Description.MidCall || v.Inbound.Resolution != "640x360" || v.Outbound.Resolution != "1280x720" {
		t.Errorf("%+v", v)
	}
	if _, ok := v.Inbound.Numbers.Get(JitterInterArrival); ok {
		t.Error("an element of another namespace was taken")
	}
	want(t, &v.Inbound.Numbers, VideoLocalFrameLossPercentageAvg, 3.5)
	want(t, &v.Outbound.Numbers, OneWayAverage, 12.5)
	want(t, &r.Lines[1].Inbound.Numbers, SpoiledTotal, 12)
	want(t, &r.Lines[1].Inbound.Numbers, TileLatencyAverage, 35)
}

func TestSkypeForBusinessInterval(t *testing.T) {
	r := parse(t, "sfb2015.xml").Reports[0]
	d := r.Lines[0].Description
	if !r.Interval || d.ICE != "HTTP-PROXY" || d.WifiRSSI != -61 || d.WifiChannel != 36 || d.SSID != "office" || d.WifiVersion != "18.33.9.3" || r.Dialog.ConferenceURI == "" {
		t.Errorf("%+v", r)
	}
	want(t, &r.Lines[0].Inbound.Numbers, NetworkJitterAvg, 21.25)
	want(t, &r.Lines[0].Inbound.Numbers, ConcealRatioMax, 0.2)
}

func TestFeedback(t *testing.T) {
	f, err := ParseFeedback(read(t, "feedback.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if f.CallID != "c0ffee" || f.User != "sip:carol@parley.test" || f.Rating != 2 || f.Text != "I heard myself & a fan" || !reflect.DeepEqual(f.Tokens, []Token{{3, 1}, {4, 0}}) {
		t.Errorf("%+v", f)
	}
	back, err := ParseFeedback(f.Append(nil))
	if err != nil || !reflect.DeepEqual(back, f) {
		t.Errorf("%+v %v", back, err)
	}
}

func TestWrittenReportsReadTheSame(t *testing.T) {
	for _, name := range []string{"ocs2007.xml", "lync2010.xml", "lync2013.xml", "sfb2015.xml"} {
		e := parse(t, name)
		text := e.Append(nil)
		back, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v in\n%s", name, err, text)
		}
		if !reflect.DeepEqual(back, e) {
			t.Errorf("%s changed:\n%+v\n%+v", name, e, back)
		}
	}
}

const minimal = `<VQReportEvent xmlns="ms-rtcp-metrics"><VQSessionReport><Endpoint Name="E"/><DialogInfo CallId="c"><FromURI>a</FromURI><ToURI>b</ToURI></DialogInfo><MediaLine Label="main-audio">LINE</MediaLine></VQSessionReport></VQReportEvent>`

func TestRefused(t *testing.T) {
	with := func(line string) string { return strings.Replace(minimal, "LINE", line, 1) }
	if _, err := Parse([]byte(with(""))); err != nil {
		t.Fatal(err)
	}
	bomb := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>` + with("")
	for _, c := range []struct {
		name, body string
		want       error
	}{
		{"empty", "", ErrSchema},
		{"text", "hello", ErrSchema},
		{"other root", `<presence xmlns="urn:ietf:params:xml:ns:pidf"/>`, ErrRoot},
		{"other namespace", `<VQReportEvent xmlns="urn:x"/>`, ErrRoot},
		{"nothing in it", `<VQReportEvent xmlns="ms-rtcp-metrics"/>`, ErrSchema},
		{"no media line", strings.Replace(minimal, `<MediaLine Label="main-audio">LINE</MediaLine>`, "", 1), ErrSchema},
		{"no call", strings.Replace(minimal, `CallId="c"`, "", 1), ErrSchema},
		{"entity bomb", bomb, ErrSchema},
		{"unknown reference", with("&nbsp;"), ErrSchema},
		{"null reference", with("&#0;"), ErrSchema},
		{"surrogate", with("&#xd800;"), ErrSchema},
		{"not closed", minimal[:len(minimal)-10], ErrSchema},
		{"crossed", with("<a><b></a></b>"), ErrSchema},
		{"two roots", with("") + with(""), ErrSchema},
		{"deep", with(strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40)), ErrSchema},
		{"many elements", with(strings.Repeat("<a/>", maxElements)), ErrSchema},
		{"many attributes", with("<a " + manyAttrs(100) + "/>"), ErrSchema},
		{"many namespaces", with("<a " + strings.ReplaceAll(manyAttrs(200), " a", " xmlns:a") + "/>"), ErrSchema},
		{"no quotes", with("<a b=c/>"), ErrSchema},
		{"prefix", with("<v9:a/>"), ErrSchema},
		{"latin", `<?xml version="1.0" encoding="iso-8859-1"?>` + with(""), ErrSchema},
		{"utf-16", "\xff\xfe<\x00", ErrSchema},
		{"not utf-8", with("<a>\xff</a>"), ErrSchema},
		{"control", with("<a>\x01</a>"), ErrSchema},
		{"too large", with(strings.Repeat(" ", MaxBody)), ErrTooLarge},
		{"label", strings.Replace(minimal, "main-audio", "holograms", 1), ErrValue},
		{"machine name", strings.Replace(minimal, `Name="E"`, `Name="`+strings.Repeat("E", 257)+`"`, 1), ErrValue},
		{"number", with("<InboundStream><Network><Jitter><InterArrival>many</InterArrival></Jitter></Network></InboundStream>"), ErrValue},
		{"no number", with("<InboundStream><Network><Jitter><InterArrival/></Jitter></Network></InboundStream>"), ErrValue},
		{"infinity as Go has it", with("<LocalConversationalMOS>infinity</LocalConversationalMOS>"), ErrValue},
		{"flag", with("<Description><Offerer>maybe</Offerer></Description>"), ErrValue},
		{"date", strings.Replace(minimal, `CallId="c"`, `CallId="c" Start="noon"`, 1), ErrValue},
	} {
		if e, err := Parse([]byte(c.body)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v (%v)", c.name, err, e != nil)
		}
	}
	for _, body := range []string{
		"<CallQualityFeedbackReport/>",
		`<CallQualityFeedbackReport CallId="c"><ReportingUserURI>u</ReportingUserURI></CallQualityFeedbackReport>`,
		`<CallQualityFeedbackReport CallId="c"><ReportingUserURI>u</ReportingUserURI><Rating>9</Rating></CallQualityFeedbackReport>`,
		minimal,
	} {
		if f, err := ParseFeedback([]byte(body)); err == nil {
			t.Errorf("rating %.40s: took %+v", body, f)
		}
	}
}

func manyAttrs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" a" + strings.Repeat("x", i) + `=""`)
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.xml")
	for _, name := range names {
		f.Add(read(f, filepath.Base(name)))
	}
	f.Add([]byte(minimal))
	f.Fuzz(func(t *testing.T, b []byte) {
		if fb, err := ParseFeedback(b); err == nil {
			if _, err := ParseFeedback(fb.Append(nil)); err != nil {
				t.Fatalf("rating cannot be read back: %v", err)
			}
		}
		e, err := Parse(b)
		if err != nil {
			return
		}
		if _, err := Parse(e.Append(nil)); err != nil && !errors.Is(err, ErrTooLarge) {
			t.Fatalf("report cannot be read back: %v\n%s", err, e.Append(nil))
		}
	})
}

func BenchmarkParse(b *testing.B) {
	body := read(b, "lync2010.xml")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(body); err != nil {
			b.Fatal(err)
		}
	}
}
