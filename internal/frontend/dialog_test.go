package frontend_test

import (
	"fmt"
	"testing"

	"parley/internal/frontend"
	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

// linphone's contact is its GRUU, as is every Lync-dialect client's: the ACK and BYE of a dialog are addressed to our domain, with or without our
// Route, and are for that one device of the user.
func TestRequestsInADialogFollowTheGRUU(t *testing.T) {
	for name, form := range map[string]struct {
		register func(m *sip.Message, device int)
		gruu     string
	}{
		"standard": {func(m *sip.Message, device int) {
			m.Set("Contact", fmt.Sprintf(`<sip:bob@192.0.2.7:%d>;+sip.instance="<urn:uuid:device-%d>"`, 40000+device, device))
			m.Add("Supported", "gruu")
		}, "sip:bob@example.test;gr=urn:uuid:device-1"},
		"Lync": {func(m *sip.Message, device int) {
			m.Set("From", m.Get("From")+fmt.Sprintf(";epid=%d", device))
			m.Set("Contact", fmt.Sprintf(`<sip:192.0.2.7:%d;transport=tls;ms-opaque=d3>;proxy=replace;+sip.instance="<urn:uuid:device-%d>"`, 40000+device, device))
			m.Add("Supported", "gruu-10, adhoclist, msrtc-event-categories")
		}, "sip:bob@example.test;opaque=user:epid:device-1;gruu"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, frontend.Services{}, func(s *site) {
				alice := s.phone("alice@example.test")
				alice.register(nil)
				var bobs [3]*phone
				for i := range bobs {
					bobs[i] = s.phone("bob@example.test")
					bobs[i].register(func(m *sip.Message) { form.register(m, i) })
					bobs[i].answer = reply(200)
				}
				inDialog := func(method string) *sip.Message {
					m := alice.request(method, form.gruu)
					m.Set("To", "<sip:bob@example.test>;tag=callee")
					return m
				}
				if err := alice.layer.Send(inDialog("ACK"), transaction.Target{Flow: alice.flow}); err != nil {
					t.Fatal(err)
				}
				bobs[1].expect("ACK")
				alice.send(inDialog("BYE"))
				alice.expect("200")
				bobs[1].expect("BYE")
				bobs[0].expect()
				bobs[2].expect()
			})
		})
	}
}

// Another program on the server's own machine has the same address. What is addressed to its port is not for us.
func TestAnotherPortOfOurAddressIsNotUs(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		alice, bob := s.phone("alice@example.test"), s.phone("bob@example.test")
		alice.register(nil)
		bob.register(nil)
		bob.answer = reply(200)
		invite := alice.request("INVITE", "sip:bob@example.test")
		alice.send(invite)
		alice.expect("100", "200")
		bob.expect("INVITE")
		route := alice.last().Get("Record-Route")
		bye := alice.request("BYE", "sip:bob@192.0.2.1:5062")
		bye.Set("To", "<sip:bob@example.test>;tag=callee")
		bye.Add("Route", route)
		alice.send(bye)
		alice.expect("200")
		if got := bob.last(); got.Method() != "BYE" || got.RequestURI() != "sip:bob@192.0.2.1:5062" {
			t.Errorf("bob got\n%s", got.Bytes())
		}
		for port, want := range map[int]string{5060: "200", 5062: "404"} {
			alice.send(alice.request("OPTIONS", fmt.Sprintf("sip:192.0.2.1:%d", port)))
			alice.expect(want)
		}
	})
}
