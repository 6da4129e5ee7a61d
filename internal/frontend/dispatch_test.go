package frontend_test

import (
	"testing"

	"parley/internal/frontend"
	"parley/internal/wire/sip"
)

func TestWhoCannotBeReached(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		alice := s.phone("alice@example.test")
		alice.register(nil)
		for _, tt := range []struct {
			edit func(m *sip.Message)
			want string
		}{
			{func(m *sip.Message) { m.SetRequestURI("sip:nobody@example.test") }, "404"},
			{func(m *sip.Message) { m.SetRequestURI("sip:bob@example.test") }, "480"},
			{func(m *sip.Message) { m.SetRequestURI("sip:bob@elsewhere.test") }, "404"},
			{func(m *sip.Message) { m.Set("From", "<sip:eve@elsewhere.test>;tag=1") }, "404"},
			{func(m *sip.Message) { m.Set("To", "<sip:bob@example.test>;tag=gone") }, "481"},
			{func(m *sip.Message) { m.SetRequestURI("sip:alice@example.test"); m.Set("Max-Forwards", "0") }, "483"},
			{func(m *sip.Message) { m.SetRequestURI("sip:alice@example.test"); m.Add("Proxy-Require", "magic") }, "420"},
			{func(m *sip.Message) { m.SetRequestURI("isbn:123") }, "416"},
		} {
			m := alice.request("OPTIONS", "sip:bob@example.test")
			tt.edit(m)
			alice.send(m)
			alice.expect(tt.want)
		}
		alice.send(alice.request("SUBSCRIBE", "sip:bob@example.test"))
		alice.expect("400")
		m := alice.request("SUBSCRIBE", "sip:bob@example.test")
		m.Add("Event", "weather")
		alice.send(m)
		alice.expect("489")
	})
}

func TestSignedConnectionIgnoresUnsignedMessages(t *testing.T) {
	served := 0
	services := frontend.Services{Message: func(r *frontend.Request) {
		served++
		r.Reply(200, "", nil)
	}}
	run(t, services, func(s *site) {
		alice := s.phone("alice@example.test")
		alice.register(nil)
		s.auth.signed[alice.server.ID()] = "alice@example.test"
		alice.send(alice.request("MESSAGE", "sip:bob@example.test"))
		alice.expect("401")
		m := alice.request("MESSAGE", "sip:bob@example.test")
		m.Add("Authorization", "alice@example.test")
		alice.send(m)
		alice.expect("200")
		if served != 1 || alice.last().Get("Authentication-Info") != "signed for alice@example.test" {
			t.Errorf("served %d, answer signed %q", served, alice.last().Get("Authentication-Info"))
		}
	})
}
