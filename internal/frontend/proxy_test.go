package frontend_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"parley/internal/frontend"
	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

func TestRequestIsProxiedUnchanged(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		alice, bob := s.phone("alice@example.test"), s.phone("bob@example.test")
		alice.register(nil)
		bob.register(nil)
		bob.answer = reply(200)
		m := alice.request("OPTIONS", "sip:Bob@example.test")
		m.Add("X-Odd", "a,  b ;c=\"d, e\"")
		m.SetBody("text/x-any", []byte("\x00body"))
		alice.send(m)
		alice.expect("200")
		got := bob.last()
		for _, name := range []string{"X-Odd", "From", "To", "Call-ID", "CSeq", "Content-Type"} {
			if got.Get(name) != m.Get(name) {
				t.Errorf("%s became %q", name, got.Get(name))
			}
		}
		if got.BodyString() != "\x00body" || got.Get("Max-Forwards") != "69" || got.RequestURI() != bob.contact() || len(got.List("Via")) != 2 {
			t.Errorf("proxied as\n%s", got.Bytes())
		}
	})
}

// Two Lync-dialect clients share applications and files between themselves: what they offer each other must not be touched.
func TestSharingPassesBetweenLyncClients(t *testing.T) {
	refuse := func(r *frontend.Request) { r.Reply(500, "not for this service", nil) }
	run(t, frontend.Services{Call: refuse, IM: refuse}, func(s *site) {
		lync := func(m *sip.Message) {
			m.Set("From", m.Get("From")+";epid=f42ef11c2d1a")
			m.Add("Supported", "msrtc-event-categories")
		}
		alice, bob := s.phone("alice@example.test"), s.phone("bob@example.test")
		alice.register(lync)
		bob.register(lync)
		bob.answer = reply(200)
		for kind, media := range map[string]string{
			"an application": "m=applicationsharing 40244 TCP/RTP/AVP 127\r\na=x-applicationsharing-role:sharer\r\na=candidate:1 1 TCP-PASS 1013186815 192.0.2.7 40094 typ host\r\n",
			"a file":         "m=data 40322 TCP/RTP/AVP 127\r\na=rtpmap:127 X-DATA/90000\r\na=sendonly\r\n",
		} {
			m := alice.request("INVITE", "sip:bob@example.test")
			m.SetBody("application/sdp", []byte("v=0\r\no=- 0 0 IN IP4 192.0.2.7\r\ns=session\r\nc=IN IP4 192.0.2.7\r\nb=CT:99980\r\nt=0 0\r\n"+media))
			alice.send(m)
			alice.expect("100", "200")
			if got := bob.last(); got.BodyString() != m.BodyString() || got.Get("Contact") != m.Get("Contact") {
				t.Errorf("%s was changed:\n%s", kind, got.Bytes())
			}
		}
	})
}

func TestInviteDialogStaysOnItsFlows(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		alice, bob := s.phone("alice@example.test"), s.phone("bob@example.test")
		alice.register(nil)
		bob.register(nil)
		bob.answer = reply(180, 200)
		invite := alice.request("INVITE", "sip:bob@example.test")
		alice.send(invite)
		alice.expect("100", "180", "200")
		route := alice.last().Get("Record-Route")
		if !strings.Contains(route, ";lr;ft=") {
			t.Fatalf("Record-Route %q", route)
		}
		inDialog := func(method string) *sip.Message {
			m := alice.request(method, "sip:callee@192.0.2.99:5060")
			m.Set("Call-ID", invite.CallID())
			m.Set("To", "<sip:bob@example.test>;tag=callee")
			m.Add("Route", route)
			return m
		}
		if err := alice.layer.Send(inDialog("ACK"), transaction.Target{Flow: alice.flow}); err != nil {
			t.Fatal(err)
		}
		bob.expect("INVITE", "ACK")
		bob.answer = reply(200)
		bye := inDialog("BYE")
		bye.Set("CSeq", "2 BYE")
		alice.send(bye)
		alice.expect("200")
		bob.expect("BYE")

		forged := inDialog("BYE")
		forged.Set("Route", strings.Replace(route, "ft=A", "ft=B", 1))
		alice.send(forged)
		alice.expect("481")
	})
}

func TestForkingTakesTheFirstSuccessAndTheBestFailure(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		alice := s.phone("alice@example.test")
		alice.register(nil)
		desk, mobile := s.phone("bob@example.test"), s.phone("bob@example.test")
		for i, p := range []*phone{desk, mobile} {
			p.register(func(m *sip.Message) {
				m.Set("Contact", fmt.Sprintf(`<%s>;+sip.instance="<urn:uuid:%d>"`, p.contact(), i))
			})
		}
		ring := func(tx *transaction.ServerTx) {
			tx.OnCancel(func() { reply(487)(tx) })
			reply(180)(tx)
		}
		var picked *transaction.ServerTx
		desk.answer, mobile.answer = ring, func(tx *transaction.ServerTx) {
			picked = tx
			reply(180)(tx)
		}
		alice.send(alice.request("INVITE", "sip:bob@example.test"))
		synctest.Wait() // both ring
		reply(200)(picked)
		synctest.Wait()
		if got := strings.Join(alice.events, " "); got != "100 180 180 200" {
			t.Errorf("caller heard %s", got)
		}
		alice.events = nil
		if servers := desk.events[len(desk.events)-1]; servers != "INVITE" {
			t.Errorf("desk heard %v", desk.events)
		}

		desk.answer, mobile.answer = reply(486), reply(480)
		alice.send(alice.request("INVITE", "sip:bob@example.test"))
		alice.expect("100", "486")
		desk.answer, mobile.answer = reply(408), reply(603)
		alice.send(alice.request("INVITE", "sip:bob@example.test"))
		alice.expect("100", "603")
	})
}

// A device that sends its requests back to us must not keep two servers busy for 70 hops.
func TestLoopIsFoundAtItsFirstTurn(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		alice, mirror := s.phone("alice@example.test"), s.phone("mirror@example.test")
		alice.register(nil)
		mirror.register(nil)
		mirror.answer = func(tx *transaction.ServerTx) {
			back := tx.Request().Clone()
			back.SetRequestURI("sip:mirror@example.test")
			if _, err := mirror.layer.Request(back, transaction.Target{Flow: mirror.flow}, func(res *sip.Message, _ error) {
				res = res.Clone()
				res.RemoveFirst("Via")
				tx.Respond(res)
			}); err != nil {
				t.Error(err)
			}
		}
		alice.send(alice.request("OPTIONS", "sip:mirror@example.test"))
		alice.expect("482")
		mirror.expect("OPTIONS")

		m := alice.request("OPTIONS", "sip:alice@example.test")
		m.Add("Max-Breadth", "0")
		alice.send(m)
		alice.expect("440")
	})
}

func TestCallerCancels(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		alice, bob := s.phone("alice@example.test"), s.phone("bob@example.test")
		alice.register(nil)
		bob.register(nil)
		bob.answer = func(tx *transaction.ServerTx) {
			tx.OnCancel(func() { reply(487)(tx) })
			reply(180)(tx)
		}
		c := alice.send(alice.request("INVITE", "sip:bob@example.test"))
		alice.expect("100", "180")
		c.Cancel()
		alice.expect("487")
	})
}
