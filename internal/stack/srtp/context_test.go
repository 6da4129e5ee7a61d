package srtp

import (
	"bytes"
	"testing"

	"parley/internal/wire/rtp"
)

func packet(seq uint16, payload int) []byte {
	h := rtp.Header{PT: 8, Seq: seq, Timestamp: uint32(seq) * 160, SSRC: 0xCAFE}
	b := h.Append(make([]byte, 0, 2048))
	for i := range payload {
		b = append(b, byte(i))
	}
	return b
}

func TestProtectAndUnprotect(t *testing.T) {
	for _, suite := range []Suite{AES80, AES32} {
		key := NewCrypto(1, suite)
		out, err := NewSender(key)
		if err != nil {
			t.Fatal(err)
		}
		in, err := NewReceiver(key)
		if err != nil {
			t.Fatal(err)
		}
		plain := packet(65535, 160)
		want := bytes.Clone(plain)
		sealed, err := out.ProtectRTP(plain)
		if err != nil {
			t.Fatal(err)
		}
		if &sealed[0] != &plain[0] || bytes.Contains(sealed, want[12:40]) {
			t.Errorf("%s: not encrypted in place", suite)
		}
		forged := append(make([]byte, 0, 2048), sealed...)
		forged[20] ^= 1
		if _, err := in.UnprotectRTP(forged); err == nil {
			t.Errorf("%s: a forged packet was accepted", suite)
		}
		again := append(make([]byte, 0, 2048), sealed...)
		got, err := in.UnprotectRTP(sealed)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v", suite, err)
		}
		if _, err := in.UnprotectRTP(again); err == nil {
			t.Errorf("%s: a repeated packet was accepted", suite)
		}

		report := rtp.AppendCNAME(rtp.AppendRR(make([]byte, 0, 2048), 1, nil), 1, "x")
		want = bytes.Clone(report)
		sealed, err = out.ProtectRTCP(report)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := in.UnprotectRTCP(sealed); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: RTCP %v", suite, err)
		}
	}
}

func TestMKI(t *testing.T) {
	key := NewCrypto(2, AES80)
	key.MKI = []byte{1}
	in, err := NewReceiver(key)
	if err != nil {
		t.Fatal(err)
	}
	key.MKI = nil
	out, err := NewSender(key)
	if err != nil {
		t.Fatal(err)
	}
	// The MKI stands between payload and tag (RFC 3711 section 3.1) and is not authenticated.
	sealed, err := out.ProtectRTP(packet(1, 160))
	if err != nil {
		t.Fatal(err)
	}
	tag := bytes.Clone(sealed[len(sealed)-10:])
	with := append(append(append(make([]byte, 0, 2048), sealed[:len(sealed)-10]...), 1), tag...)
	if got, err := in.UnprotectRTP(with); err != nil || !bytes.Equal(got, packet(1, 160)) {
		t.Errorf("%v", err)
	}
}

func TestGarbageIsRefused(t *testing.T) {
	in, err := NewReceiver(NewCrypto(1, AES80))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{nil, {0x80}, make([]byte, 12), make([]byte, 24), {0x80, 200, 0, 1, 0, 0, 0, 1}} {
		if _, err := in.UnprotectRTP(bytes.Clone(b)); err == nil {
			t.Errorf("%x passed as RTP", b)
		}
		if _, err := in.UnprotectRTCP(bytes.Clone(b)); err == nil {
			t.Errorf("%x passed as RTCP", b)
		}
	}
}

func BenchmarkRelayed(b *testing.B) {
	key := NewCrypto(1, AES80)
	sender, _ := NewSender(key)
	in, _ := NewReceiver(key)
	out, _ := NewSender(NewCrypto(1, AES80))
	buf := make([]byte, 0, 2048)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		h := rtp.Header{PT: 8, Seq: uint16(i), SSRC: 1}
		p := h.Append(buf)[:172]
		p, err := sender.ProtectRTP(p)
		if err != nil {
			b.Fatal(err)
		}
		if p, err = in.UnprotectRTP(p); err != nil {
			b.Fatal(err)
		}
		if _, err = out.ProtectRTP(p); err != nil {
			b.Fatal(err)
		}
	}
}
