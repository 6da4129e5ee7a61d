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
func (p *phone) FlowClosed(transport.Flow, error)          {}

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
			Exists: func(a string) bool { return !strings.HasPrefix(a, "nobody@") },
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
