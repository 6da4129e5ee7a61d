package sdp

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCodecs(t *testing.T) {
	d := parse(t, "linphone-offer.sdp")
	want := []Codec{
		{96, "opus", 48000, 2, "useinbandfec=1"},
		{97, "speex", 16000, 0, "vbr=on"},
		{98, "speex", 8000, 0, "vbr=on"},
		{0, "PCMU", 8000, 0, ""},
		{8, "PCMA", 8000, 0, ""},
		{18, "G729", 8000, 0, "annexb=yes"},
		{101, "telephone-event", 48000, 0, ""},
		{99, "telephone-event", 16000, 0, ""},
		{100, "telephone-event", 8000, 0, ""},
	}
	if diff := cmp.Diff(want, d.Media[0].Codecs()); diff != "" {
		t.Error(diff)
	}
	if !d.Media[1].Refused() || d.Media[0].Refused() {
		t.Error("only the video stream of the offer is refused")
	}
	sipe := parse(t, "pidgin-sipe-offer.sdp").Media[0].Codecs()
	if len(sipe) != 17 || !sipe[2].Is("opus", 48000) || sipe[3].Parameters != "bitrate=16000" {
		t.Errorf("codecs of pidgin-sipe: %+v", sipe)
	}
}

func TestAddCodec(t *testing.T) {
	m := &Media{Kind: "audio", Port: 4000, Proto: "RTP/AVP"}
	want := Codec{96, "opus", 48000, 2, "useinbandfec=1"}
	m.AddCodec(want)
	m.AddCodec(Codec{PayloadType: 0, Name: "PCMU", ClockRate: 8000})
	if got := m.Codecs(); len(got) != 2 || got[0] != want || got[1].Rtpmap() != "0 PCMU/8000" {
		t.Errorf("codecs %+v", got)
	}
}

func TestCrypto(t *testing.T) {
	m := parse(t, "skype-for-business-offer.sdp").Media[0]
	lines := m.Attributes("crypto")
	c, err := ParseCrypto(lines[0])
	if err != nil {
		t.Fatal(err)
	}
	if c.Tag != 2 || c.Suite != AESCM128SHA80 || len(c.Key) != 30 || c.Lifetime != "2^31" || c.MKI != 1 || c.MKILength != 1 {
		t.Errorf("crypto %d %s, %d bytes, %q, MKI %d/%d", c.Tag, c.Suite, len(c.Key), c.Lifetime, c.MKI, c.MKILength)
	}
	if c.String() != lines[0] {
		t.Errorf("writes %q, read %q", c.String(), lines[0])
	}
	for _, bad := range []string{
		"", "1 AES", "x AES_CM_128_HMAC_SHA1_80 inline:AAAA", "1 S clear:AAAA", "1 S inline:!!", "1 S inline:",
		"1 S inline:AAAA;inline:BBBB", "1 S inline:AAAA|2^31|1:0", "1 S inline:AAAA|2^31|x:1", "1 S inline:AAAA|1:129",
	} {
		if _, err := ParseCrypto(bad); err == nil {
			t.Errorf("%q accepted", bad)
		}
	}
}

func TestCandidates(t *testing.T) {
	for value, want := range map[string]Candidate{
		"1 1 UDP 2028994815 10.77.0.1 40011 typ host": {
			Foundation: "1", Component: 1, Transport: "UDP", Priority: 2028994815, Address: "10.77.0.1", Port: 40011, Type: "host"},
		"3 1 TCP-PASS 174455807 198.51.100.4 52322 typ relay raddr 192.0.2.20 rport 50010": {
			Foundation: "3", Component: 1, Transport: "TCP-PASS", Priority: 174455807, Address: "198.51.100.4", Port: 52322, Type: "relay",
			Related: netip.MustParseAddrPort("192.0.2.20:50010")},
		"2 1 TCP 1019216383 10.77.0.1 9 typ host tcptype active": {
			Foundation: "2", Component: 1, Transport: "TCP", Priority: 1019216383, Address: "10.77.0.1", Port: 9, Type: "host",
			Extensions: "tcptype active"},
		"7 2 UDP 1 4f3c.local 9000 typ host": {
			Foundation: "7", Component: 2, Transport: "UDP", Priority: 1, Address: "4f3c.local", Port: 9000, Type: "host"},
		"aT6ZGhF3A2FAeeVr 1 NeUziEUADT1MSNdsnC3GDA UDP 0.830 192.0.2.20 50030": {
			Component: 1, Transport: "UDP", Priority: 830, Address: "192.0.2.20", Port: 50030,
			Username: "aT6ZGhF3A2FAeeVr", Password: "NeUziEUADT1MSNdsnC3GDA"},
	} {
		got, err := ParseCandidate(value)
		if err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
			t.Errorf("%q: %s", value, diff)
		}
		if got.String() != value {
			t.Errorf("%q is written as %q", value, got.String())
		}
	}
	for _, bad := range []string{
		"", "1 1 UDP 1 10.0.0.1 1 host", "1 0 UDP 1 10.0.0.1 1 typ host", "1 1 SCTP 1 10.0.0.1 1 typ host",
		"1 1 UDP 4294967296 10.0.0.1 1 typ host", "1 1 UDP 1 10.0.0.1 70000 typ host", "u 1 p UDP 1.5 10.0.0.1 1", "u 1 p UDP NaN 10.0.0.1 1",
	} {
		if _, err := ParseCandidate(bad); err == nil {
			t.Errorf("%q accepted", bad)
		}
	}
}

