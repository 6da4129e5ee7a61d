package rtp

import (
	"bytes"
	"testing"

	pion "github.com/pion/rtp"
)

func TestHeaderAgainstPion(t *testing.T) {
	p := pion.Packet{
		Header: pion.Header{
			Version: 2, Marker: true, PayloadType: 111, SequenceNumber: 65535, Timestamp: 1 << 31, SSRC: 0xDEADBEEF,
			CSRC: []uint32{1, 2},
		},
		Payload: []byte("payload"), PaddingSize: 5,
	}
	p.Header.Padding = true
	if err := p.Header.SetExtension(1, []byte{0x80}); err != nil {
		t.Fatal(err)
	}
	raw, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	var h Header
	if err := h.Parse(raw); err != nil {
		t.Fatal(err)
	}
	want := Header{Marker: true, PT: 111, Seq: 65535, Timestamp: 1 << 31, SSRC: 0xDEADBEEF, Size: 12 + 8 + 8, Padding: 5}
	if h != want {
		t.Errorf("%+v, want %+v", h, want)
	}
	if string(h.Payload(raw)) != "payload" {
		t.Errorf("payload %q", h.Payload(raw))
	}

	h.PT, h.Seq, h.Timestamp, h.SSRC = 9, 7, 8, 10
	h.Rewrite(raw)
	var back pion.Packet
	if err := back.Unmarshal(raw); err != nil {
		t.Fatal(err)
	}
	if back.PayloadType != 9 || back.SequenceNumber != 7 || back.Timestamp != 8 || back.SSRC != 10 || !back.Marker ||
		len(back.CSRC) != 2 || string(back.Payload) != "payload" {
		t.Errorf("rewritten packet %v", back)
	}
}

func TestHeaderAppend(t *testing.T) {
	want := Header{Marker: true, PT: 8, Seq: 1, Timestamp: 160, SSRC: 42, Size: HeaderSize}
	var got Header
	if err := got.Parse(append(want.Append(nil), 1, 2, 3)); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBadHeaders(t *testing.T) {
	base := (&Header{}).Append(nil)
	with := func(i int, v byte) []byte { b := bytes.Clone(base); b[i] = v; return b }
	for name, b := range map[string][]byte{
		"empty": nil, "short": base[:11], "version 1": with(0, 0x40),
		"csrcs missing": with(0, 0x81), "extension missing": with(0, 0x90), "padding zero": with(0, 0xA0),
		"extension runs out": append(with(0, 0x90), 0xBE, 0xDE, 0, 9),
		"padding too long":   append(with(0, 0xA0), 200),
	} {
		var h Header
		if err := h.Parse(b); err == nil {
			t.Errorf("%s was read as %+v", name, h)
		}
	}
}

func TestDemultiplex(t *testing.T) {
	for _, c := range []struct {
		name           string
		first, second  byte
		media, control bool
	}{
		{"RTP PCMU", 0x80, 0, true, false},
		{"RTP marker and PT 111", 0x80, 0x80 | 111, true, false},
		{"SR", 0x80, 200, true, true},
		{"PSFB", 0x81, 206, true, true},
		{"STUN", 0, 1, false, false},
		{"DTLS handshake", 22, 0xFE, false, false},
	} {
		b := []byte{c.first, c.second, 0, 0, 0, 0, 0, 0}
		if IsMedia(b) != c.media || (IsMedia(b) && IsControl(b)) != c.control {
			t.Errorf("%s: media %v, control %v", c.name, IsMedia(b), IsControl(b))
		}
	}
}

func TestEvent(t *testing.T) {
	got := Event{Code: 11, End: true, Volume: 10, Duration: 1600}.Append(nil)
	if want := []byte{11, 0x80 | 10, 1600 >> 8, 1600 & 0xFF}; !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add((&Header{PT: 8}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h Header
		if h.Parse(b) == nil {
			h.Payload(b)
			h.Rewrite(b)
			var again Header
			if again.Parse(b) != nil || again != h {
				t.Fatalf("%+v then %+v", h, again)
			}
		}
	})
}

func BenchmarkHeader(b *testing.B) {
	raw := append((&Header{PT: 8}).Append(nil), make([]byte, 160)...)
	var h Header
	b.ReportAllocs()
	for b.Loop() {
		if h.Parse(raw) != nil {
			b.Fatal("refused")
		}
		h.Rewrite(raw)
	}
}
