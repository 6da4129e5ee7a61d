package frontend_test

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/frontend"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

var temporaryForm = regexp.MustCompile(`;temp-gruu="(sip:tgruu\.[0-9a-v]{26}@example\.test;gr)"`)

// registerFor registers p with an instance and returns its temporary GRUU.
func (p *phone) registerFor(t *testing.T, callID string, edit func(*sip.Message)) string {
	t.Helper()
	p.register(func(m *sip.Message) {
		m.Set("Supported", "gruu")
		m.Set("Call-ID", callID)
		m.Set("Contact", "<"+p.contact()+`>;+sip.instance="<urn:uuid:`+callID[:1]+`>"`)
		if edit != nil {
			edit(m)
		}
	})
	found := temporaryForm.FindStringSubmatch(p.last().Get("Contact"))
	if found == nil {
		t.Fatalf("no temporary GRUU in\n%s", p.last().Bytes())
	}
	return found[1]
}

func (s *site) leads(gruu string) string {
	u, err := sip.ParseURI(gruu)
	if err != nil {
		s.t.Fatal(err)
	}
	b, ok := s.registrar.Device(u)
	if !ok {
		return "nowhere"
	}
	return b.Account + " " + b.CallID
}

// RFC 5627 sections 3.1.2 and 5.2.
func TestTemporaryGRUUs(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		next := func(m *sip.Message) { m.Set("CSeq", "2 REGISTER") }
		alice, bob := s.phone("alice@example.test"), s.phone("bob@example.test")
		first := alice.registerFor(t, "a-1", nil)
		other := bob.registerFor(t, "b-1", nil)
		again := alice.registerFor(t, "a-1", next)
		if first == again || strings.Contains(first, "alice") {
			t.Errorf("%s and %s", first, again)
		}
		capitals := "sip:" + strings.ToUpper(first[4:strings.IndexByte(first, ';')]) + ";gr" // case is not what tells them apart
		for gruu, want := range map[string]string{
			first: "alice@example.test a-1", again: "alice@example.test a-1", other: "bob@example.test b-1", capitals: "alice@example.test a-1",
		} {
			if got := s.leads(gruu); got != want {
				t.Errorf("%s leads to %s, want %s", gruu, got, want)
			}
		}
		for _, bad := range []string{
			"sip:tgruu.00000000000000000000000000@example.test;gr", "sip:tgruu.x@example.test;gr", "sip:alice@example.test;gr",
			strings.Replace(first, "@example.test", "@other.test", 1), first[:len(first)-20] + "0" + first[len(first)-19:],
		} {
			if got := s.leads(bad); got != "nowhere" {
				t.Errorf("%s leads to %s", bad, got)
			}
		}
		// A request to one reaches the device and no other, whichever dialect the sender speaks.
		desk := s.phone("bob@example.test")
		desk.register(nil)
		bob.answer = reply(200)
		alice.send(alice.request("OPTIONS", other))
		alice.expect("200")
		bob.expect("OPTIONS")
		desk.expect()
		carol := s.phone("carol@example.test")
		carol.register(func(m *sip.Message) {
			m.Set("From", m.Get("From")+";epid=1")
			m.Add("Supported", "msrtc-event-categories")
		})
		carol.send(carol.request("OPTIONS", other))
		carol.expect("200")
		bob.expect("OPTIONS")
		// A new Call-ID ends them all.
		fresh := alice.registerFor(t, "a-2", nil)
		for gruu, want := range map[string]string{first: "nowhere", again: "nowhere", fresh: "alice@example.test a-2"} {
			if got := s.leads(gruu); got != want {
				t.Errorf("after a new Call-ID %s leads to %s, want %s", gruu, got, want)
			}
		}
		// So does the end of the registration.
		time.Sleep(601 * time.Second)
		if got := s.leads(fresh); got != "nowhere" {
			t.Errorf("after the registration it leads to %s", got)
		}
		alice.send(alice.request("OPTIONS", fresh))
		alice.expect("404")
	})
}

// Devices of the Lync dialect get one beside their own form of a public GRUU when they say that they know them.
func TestTemporaryGRUUOfLyncDevice(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		alice := s.phone("alice@example.test")
		gruu := alice.registerFor(t, "a-1", func(m *sip.Message) {
			m.Set("From", m.Get("From")+";epid=f42ef11c2d1a")
			m.Add("Supported", "gruu-10, adhoclist, msrtc-event-categories")
		})
		if got := s.leads(gruu); got != "alice@example.test a-1" {
			t.Errorf("leads to %s", got)
		}
		if c := alice.last().Get("Contact"); !strings.Contains(c, `;gruu="sip:alice@example.test;opaque=user:epid:a;gruu"`) {
			t.Errorf("Contact %s", c)
		}
	})
}

