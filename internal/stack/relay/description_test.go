package relay

import (
	"net/netip"
	"testing"

	"parley/internal/stack/srtp"
)

func TestBadDescriptions(t *testing.T) {
	b := start(t, [2]uint16{21000, 21099})
	s, _, a, _ := pair(t, b, Audio)
	defer s.Close()
	key := srtp.NewCrypto(1, srtp.AES80)
	for name, r := range map[string]Remote{
		"nothing":            {},
		"two kinds of keys":  {RTP: netip.MustParseAddrPort("127.0.0.1:9"), Crypto: &key, DTLS: &DTLS{}},
		"ICE without secret": {ICE: StandardICE},
		"payload type":       {RTP: netip.MustParseAddrPort("127.0.0.1:9"), Codecs: []Codec{{PT: 200, Name: "x", Rate: 1}}},
		"clock rate":         {RTP: netip.MustParseAddrPort("127.0.0.1:9"), Codecs: []Codec{{PT: 100, Name: "x"}}},
	} {
		if err := a.SetRemote(r); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for name, c := range map[string]Config{
		"no address": {Ports: [2]uint16{1000, 2000}},
		"wildcard":   {Addresses: []Address{{Bind: netip.IPv4Unspecified()}}, Ports: [2]uint16{1000, 2000}},
		"no ports":   {Addresses: []Address{{Bind: loopback}}},
		"odd port":   {Addresses: []Address{{Bind: loopback}}, Ports: [2]uint16{1001, 1002}},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
