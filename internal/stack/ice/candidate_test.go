package ice

import (
	"net/netip"
	"testing"
)

func TestCandidateLine(t *testing.T) {
	for want, c := range map[string]Candidate{
		"1 1 UDP 2028994815 10.77.0.1 40011 typ host": {
			Foundation: "1", Component: RTP, Transport: "UDP", Priority: 2028994815, Addr: netip.MustParseAddrPort("10.77.0.1:40011"), Type: Host},
		"2 2 udp 1 2001:db8::1 9 typ host": {
			Foundation: "2", Component: RTCP, Transport: "udp", Priority: 1, Addr: netip.MustParseAddrPort("[2001:db8::1]:9"), Type: Host},
		"13 1 UDP 519045375 10.77.0.9 50002 typ relay raddr 10.77.0.1 rport 40011": {
			Foundation: "13", Component: RTP, Transport: "UDP", Priority: 519045375, Addr: netip.MustParseAddrPort("10.77.0.9:50002"), Type: Relayed,
			Related: netip.MustParseAddrPort("10.77.0.1:40011")},
	} {
		if got := c.String(); got != want || !c.UDP() {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if (Candidate{Transport: "TCP-ACT"}).UDP() {
		t.Error("TCP is taken for UDP")
	}
}
