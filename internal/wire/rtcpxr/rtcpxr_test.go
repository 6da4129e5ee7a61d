package rtcpxr

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func load(t testing.TB, name string) *Report {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse(b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

func want(t *testing.T, m *Metrics, f Field, v float64) {
	t.Helper()
	if got, ok := m.Get(f); !ok || got != v {
		t.Errorf("%s = %v (told %v), want %v", f, got, ok, v)
	}
}

func absent(t *testing.T, m *Metrics, f Field) {
	t.Helper()
	if got, ok := m.Get(f); ok {
		t.Errorf("%s = %v, want none", f, got)
	}
}

func TestSessionReportOfTheRFC(t *testing.T) {
	r := load(t, "session.txt")
	if r.Kind != Session || !r.CallTerm || r.CallID != "6dg37f1890463" || r.OrigID != r.LocalID || r.LocalMAC != "00:1f:5b:cc:21:0f" {
		t.Fatalf("%+v", r)
	}
	if (r.RemoteAddr != Addr{netip.MustParseAddr("11.1.1.150"), 5002, 0x2468abcd}) {
		t.Errorf("remote address %+v", r.RemoteAddr)
	}
	if (r.Dialog != Dialog{"1890463548@alice.example.org", "8472761", "9123dh311"}) {
		t.Errorf("dialog %+v", r.Dialog)
	}
	l := r.Local
	if (l.Codec != Codec{18, "G729", 8000, "annexb=no"}) || !l.Stop.Equal(time.Date(2026, 10, 10, 18, 26, 2, 0, time.UTC)) {
		t.Errorf("%+v %v", l.Codec, l.Stop)
	}
	want(t, l, NLR, 5)
	want(t, l, GD, 500)
	want(t, l, IAJ, 2)
	want(t, l, SL, -18)
	want(t, l, MOSCQ, 4)
	want(t, r.Remote, NLR, 3)
	absent(t, r.Remote, JBN)
}

func TestPhonesThatDeviate(t *testing.T) {
	r := load(t, "phone.txt")
	if r.CallID != "329662837@192.168.1.21" || r.LocalID != "<sip:201@192.168.1.21>" || r.RemoteID != "<sip:202@192.168.1.1>" || r.UserAgent != "snom821/8.7.5" {
		t.Fatalf("%+v", r)
	}
	if r.LocalAddr.SSRC != 0x1a2a9c52 || r.RemoteAddr.SSRC != 3459602130 || r.RemoteAddr.Addr.IsValid() || r.RemoteAddr.Port != 27210 {
		t.Errorf("addresses %+v %+v", r.LocalAddr, r.RemoteAddr)
	}
	want(t, r.Local, JBM, 40)
	want(t, r.Local, BLD, 0.7)
	want(t, r.Local, RCQ, 92)
	for _, f := range []Field{JBX, GD, RERL, RLQ, EXTRI} {
		absent(t, r.Local, f)
	}
}

func TestLinphoneIsRepaired(t *testing.T) {
	r := load(t, "linphone.txt")
	if r.Kind != Interval || r.CallTerm || r.UserAgent != "Linphone Desktop/5.1.65" || r.Dialog.FromTag != "def" {
		t.Fatalf("%+v", r)
	}
	notes := r.Repair()
	if len(notes) != 4 {
		t.Errorf("notes %q", notes)
	}
	absent(t, r.Local, MOSLQ)
	absent(t, r.Local, MOSCQ)
	want(t, r.Remote, MOSLQ, 4.5)
	if again := r.Repair(); again != nil {
		t.Errorf("repaired twice: %q", again)
	}
}

func TestAlertReport(t *testing.T) {
	r := load(t, "alert.txt")
	if r.Kind != Alert || r.AlertType != "NLR" || r.AlertSeverity != "Critical" || r.AlertDir != "local" {
		t.Fatalf("%+v", r)
	}
	if r.LocalAddr.Addr != netip.MustParseAddr("2001:db8::1") {
		t.Errorf("%v", r.LocalAddr)
	}
}

func TestRefused(t *testing.T) {
	for name, body := range map[string]string{
		"empty":       "",
		"blank":       "\r\n\r\n",
		"other":       "HTTP/1.1 200 OK\r\n",
		"no call":     "VQSessionReport: CallTerm\r\nLocalMetrics:\r\n",
		"no number":   "VQSessionReport: CallTerm\r\nCallID: a\r\nPacketLoss: NLR=lots\r\n",
		"not finite":  "VQSessionReport: CallTerm\r\nCallID: a\r\nPacketLoss: NLR=NaN\r\n",
		"no time":     "VQSessionReport: CallTerm\r\nCallID: a\r\nTimestamps: START=yesterday\r\n",
		"no port":     "VQSessionReport: CallTerm\r\nCallID: a\r\nLocalAddr: IP=1.2.3.4 PORT=99999\r\n",
		"many lines":  "VQSessionReport: CallTerm\r\nCallID: a\r\n" + strings.Repeat("x: y\r\n", 600),
		"much":        "VQSessionReport: CallTerm\r\nCallID: " + strings.Repeat("a", MaxBody),
		"only dialog": "VQSessionReport\r\nDialogID: ;to-tag=a",
	} {
		if r, err := Parse([]byte(body)); err == nil {
			t.Errorf("%s: took %+v", name, r)
		}
	}
}

func TestWrittenReportsReadTheSame(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txt")
	if len(files) < 4 {
		t.Fatalf("only %d reports", len(files))
	}
	for _, f := range files {
		roundTrip(t, load(t, filepath.Base(f)))
	}
}

func roundTrip(t *testing.T, r *Report) {
	t.Helper()
	text := r.Append(nil)
	back, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if again := back.Append(nil); string(again) != string(text) {
		t.Fatalf("wrote\n%s\nand then\n%s", text, again)
	}
}

func TestWriterDropsLineBreaks(t *testing.T) {
	r := &Report{Kind: Session, CallID: "a\r\nRemoteID: sip:eve@parley.test"}
	back, err := Parse(r.Append(nil))
	if err != nil || back.RemoteID != "" {
		t.Fatalf("%+v %v", back, err)
	}
}

func TestStat(t *testing.T) {
	s, err := ParseStat("EX=BareSip;CS=120;CD=9;PR=484;PS=480;PL=3,-1;PD=2,0;JI=336.0,44.0;IP=10.0.0.1:4000,10.0.0.2:5000;EN=PCMU/8000;DE=opus/48000/2")
	if err != nil {
		t.Fatal(err)
	}
	if s.Talk != 9*time.Second || s.Setup != 120*time.Millisecond || s.Received != 484 || s.Sent != 480 || s.ReceivedLost != 3 ||
		s.SentLost != 0 || s.ReceivedLate != 2 || s.ReceivedJitter != 7 || s.SentJitter != 5.5 || s.Remote != "10.0.0.2:5000" || s.Decoder != "opus" {
		t.Errorf("%+v", s)
	}
	if e, d := s.Clocks(); e != 8000 || d != 48000 {
		t.Errorf("clocks %d %d", e, d)
	}
	for _, bad := range []string{"", "EX=BareSip", "PR=x", "JI=1", "CD=99999999999", strings.Repeat("PR=1;", 300)} {
		if s, err := ParseStat(bad); err == nil {
			t.Errorf("%.20q: took %+v", bad, s)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("VQAlertReport: Type=\"a b\" Dir=\nCallID:x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Parse(b)
		if err != nil {
			return
		}
		r.Repair()
		text := r.Append(nil)
		if back, err := Parse(text); err == nil {
			if again := back.Append(nil); len(again) > len(text) {
				t.Fatalf("grew from\n%q\nto\n%q", text, again)
			}
		}
	})
}

func FuzzParseStat(f *testing.F) {
	f.Add("EX=BareSip;CS=0;CD=9;PR=484;PS=484;PL=0,0;PD=0,0;JI=7.0,6.0;IP=l:p,r:p;EN=PCMU/8000;DE=PCMU/8000")
	f.Fuzz(func(t *testing.T, s string) {
		if st, err := ParseStat(s); err == nil && (st.Received < 0 || st.Talk < 0) {
			t.Fatalf("%q gave %+v", s, st)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	body, err := os.ReadFile("testdata/session.txt")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(body); err != nil {
			b.Fatal(err)
		}
	}
}