// RFC 3608: the route by which the REGISTER came, else our address as the device reaches it.
func TestServiceRoute(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		alice := s.phone("alice@example.test")
		alice.register(nil)
		route := alice.last().Get("Service-Route")
		if want := "<sip:192.0.2.1:5060;transport=tcp;lr>"; route != want {
			t.Errorf("Service-Route %q, want %q", route, want)
		}
		alice.register(func(m *sip.Message) {
			m.Set("CSeq", "2 REGISTER")
			m.Set("Route", "<sip:fe.example.test;transport=tcp;lr>")
		})
		if got := alice.last().Get("Service-Route"); got != "<sip:fe.example.test;transport=tcp;lr>" {
			t.Errorf("Service-Route %q", got)
		}
		bob := s.phone("bob@example.test")
		bob.register(nil)
		bob.answer = reply(200)
		m := alice.request("OPTIONS", "sip:bob@example.test")
		m.Add("Route", route)
		alice.send(m)
		alice.expect("200")
		if got := bob.last(); got.Has("Route") {
			t.Errorf("our own Route went on:\n%s", got.Bytes())
		}
	})
}

// RFC 3327: requests to a device go by the proxies that its REGISTER came through.
func TestPath(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		edge, alice := s.phone("bob@example.test"), s.phone("alice@example.test")
		alice.register(nil)
		edge.register(func(m *sip.Message) {
			m.Add("Supported", "path")
			m.Add("Path", "<sip:edge1.example.net;lr>, <sip:edge2.example.net;lr;ob>")
		})
		if got := strings.Join(edge.last().Values("Path"), "|"); got != "<sip:edge1.example.net;lr>, <sip:edge2.example.net;lr;ob>" {
			t.Errorf("Path in the answer: %q", got)
		}
		edge.answer = reply(200)
		alice.send(alice.request("OPTIONS", "sip:bob@example.test"))
		alice.expect("200")
		if got := strings.Join(edge.last().List("Route"), "|"); got != "<sip:edge1.example.net;lr>|<sip:edge2.example.net;lr;ob>" {
			t.Errorf("Route %q", got)
		}
	})
	b := frontend.Binding{Account: "bob@example.test", Contact: "sip:bob@10.0.0.1", Proto: transport.UDP, Path: []string{"<sip:edge.example.net;lr>"}}
	if got := b.Target().Where.Host; got != "edge.example.net" {
		t.Errorf("without a connection the next hop is %q", got)
	}
}

// RFC 5626: a device with two flows is asked once, by the other when the first fails.
func TestFlowsOfOneDevice(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		alice := s.phone("alice@example.test")
		alice.register(nil)
		flow := func(id string) *phone {
			p := s.phone("bob@example.test")
			p.register(func(m *sip.Message) {
				m.Add("Supported", "outbound, path")
				m.Set("Contact", "<sip:bob@192.0.2.50>;+sip.instance=\"<urn:uuid:1>\";reg-id="+id)
			})
			return p
		}
		one, eleven := flow("1"), flow("11")
		if one.last().Get("Require") != "outbound" {
			t.Errorf("answered\n%s", one.last().Bytes())
		}
		one.answer, eleven.answer = reply(200), reply(430)
		alice.send(alice.request("OPTIONS", "sip:bob@example.test"))
		alice.expect("200")
		eleven.expect("OPTIONS")
		one.expect("OPTIONS")
		if n := len(s.registrar.Lookup("bob@example.test")); n != 1 || s.registrar.Count() != 3 {
			t.Errorf("%d devices, %d registrations", n, s.registrar.Count())
		}
		eleven.flow.Close(nil)
		synctest.Wait()
		alice.send(alice.request("OPTIONS", "sip:bob@example.test"))
		alice.expect("200")
		one.expect("OPTIONS")
	})
}

// RFC 5626 section 6: behind a proxy that keeps no flows a device's own flow means nothing.
func TestFirstHopLacksOutbound(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		bob := s.phone("bob@example.test")
		for _, tt := range []struct{ path, want string }{{"", "439"}, {"<sip:edge.example.net;lr>", "439"}, {"<sip:edge.example.net;lr;ob>", "200"}} {
			m := bob.request("REGISTER", "sip:example.test")
			m.Set("To", "<sip:bob@example.test>")
			m.Add("Via", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1")
			m.Add("Supported", "outbound")
			m.Set("Contact", `<sip:bob@10.0.0.1>;+sip.instance="<urn:uuid:1>";reg-id=1`)
			if tt.path != "" {
				m.Add("Path", tt.path)
			}
			bob.send(m)
			bob.expect(tt.want)
		}
	})
}
