package app

import (
	"slices"
	"strings"
	"testing"

	"parley/internal/config"
)

func TestNames(t *testing.T) {
	c := config.Default()
	c.Name, c.Domains = "fe.parley.test", []string{"parley.test"}
	c.Listen.SIPTLS, c.Listen.SIPTCP, c.Listen.SIPUDP = []string{"[::]:5071", ":0"}, []string{":0"}, []string{"192.0.2.1:5060"}
	got, err := names(&c)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range got.Records {
		lines = append(lines, r.Line)
	}
	all := strings.Join(lines, "\n")
	for _, want := range []string{"_sipinternaltls._tcp.parley.test. 3600 IN SRV 0 0 5071 fe.parley.test.", "_sip._udp.parley.test. 3600 IN SRV 0 0 5060"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if strings.Contains(all, "_sip._tcp") {
		t.Errorf("a port that is chosen at the start is published:\n%s", all)
	}
	if !slices.Contains(got.Certificate, "fe.parley.test") {
		t.Errorf("certificate names %v", got.Certificate)
	}
	c.Name = "192.0.2.1"
	if _, err := names(&c); err == nil {
		t.Error("an address is taken for a name")
	}
}
