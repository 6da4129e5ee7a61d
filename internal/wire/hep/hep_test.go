package hep

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func sample() *Packet {
	return &Packet{Src: netip.MustParseAddrPort("192.0.2.1:5060"), Dst: netip.MustParseAddrPort("198.51.100.7:5062"), Proto: UDP,
		Time: time.Date(2026, 11, 22, 12, 0, 0, 123456000, time.UTC), Type: SIP, Agent: 2001, Node: "edge", Key: "secret", Correlation: "a-call",
		Payload: []byte("OPTIONS sip:x SIP/2.0\r\n\r\n"), MOS: 4.21, R: 92.5, Place: "Berlin", Jitter: 12}
}

func write(t testing.TB, p *Packet) []byte {
	t.Helper()
	b, err := p.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var sameAddress = cmpopts.EquateComparable(netip.AddrPort{})

func TestRoundTrip(t *testing.T) {
	six := sample()
	six.Src, six.Dst = netip.MustParseAddrPort("[2001:db8::1]:1"), netip.MustParseAddrPort("[2001:db8::2]:65535")
	bare := &Packet{Type: RTCP, Time: time.Unix(0, 0).UTC(), Src: netip.MustParseAddrPort("10.0.0.1:0"), Dst: netip.MustParseAddrPort("10.0.0.2:0"), Payload: []byte{}}
	for _, p := range []*Packet{sample(), six, bare} {
		got, err := Parse(write(t, p))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(p, got, sameAddress); d != "" {
			t.Error(d)
		}
	}
}

func chunk(vendor, typ uint16, v ...byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, vendor)
	b = binary.BigEndian.AppendUint16(b, typ)
	b = binary.BigEndian.AppendUint16(b, uint16(chunkLen+len(v)))
	return append(b, v...)
}

func packet(chunks ...[]byte) []byte {
	b := append([]byte("HEP3\x00\x00"), bytes.Join(chunks, nil)...)
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
	return b
}

func TestForeignAndUnknownChunksAreSkipped(t *testing.T) {
	p, err := Parse(packet(chunk(0, chunkType, RTCP), chunk(7, chunkType, 1, 2, 3), chunk(0, 0x7777, 9), chunk(0, chunkMOS, 0, 4)))
	if err != nil || p.Type != RTCP || p.MOS != 4 {
		t.Errorf("%+v %v", p, err)
	}
}

