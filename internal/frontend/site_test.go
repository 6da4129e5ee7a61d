package frontend_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"parley/internal/frontend"
	"parley/internal/frontend/registrar"
	"parley/internal/stack/memnet"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// trusting believes From; a flow in signed must carry an Authorization that names its user.
type trusting struct{ signed map[uint64]string }

func account(m *sip.Message) string {
	from, _ := m.From()
	return from.URI.Account()
}

func (a *trusting) Register(_ transport.Flow, m *sip.Message) (string, *sip.Message) {
	if m.Has("X-Wrong") {
		return "", sip.NewResponse(m, 401, "")
	}
	return account(m), nil
}

func (a *trusting) Challenge(_ transport.Flow, m *sip.Message) (string, *sip.Message) {
	return account(m), nil
}

func (a *trusting) Signed(f transport.Flow) bool { return a.signed[f.ID()] != "" }

func (a *trusting) Verify(f transport.Flow, m *sip.Message) (string, error) {
	if m.Get("Authorization") != a.signed[f.ID()] {
		return "", fmt.Errorf("not signed")
	}
	return a.signed[f.ID()], nil
}

func (a *trusting) Refuse(_ transport.Flow, m *sip.Message, _ error) *sip.Message {
	return sip.NewResponse(m, 401, "")
}

func (a *trusting) Sign(f transport.Flow, m *sip.Message) error {
	m.Remove("Authorization")
	if a.signed[f.ID()] != "" {
		m.Set("Authentication-Info", "signed for "+a.signed[f.ID()])
	}
	return nil
}

// phone is an endpoint at the far end of a flow: a transaction layer with a recorder on top.
type phone struct {
	t      *testing.T
	user   string
	layer  *transaction.Layer
	flow   *memnet.End
	server *memnet.End
	events []string
	got    []*sip.Message
	answer func(tx *transaction.ServerTx)
}

func (p *phone) ServeRequest(tx *transaction.ServerTx) {
	p.note(tx.Request())
	if p.answer != nil {
		p.answer(tx)
	}
}

func (p *phone) ServeAck(_ transport.Flow, m *sip.Message) { p.note(m) }

func (p *phone) FlowClosed(transport.Flow, error) {}

func (p *phone) note(m *sip.Message) {
	p.got = append(p.got, m)
	if m.IsRequest() {
		p.events = append(p.events, m.Method())
	} else {
		p.events = append(p.events, fmt.Sprint(m.StatusCode()))
	}
}

func (p *phone) send(m *sip.Message) *transaction.ClientTx {
	p.t.Helper()
	c, err := p.layer.Request(m, transaction.Target{Flow: p.flow}, func(res *sip.Message, err error) {
		if err != nil {
			p.events = append(p.events, err.Error())
			return
		}
		p.note(res)
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

func (p *phone) request(method, uri string) *sip.Message {
	m := sip.NewRequest(method, uri)
	m.Add("From", "<sip:"+p.user+">;tag=from-"+p.user)
	m.Add("To", "<"+uri+">")
	m.Add("Call-ID", sip.NewCallID())
	m.Add("CSeq", "1 "+method)
	m.Add("Contact", "<"+p.contact()+">")
	return m
}

func (p *phone) contact() string {
	return "sip:" + strings.SplitN(p.user, "@", 2)[0] + "@" + p.flow.Local().String() + ";transport=tcp"
}

func (p *phone) register(edit func(*sip.Message)) {
	p.t.Helper()
	m := p.request("REGISTER", "sip:example.test")
	m.Set("To", "<sip:"+p.user+">")
	m.Set("Expires", "600")
	if edit != nil {
		edit(m)
	}
	p.send(m)
	p.expect("200")
}

func (p *phone) expect(want ...string) {
	p.t.Helper()
	synctest.Wait()
	if got := strings.Join(p.events, " "); got != strings.Join(want, " ") {
		p.t.Errorf("%s: %s, want %s", p.user, got, strings.Join(want, " "))
	}
	p.events = nil
}

// last is the newest message that arrived.
func (p *phone) last() *sip.Message {
	p.t.Helper()
	if len(p.got) == 0 {
		p.t.Fatalf("%s got nothing", p.user)
	}
	return p.got[len(p.got)-1]
}

type site struct {
	t         *testing.T
	net       memnet.Network
	layer     *transaction.Layer
	auth      *trusting
	registrar *registrar.Registrar
	server    *frontend.Server
}

func run(t *testing.T, services frontend.Services, test func(s *site)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &site{t: t, auth: &trusting{signed: map[uint64]string{}}, registrar: registrar.New(registrar.Config{Devices: 4})}
		s.layer = transaction.New(transaction.Config{})
		services.Register = s.registrar.Register
		s.server = frontend.New(frontend.Config{
			Host: "fe.example.test", Domains: []string{"example.test"}, Layer: s.layer, Auth: s.auth, Location: s.registrar, Services: services,
			Exists: func(a string) bool { return !strings.HasPrefix(a, "nobody@") && !strings.HasPrefix(a, "tgruu.") },
		})
		s.layer.Attach(&s.net)
		s.layer.SetHandler(s.server)
		s.layer.SetGuard(s.server)
		defer func() {
			s.net.Close()
			s.layer.Stop()
			s.registrar.Stop()
		}()
		test(s)
	})
}

func (s *site) phone(user string) *phone {
	p := &phone{t: s.t, user: user}
	p.layer = transaction.New(transaction.Config{Handler: p})
	p.flow, p.server = s.net.Pair(transport.TCP, p.layer, s.layer)
	s.t.Cleanup(p.layer.Stop)
	return p
}

func reply(codes ...int) func(*transaction.ServerTx) {
	return func(tx *transaction.ServerTx) {
		req := tx.Request()
		for _, code := range codes {
			res := sip.NewResponse(req, code, "")
			res.SetTag("callee")
			res.Add("Contact", "<sip:callee@192.0.2.99:5060>")
			tx.Respond(res)
		}
	}
}
