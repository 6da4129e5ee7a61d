package stun

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
)

// The password and messages of RFC 5769 section 2.
const rfc5769Password = "VOkJxbRl1RmTxUk/WvJxBt"

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	sampleRequest = `000100582112a442b7e7a701bc34d686fa87dfae
		802200105354554e207465737420636c69656e74
		002400046e0001ff 80290008932ff9b151263b36
		0006000965 76746a3a68367659202020
		000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
		80280004e57a3bcf`
	sampleIPv4 = `0101003c2112a442b7e7a701bc34d686fa87dfae
		8022000b7465737420766563746f7220 002000080001a147e112a643
		000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004c07d4c96`
	sampleIPv6 = `010100482112a442b7e7a701bc34d686fa87dfae
		8022000b7465737420766563746f7220
		002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9
		00080014a382954e4be67bf11784c97c8292c275bfe3ed41 80280004c8fb0b4c`
)

func TestSampleRequest(t *testing.T) {
	var m Message
	if err := m.Parse(unhex(t, sampleRequest)); err != nil {
		t.Fatal(err)
	}
	if m.Type != BindingRequest || string(m.Username()) != "evtj:h6vY" {
		t.Errorf("type %#x, username %q", m.Type, m.Username())
	}
	if p, _ := m.Uint32(Priority); p != 0x6e0001ff {
		t.Errorf("priority %#x", p)
	}
	if tie, _ := m.Uint64(ICEControlled); tie != 0x932ff9b151263b36 {
		t.Errorf("tie-breaker %#x", tie)
	}
	if f, ok := m.Verify(NewKey(rfc5769Password)); !ok || f != Standard {
		t.Errorf("integrity: %v %v", f, ok)
	}
	if _, ok := m.Verify(NewKey("another password")); ok {
		t.Error("integrity holds under a wrong password")
	}
	if !m.Fingerprinted() {
		t.Error("fingerprint refused")
	}
}

func TestSampleResponses(t *testing.T) {
	for _, c := range []struct{ hex, want string }{
		{sampleIPv4, "192.0.2.1:32853"},
		{sampleIPv6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"},
	} {
		var m Message
		if err := m.Parse(unhex(t, c.hex)); err != nil {
			t.Fatal(err)
		}
		if a, ok := m.Mapped(); !ok || a.String() != c.want {
			t.Errorf("mapped %v, want %s", a, c.want)
		}
		if _, ok := m.Verify(NewKey(rfc5769Password)); !ok || !m.Fingerprinted() {
			t.Errorf("%s: integrity or fingerprint refused", c.want)
		}
	}
}

func TestTamperedMessageIsRefused(t *testing.T) {
	b := unhex(t, sampleIPv4)
	b[27] ^= 1
	var m Message
	if err := m.Parse(b); err != nil {
		t.Fatal(err)
	}
	if _, ok := m.Verify(NewKey(rfc5769Password)); ok || m.Fingerprinted() {
		t.Error("a changed message was taken as whole")
	}
}

func TestBadMessages(t *testing.T) {
	ok := unhex(t, sampleIPv4)
	many := Write(nil, BindingRequest, ID{}, Standard)
	for range maxAttrs {
		many.Uint32(Priority, 1)
	}
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"empty":          {nil, ErrNotSTUN},
		"rtp":            {append([]byte{0x80}, ok[1:]...), ErrNotSTUN},
		"cut":            {ok[:len(ok)-4], ErrTruncated},
		"attribute runs": {append(unhex(t, "000100042112a442b7e7a701bc34d686fa87dfae"), 0, 6, 0, 9), ErrTruncated},
		"many":           {many.Sign(nil), ErrAttributes},
		"oversize":       {make([]byte, 4000), ErrNotSTUN},
	} {
		var m Message
		if err := m.Parse(c.raw); err != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// The layout of a check as pidgin-sipe's libnice sends it.
func TestMicrosoftForm(t *testing.T) {
	id := ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	w := Write(nil, BindingRequest, id, Microsoft)
	w.Uint32(Priority, 0x6e0001ff)
	w.Uint64(ICEControlling, 42)
	w.Add(UseCandidate, nil)
	w.Add(Username, []byte("eCh0:bNrO"))
	w.Add(CandidateIdentifier, []byte("1"))
	w.Uint32(ImplementationVersion, 2)
	raw := w.Sign(NewKey("secret"))
	var m Message
	if err := m.Parse(raw); err != nil {
		t.Fatal(err)
	}
	if v, _ := m.Get(Username); string(v) != "eCh0:bNrO\x00\x00\x00" {
		t.Errorf("username on the wire %q: want zeros inside the length", v)
	}
	if string(m.Username()) != "eCh0:bNrO" {
		t.Errorf("username %q", m.Username())
	}
	if f, ok := m.Verify(NewKey("secret")); !ok || f != Microsoft {
		t.Errorf("form %v, %v", f, ok)
	}
	if !m.Fingerprinted() {
		t.Error("fingerprint refused")
	}
	if got, want := len(raw), 20+8+12+4+16+8+8+24+8; got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

func TestWriteBothForms(t *testing.T) {
	for _, f := range []Form{Standard, Microsoft} {
		for _, addr := range []string{"10.77.0.1:40011", "[2001:db8::1]:9"} {
			want := netip.MustParseAddrPort(addr)
			w := Write(nil, BindingSuccess, ID{9}, f)
			w.Mapped(want)
			w.Add(Username, []byte("a:b"))
			k := NewKey("p")
			var m Message
			if err := m.Parse(w.Sign(k)); err != nil {
				t.Fatal(err)
			}
			if got, ok := m.Mapped(); !ok || got != want {
				t.Errorf("%v: mapped %v, want %v", f, got, want)
			}
			if got, ok := m.Verify(k); !ok || got != f {
				t.Errorf("%v: verified as %v, %v", f, got, ok)
			}
		}
	}
}

func TestErrorAndUnknown(t *testing.T) {
	w := Write(nil, BindingRequest, ID{}, Standard)
	w.Uint32(0x0003, 0) // CHANGE-REQUEST: required, and no part of ICE
	var m Message
	if err := m.Parse(w.Sign(nil)); err != nil {
		t.Fatal(err)
	}
	unknown := m.Unknown(nil)
	if len(unknown) != 1 || unknown[0] != 3 {
		t.Fatalf("unknown %v", unknown)
	}
	w = Write(nil, BindingError, m.ID, Standard)
	w.Error(CodeUnknownAttribute, "Unknown Attribute")
	w.Unknown(unknown)
	if err := m.Parse(w.Sign(nil)); err != nil {
		t.Fatal(err)
	}
	if m.Code() != 420 {
		t.Errorf("code %d", m.Code())
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	b := unhex(t, sampleRequest)
	k := NewKey(rfc5769Password)
	m := new(Message)
	if n := testing.AllocsPerRun(100, func() {
		if m.Parse(b) != nil || !m.Fingerprinted() {
			t.Fatal("refused")
		}
		if _, ok := m.Verify(k); !ok {
			t.Fatal("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{sampleRequest, sampleIPv4, sampleIPv6} {
		f.Add(unhex(f, s))
	}
	k := NewKey(rfc5769Password)
	f.Fuzz(func(t *testing.T, b []byte) {
		var m Message
		if m.Parse(b) != nil {
			return
		}
		m.Verify(k)
		m.Fingerprinted()
		m.Mapped()
		m.Code()
		m.Username()
		m.Unknown(nil)
	})
}

func BenchmarkParse(b *testing.B) {
	raw := unhex(b, sampleRequest)
	var m Message
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}