func TestCompressedPayload(t *testing.T) {
	squeeze := func(w io.WriteCloser, b *bytes.Buffer, n int) []byte {
		if _, err := w.Write(bytes.Repeat([]byte("a"), n)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var z, g, bomb bytes.Buffer
	for name, v := range map[string][]byte{"zlib": squeeze(zlib.NewWriter(&z), &z, 5000), "gzip": squeeze(gzip.NewWriter(&g), &g, 5000)} {
		p, err := Parse(packet(chunk(0, chunkCompressed, v...)))
		if err != nil || len(p.Payload) != 5000 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse(packet(chunk(0, chunkCompressed, squeeze(zlib.NewWriter(&bomb), &bomb, 10<<20)...))); !errors.Is(err, ErrDamaged) {
		t.Errorf("a payload that grows to 10 MB: %v", err)
	}
}

func TestDamagedPackets(t *testing.T) {
	good := write(t, sample())
	for name, b := range map[string][]byte{
		"empty": {}, "version 2": []byte("HEP2\x00\x06"), "too short a length": []byte("HEP3\x00\x05"), "cut": good[:len(good)-1],
		"chunk of no length": packet([]byte{0, 0, 0, 1, 0, 0}), "chunk beyond the end": packet([]byte{0, 0, 0, 1, 0, 99}), "half a chunk": packet([]byte{0, 0, 0}),
		"address": packet(chunk(0, chunkSrc4, 1, 2, 3)), "IPv6 in an IPv4 chunk": packet(chunk(0, chunkSrc4, make([]byte, 16)...)),
		"port": packet(chunk(0, chunkSrcPort, 1)), "zlib": packet(chunk(0, chunkCompressed, 1, 2)), "key": packet(chunk(0, chunkKey, make([]byte, 2000)...)),
		"many chunks": packet(bytes.Repeat(chunk(0, 99), maxChunks+1)),
	} {
		if _, err := Parse(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	huge := sample()
	huge.Payload = make([]byte, MaxPacket)
	if _, err := huge.Append(nil); err == nil {
		t.Error("a packet beyond 64 KiB was written")
	}
}

func TestLengthInAStream(t *testing.T) {
	b := write(t, sample())
	if n, err := Length(append(b, "HEP3"...)); err != nil || n != len(b) {
		t.Errorf("%d %v", n, err)
	}
	if n, err := Length(b[:3]); err != nil || n != 0 {
		t.Errorf("of three bytes: %d %v", n, err)
	}
	if _, err := Length([]byte("GET")); !errors.Is(err, ErrVersion) {
		t.Error(err)
	}
}

// As heplify writes it, and as captagent does, with quotes.
const (
	heplifyRTCP  = `{"sender_information":{"ntp_timestamp_sec":3816591600,"ntp_timestamp_usec":1234,"rtp_timestamp":160000,"packets":1000,"octets":160000},"ssrc":4027596152,"type":200,"report_count":1,"report_blocks":[{"source_ssrc":1111,"fraction_lost":64,"packets_lost":16777215,"highest_seq_no":70000,"ia_jitter":160,"lsr":77,"dlsr":65536}],"sdes_ssrc":4027596152}`
	captagentOne = `{ "sender_information":{"ntp_timestamp_sec":"1","ntp_timestamp_usec":"2","octets":"3","rtp_timestamp":"4","packets":"5"},"ssrc":"6","type":"200", "report_count":0,"report_blocks":[]}` + "\x00"
)

func TestRTCP(t *testing.T) {
	r, err := ParseRTCP([]byte(heplifyRTCP))
	if err != nil {
		t.Fatal(err)
	}
	want := &Report{SSRC: 4027596152, Type: 200, Sender: &Sender{3816591600, 1234, 160000, 1000, 160000},
		Blocks: []Block{{Source: 1111, Fraction: 64, Lost: -1, Highest: 70000, Jitter: 160, LastSR: 77, Delay: 65536}}}
	if d := cmp.Diff(want, r); d != "" {
		t.Error(d)
	}
	if r, err := ParseRTCP([]byte(captagentOne)); err != nil || r.SSRC != 6 || r.Sender.Packets != 5 {
		t.Errorf("%+v %v", r, err)
	}
	b, err := want.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParseRTCP(b); err != nil || !cmp.Equal(again, want) {
		t.Errorf("%s: %+v %v", b, again, err)
	}
	for _, bad := range []string{"", "{}", `{"ssrc":"x"}`, `[1]`, `{"ssrc":1e300,"report_blocks":[{}]}`} {
		if _, err := ParseRTCP([]byte(bad)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

const agentJSON = `{"CORRELATION_ID":"a-call","RTP_SIP_CALL_ID":"a-call","JITTER":1.5,"REPORT_TS":1795348800.5,"TOTAL_PK":999,"EXPECTED_PK":1000,"PACKET_LOSS":1,"MAX_JITTER":8.25,
"MEAN_JITTER":2.5,"MIN_MOS":4.0,"MEAN_MOS":4.3,"MOS":4.4,"MEAN_RFACTOR":91,"SRC_IP":"192.0.2.1","SRC_PORT":40000,"DST_IP":"192.0.2.2","DST_PORT":"50000","OUT_ORDER":2,
"CODEC_NAME":"PCMA","CLOCK":8000,"DIR":0,"TYPE":"HANGUP"}`

func TestStatistics(t *testing.T) {
	s, err := ParseStatistics([]byte(agentJSON))
	if err != nil {
		t.Fatal(err)
	}
	if !s.Final || s.CallID != "a-call" || s.Lost != 1 || s.Jitter != 2.5 || s.JitterMax != 8.25 || s.MOS != 4.3 || s.R != 91 || s.Dst.Port() != 50000 ||
		s.At.UnixMilli() != 1795348800500 || s.Codec != "PCMA" || s.Reordered != 2 {
		t.Errorf("%+v", s)
	}
	for _, bad := range []string{"", "{}", `{"MOS":"high"}`} {
		if _, err := ParseStatistics([]byte(bad)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(write(f, sample()))
	f.Add(packet(chunk(0, chunkCompressed, 0x78, 0x9c, 0x4b, 0x04, 0)))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil {
			return
		}
		out, err := p.Append(nil)
		if err != nil {
			return // decompressed it does not fit any more
		}
		again, err := Parse(out)
		if err != nil {
			t.Fatal(err)
		}
		if again.Type != p.Type || !bytes.Equal(again.Payload, p.Payload) || again.Correlation != p.Correlation || again.Src.Port() != p.Src.Port() {
			t.Fatalf("%+v\n%+v", p, again)
		}
	})
}

func FuzzPayloads(f *testing.F) {
	f.Add([]byte(heplifyRTCP))
	f.Add([]byte(agentJSON))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseRTCP(b); err == nil {
			out, err := r.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ParseRTCP(out); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
		}
		_, _ = ParseStatistics(b) // only must not fail badly
	})
}
