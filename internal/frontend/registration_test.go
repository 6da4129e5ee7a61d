package frontend_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/frontend/registrar"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

func TestLyncRegistration(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		alice := s.phone("alice@example.test")
		alice.register(func(m *sip.Message) {
			m.Set("From", m.Get("From")+";epid=f42ef11c2d1a")
			m.Set("Contact", `<sip:192.0.2.7:41238;transport=tls;ms-opaque=d3>;methods="INVITE, MESSAGE";proxy=replace;+sip.instance="<urn:uuid:80536f33-a16b>"`)
			m.Add("Supported", "gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence")
			m.Add("ms-keep-alive", "UAC;hop-hop=yes")
			m.Remove("Expires")
		})
		res := alice.last()
		if res.Get("Expires") != "7200" || strings.Contains(res.Get("Allow-Events"), " ") ||
			strings.Join(res.Values("Supported"), "|") != "adhoclist|msrtc-event-categories" ||
			!strings.Contains(res.Get("Contact"), `;gruu="sip:alice@example.test;opaque=user:epid:80536f33-a16b;gruu"`) {
			t.Errorf("answered\n%s", res.Bytes())
		}
		u, _ := sip.ParseURI("sip:alice@example.test;opaque=user:epid:80536f33-a16b;gruu")
		b, ok := s.registrar.Device(u)
		if !ok || b.Dialect != dialect.Lync || b.Epid != "f42ef11c2d1a" {
			t.Errorf("GRUU leads to %+v", b)
		}
		alice.flow.Close(nil)
		synctest.Wait()
		if n := len(s.registrar.Lookup("alice@example.test")); n != 0 {
			t.Errorf("%d devices after the connection ended", n)
		}
	})
}

func TestRegistrationsEnd(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		var removed []string
		s.registrar.Observe(func(c registrar.Change) {
			if c.Kind == registrar.Removed {
				removed = append(removed, c.Reason)
			}
		})
		alice := s.phone("alice@example.test")
		alice.register(func(m *sip.Message) { m.Set("Expires", "20") })
		time.Sleep(21 * time.Second)
		if n := len(s.registrar.Lookup("alice@example.test")); n != 0 {
			t.Error("found after its time")
		}
		time.Sleep(10 * time.Second)
		alice.register(nil)
		alice.register(func(m *sip.Message) { m.Set("Expires", "0") })
		alice.register(nil)
		alice.register(func(m *sip.Message) { m.Set("Contact", "*"); m.Set("Expires", "0") })
		if got := strings.Join(removed, ","); got != "expired,client,client" {
			t.Errorf("removed: %s", got)
		}
		m := alice.request("REGISTER", "sip:example.test")
		m.Set("To", "<sip:alice@example.test>")
		m.Set("Expires", "3")
		alice.send(m)
		alice.expect("423")
		for i := range 5 {
			m := alice.request("REGISTER", "sip:example.test")
			m.Set("To", "<sip:alice@example.test>")
			m.Set("Contact", fmt.Sprintf("<sip:alice@192.0.2.1:%d>", 7000+i))
			alice.send(m)
		}
		alice.expect("200", "200", "200", "200", "403")
		if s.registrar.Count() != 4 {
			t.Errorf("%d devices, limit 4", s.registrar.Count())
		}
	})
}

func TestWayToADevice(t *testing.T) {
	t.Parallel()
	remote := netip.MustParseAddrPort("192.0.2.7:40000")
	for _, tt := range []struct{ contact, want string }{
		{"sip:bob@192.0.2.7:5062", "192.0.2.7:5062"},      // no translator between: its own port
		{"sip:bob@10.0.0.4:5062", "192.0.2.7:40000"},      // behind one
		{"sip:bob@192.0.2.7:40000", "192.0.2.7:40000"},    // the same
		{"sip:bob@phone.invalid:5062", "192.0.2.7:40000"}, // a name says nothing about translators
		{"sip:bob@[2001:db8::1]:5062", "192.0.2.7:40000"}, //
	} {
		b := frontend.Binding{Contact: tt.contact, Proto: transport.UDP, Remote: remote}
		if got := b.Target().Addr; got != tt.want {
			t.Errorf("%s from %s is reached at %s, want %s", tt.contact, remote, got, tt.want)
		}
	}
}