func TestCandidateAddress(t *testing.T) {
	for address, want := range map[string]string{
		"10.77.0.1": "10.77.0.1:9", "::ffff:10.77.0.1": "10.77.0.1:9", "fe80::1%eth0": "[fe80::1]:9", "2001:db8::1": "[2001:db8::1]:9", "4f3c.local": "",
	} {
		got, ok := Candidate{Address: address, Port: 9}.AddrPort()
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("%s: %v %v, want %s", address, got, ok, want)
		}
	}
}

func TestRemoteCandidates(t *testing.T) {
	v, _ := parse(t, "pidgin-sipe-final.sdp").Media[0].Attribute("remote-candidates")
	list, err := ParseRemoteCandidates(v)
	if err != nil || len(list) != 2 || list[1].Address != netip.MustParseAddrPort("10.77.0.1:41001") {
		t.Fatalf("%v, %v", list, err)
	}
	if RemoteCandidatesLine(list) != v {
		t.Errorf("writes %q, read %q", RemoteCandidatesLine(list), v)
	}
	for _, bad := range []string{"", "1 10.0.0.1", "0 10.0.0.1 1", "1 host 1", "1 10.0.0.1 65536"} {
		if _, err := ParseRemoteCandidates(bad); err == nil {
			t.Errorf("%q accepted", bad)
		}
	}
}

func TestFingerprint(t *testing.T) {
	d := parse(t, "baresip-offer.sdp")
	v, ok := d.Inherited(d.Media[0], "fingerprint")
	f, err := ParseFingerprint(v)
	if !ok || err != nil || f.Hash != "sha-256" || len(f.Value) != 95 {
		t.Fatalf("%+v, %v", f, err)
	}
	for _, bad := range []string{"", "sha-256", "sha-256 1", "sha-256 GG:00", "sha-256 00-00", "sha-256 00:0"} {
		if _, err := ParseFingerprint(bad); err == nil {
			t.Errorf("%q accepted", bad)
		}
	}
}

func TestAddressesAndRTCP(t *testing.T) {
	d := parse(t, "skype-for-business-offer.sdp")
	if a, ok := d.Address(d.Media[0]); !ok || a != "192.0.2.20" {
		t.Errorf("address %q", a)
	}
	if _, port, ok := d.Media[0].RTCP(); !ok || port != 50019 {
		t.Errorf("rtcp port %d", port)
	}
	o, err := d.Origin()
	if err != nil || o.String() != "- 0 0 IN IP4 192.0.2.20" {
		t.Errorf("origin %q, %v", o, err)
	}
}

func TestDirection(t *testing.T) {
	for text, want := range map[string]Direction{
		"":                             SendRecv,
		"a=inactive\r\n":               Inactive,
		"a=sendonly\r\n":               SendOnly,
		"a=x\r\na=recvonly\r\n":        RecvOnly,
		"a=sendrecvx\r\n":              SendRecv,
		"a=ptime:20\r\na=sendrecv\r\n": SendRecv,
	} {
		d, err := Parse([]byte("v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\nm=audio 1 RTP/AVP 0\r\n" + text))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Direction(d.Media[0]); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	d, _ := Parse([]byte("v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\na=sendonly\r\nm=audio 1 RTP/AVP 0\r\nm=video 1 RTP/AVP 26\r\na=inactive\r\n"))
	if d.Direction(d.Media[0]) != SendOnly || d.Direction(d.Media[1]) != Inactive {
		t.Error("a media direction goes before the session's, which is inherited")
	}
	if SendOnly.Reversed() != RecvOnly || Inactive.Reversed() != Inactive || SendRecv.Reversed() != SendRecv {
		t.Error("reversal")
	}
}
