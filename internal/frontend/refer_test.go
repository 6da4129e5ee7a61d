package frontend_test

import (
	"strings"
	"testing"

	"parley/internal/frontend"
	"parley/internal/wire/sip"
)

// A REFER outside of a dialog goes to one other device of the same user, and its report comes back.
func TestReferToOwnDevice(t *testing.T) {
	run(t, frontend.Services{}, func(s *site) {
		web, desk, old := s.phone("alice@example.test"), s.phone("alice@example.test"), s.phone("alice@example.test")
		for name, p := range map[string]*phone{"web": web, "desk": desk, "old": old} {
			p.register(func(m *sip.Message) {
				methods := `;methods="INVITE, REFER"`
				if name == "old" {
					methods = `;methods="INVITE";q=1.0`
				}
				m.Set("Contact", "<"+p.contact()+`>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-00000000000`+string(rune('0'+len(name)))+`>"`+methods)
			})
		}
		desk.answer = reply(202)
		m := web.request("REFER", "sip:alice@example.test")
		m.Add("Refer-To", "<sip:bob@example.test>")
		m.Add("Referred-By", "<sip:mallory@example.test>")
		web.send(m)
		web.expect("202")
		old.expect()
		desk.expect("REFER")
		got := desk.last()
		if by := got.Get("Referred-By"); by != "<sip:alice@example.test>" {
			t.Errorf("Referred-By %s", by)
		}
		n := desk.request("NOTIFY", "sip:alice@192.0.2.99:5060")
		n.Set("Call-ID", m.CallID())
		n.Set("From", "<sip:alice@example.test>;tag=callee")
		n.Set("To", m.Get("From"))
		n.Add("Route", got.Get("Record-Route"))
		n.Add("Event", "refer")
		web.answer = reply(200)
		desk.send(n)
		desk.expect("200")
		web.expect("NOTIFY")
	})
}

func TestReferThatIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		to, referTo, want string
	}{
		"somebody else's device": {"sip:bob@example.test", "<sip:alice@example.test>", "403"},
		"no other device":        {"sip:alice@example.test", "<sip:bob@example.test>", "480"},
		"no target":              {"sip:alice@example.test", "", "400"},
		"two targets":            {"sip:alice@example.test", "<sip:bob@example.test>, <sip:carol@example.test>", "400"},
		"not a SIP target":       {"sip:alice@example.test", "<tel:+3222220001>", "400"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, frontend.Services{}, func(s *site) {
				alice, bob := s.phone("alice@example.test"), s.phone("bob@example.test")
				alice.register(nil)
				bob.register(nil)
				m := alice.request("REFER", tt.to)
				if tt.referTo != "" {
					m.Add("Refer-To", tt.referTo)
				}
				alice.send(m)
				alice.expect(strings.Fields(tt.want)...)
				bob.expect()
			})
		})
	}
}
