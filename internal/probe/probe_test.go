package probe

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"parley/internal/stack/dialog"
	"parley/internal/wire/qoe"
	"parley/internal/wire/sdp"
	"parley/internal/wire/sip"
)

func TestAuthorizeTakesTheBestDigest(t *testing.T) {
	t.Parallel()
	m := sip.NewRequest("REGISTER", "sip:parley.test")
	res := sip.NewResponse(m, 401, "")
	res.Add("WWW-Authenticate", `NTLM realm="x", targetname="y"`)
	res.Add("WWW-Authenticate", `Digest realm="parley.test", nonce="a,\"b", algorithm=MD5, qop="auth"`)
	res.Add("WWW-Authenticate", `Digest realm="parley.test", nonce="c", algorithm=SHA-256, qop="auth", opaque="o"`)
	if err := authorize(m, res, "alice", "secret"); err != nil {
		t.Fatal(err)
	}
	got := m.Get("Authorization")
	for _, want := range []string{`username="alice"`, `nonce="c"`, `algorithm=SHA-256`, `opaque="o"`, `nc=00000001`, `uri="sip:parley.test"`} {
		if !strings.Contains(got, want) {
			t.Errorf("credentials without %s: %s", want, got)
		}
	}
	none := sip.NewResponse(m, 407, "")
	none.Add("Proxy-Authenticate", `Kerberos realm="x"`)
	if err := authorize(m, none, "alice", "secret"); err == nil {
		t.Error("no error without a Digest challenge")
	}
}

// TestCredentials checks the answer with the values that were put in, by the formula of RFC 7616 section 3.4.1.
func TestCredentials(t *testing.T) {
	t.Parallel()
	p := parameters(`realm="parley.test", nonce="a,\"b", qop="auth"`)
	if p["nonce"] != `a,"b` || p["realm"] != "parley.test" {
		t.Fatalf("parameters %q", p)
	}
	md5, sha := credentials(p, "MESSAGE", "sip:bob@parley.test", "alice", "secret"), ""
	p["algorithm"] = "SHA-256"
	sha = credentials(p, "MESSAGE", "sip:bob@parley.test", "alice", "secret")
	for text, size := range map[string]int{md5: 32, sha: 64} {
		if got := len(parameters(strings.TrimPrefix(text, "Digest "))["response"]); got != size {
			t.Errorf("response of %d digits, want %d: %s", got, size, text)
		}
	}
}

func TestMuLaw(t *testing.T) {
	t.Parallel()
	// Ends of the segments in ITU-T G.711 table 2a, scaled to 16 bits.
	for sample, want := range map[int]byte{0: 0xFF, -1: 0x7F, 32635: 0x80, -32635: 0x00, 40000: 0x80, 1000: 0xCE, -1000: 0x4E} {
		if got := muLaw(sample); got != want {
			t.Errorf("muLaw(%d) = %#x, want %#x", sample, got, want)
		}
	}
}

func TestToneIsAudible(t *testing.T) {
	t.Parallel()
	var loudest float64
	for phase := 0; phase < clockRate; phase += samples {
		for _, b := range appendTone(nil, phase) {
			loudest = math.Max(loudest, float64(^b&0x7F))
		}
	}
	if loudest < 0x50 {
		t.Errorf("the loudest sample is %v of 127", loudest)
	}
}

// TestTwoEndsHearEachOther runs the media of two ends against each other over loopback.
func TestTwoEndsHearEachOther(t *testing.T) {
	t.Parallel()
	loopback := netip.MustParseAddr("127.0.0.1")
	a, err := newMedia(loopback)
	if err != nil {
		t.Fatal(err)
	}
	defer a.stop()
	b, err := newMedia(loopback)
	if err != nil {
		t.Fatal(err)
	}
	defer b.stop()
	d, err := sdp.Parse(a.offer())
	if err != nil || len(d.Media) != 1 || d.Media[0].Port != int(a.local.Port()) || d.Media[0].Codecs()[0].Name != "PCMU" {
		t.Fatalf("offer %q: %v", a.offer(), err)
	}
	a.start(b.local)
	b.start(a.local)
	limit := time.After(10 * time.Second)
	for a.heard().Packets < 10 || b.heard().Packets < 10 {
		select {
		case <-limit:
			t.Fatalf("heard %d and %d packets", a.heard().Packets, b.heard().Packets)
		case <-time.After(frame):
		}
	}
}

func TestReportIsWellFormed(t *testing.T) {
	t.Parallel()
	a := newAgent(Config{Server: "127.0.0.1:1"}, Account{Address: "probe-1@parley.test"})
	defer a.stop()
	m, err := newMedia(netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.stop()
	for i := range 50 {
		if i != 20 {
			m.receiver.Packet(time.Duration(i)*frame, uint16(i), uint32(i*samples), samples, false)
		}
	}
	invite := a.request("INVITE", "sip:probe-1@parley.test", "<sip:probe-1@parley.test>")
	invite.Set("From", "<sip:probe-2@parley.test>;tag=far")
	c := &call{agent: a, incoming: true, media: m, peer: "probe-2@parley.test", started: time.Now().Add(-time.Second), dialog: mustDialog(t, invite)}
	event, err := qoe.Parse(a.event(c, time.Now()).Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	r := event.Reports[0]
	if r.Dialog.FromURI != "sip:probe-1@parley.test" || r.Dialog.FromTag != "near" || r.Dialog.ToTag != "far" || r.Dialog.Caller {
		t.Errorf("dialog %+v", r.Dialog)
	}
	packets, _ := r.Lines[0].Inbound.Numbers.Get(qoe.Packets)
	loss, _ := r.Lines[0].Inbound.Numbers.Get(qoe.LossRate)
	if packets != 49 || fmt.Sprintf("%.2f", loss) != "0.02" {
		t.Errorf("%v packets, loss %v", packets, loss)
	}
}

func TestNewChecksTheConfiguration(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{Server: "nowhere"}); err == nil {
		t.Error("a server without a port was taken")
	}
	if _, err := New(Config{Server: "127.0.0.1:1"}); err == nil {
		t.Error("a call to oneself was taken")
	}
}

func mustDialog(t *testing.T, invite *sip.Message) *dialog.Dialog {
	t.Helper()
	d, err := dialog.FromRequest(invite, "near")
	if err != nil {
		t.Fatal(err)
	}
	return d
}
