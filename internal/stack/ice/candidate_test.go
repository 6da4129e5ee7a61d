package ice

import (
	"errors"
	"net/netip"
	"testing"
)

func TestParseCandidate(t *testing.T) {
	for _, c := range []struct {
		in  string
		udp bool
		rel string
	}{
		{"1 1 UDP 2028994815 10.77.0.1 40011 typ host", true, ""},
		{"2 1 TCP-ACT 1013580031 10.77.0.1 40094 typ host", false, ""},
		{"13 1 UDP 519045375 10.77.0.9 50002 typ relay raddr 10.77.0.1 rport 40011", true, "10.77.0.1:40011"},
		{"1 2 UDP 2130706430 2001:db8::1 9 typ host", true, ""},
	} {
		got, err := ParseCandidate(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got.String() != c.in {
			t.Errorf("%q became %q", c.in, got.String())
		}
		if got.UDP() != c.udp {
			t.Errorf("%s: UDP %v", c.in, got.UDP())
		}
		if c.rel != "" && got.Related != netip.MustParseAddrPort(c.rel) {
			t.Errorf("%s: related %v", c.in, got.Related)
		}
	}
	// The dialect's trailing blank and a browser's extensions.
	got, err := ParseCandidate("candidate:4 1 udp 41885439 192.0.2.9 3478 typ relay raddr 0.0.0.0 rport 0 generation 0 network-id 1 ")
	if err != nil || got.Type != Relayed || got.Component != RTP {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestParseBadCandidate(t *testing.T) {
	for _, in := range []string{
		"", "1 1 UDP 1 10.0.0.1 1", "1 0 UDP 1 10.0.0.1 1 typ host", "1 1 UDP x 10.0.0.1 1 typ host",
		"1 1 UDP 1 10.0.0.1 99999 typ host", "1 1 UDP 99999999999 10.0.0.1 1 typ host",
		"aT6ZGhF3A2FAeeVr 1 NeUziEUADT1MSNdsnC3GDA UDP 0.830 10.77.0.1 40070",
	} {
		if c, err := ParseCandidate(in); err == nil {
			t.Errorf("%q was read as %+v", in, c)
		}
	}
	if _, err := ParseCandidate("1 1 udp 1 7f3a.local 5000 typ host"); !errors.Is(err, ErrHostname) {
		t.Errorf("mDNS name: %v", err)
	}
}

func FuzzParseCandidate(f *testing.F) {
	f.Add("13 1 UDP 519045375 10.77.0.9 50002 typ relay raddr 10.77.0.1 rport 40011")
	f.Add("1 1 udp 1 7f3a.local 5000 typ host")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCandidate(s)
		if err != nil {
			return
		}
		again, err := ParseCandidate(c.String())
		if err != nil || again != c {
			t.Fatalf("%q: %+v then %+v, %v", s, c, again, err)
		}
	})
}
