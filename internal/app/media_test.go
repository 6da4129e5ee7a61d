package app

import (
	"fmt"
	"net/netip"
	"testing"

	"parley/internal/config"
)

func TestMediaAddresses(t *testing.T) {
	t.Parallel()
	four, six := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::7")
	own := []netip.Addr{netip.MustParseAddr("127.0.0.1"), six, netip.MustParseAddr("fe80::1"), four, netip.MustParseAddr("198.51.100.1")}
	for name, tt := range map[string]struct {
		media, listen []string
		want          string
	}{
		"everything open":          {nil, []string{":5061"}, "[{192.0.2.7 } {2001:db8::7 }]"},
		"one listener":             {nil, []string{"127.0.0.1:0"}, "[{127.0.0.1 }]"},
		"a listener a family":      {nil, []string{"[2001:db8::7]:5061", "192.0.2.7:5061"}, "[{192.0.2.7 } {2001:db8::7 }]"},
		"a listener and all":       {nil, []string{"198.51.100.1:5061", ":5062"}, "[{198.51.100.1 } {2001:db8::7 }]"},
		"configured":               {[]string{"2001:db8::7", "192.0.2.7"}, []string{":5061"}, "[{2001:db8::7 } {192.0.2.7 }]"},
		"outside of a translator":  {[]string{"203.0.113.9"}, []string{":5061"}, "[{0.0.0.0 203.0.113.9}]"},
		"outside of one, and IPv6": {[]string{"203.0.113.9", "2001:db8::7"}, nil, "[{0.0.0.0 203.0.113.9} {2001:db8::7 }]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &config.Config{Listen: config.Listen{SIPTLS: tt.listen}}
			for _, a := range tt.media {
				c.Media.Address = append(c.Media.Address, netip.MustParseAddr(a))
			}
			got := "["
			for i, a := range mediaAddresses(c, own) {
				if i > 0 {
					got += " "
				}
				advertise := ""
				if a.Advertise.IsValid() {
					advertise = a.Advertise.String()
				}
				got += fmt.Sprintf("{%s %s}", a.Bind, advertise)
			}
			if got += "]"; got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
