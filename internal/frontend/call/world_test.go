package call

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/stack/ice"
	"parley/internal/stack/memnet"
	"parley/internal/stack/relay"
	"parley/internal/stack/srtp"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// world is a server with calls on a network in memory, whose devices are scripts.
type world struct {
	t       *testing.T
	net     memnet.Network
	layer   *transaction.Layer
	svc     *Service
	media   *fakeMedia
	stop    context.CancelFunc
	stopped chan struct{}

	mu       sync.Mutex
	devices  []frontend.Binding
	users    map[uint64]string // who is at the other end of a flow
	kinds    map[uint64]dialect.Kind
	records  []Record
	presence []string
}

// inWorld runs a test in fake time with a server in it.
func inWorld(t *testing.T, limits Limits, f func(w *world)) {
	t.Helper()
	inWorldWith(t, limits, EncryptionOptional, f)
}

func inWorldWith(t *testing.T, limits Limits, encryption Encryption, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, media: &fakeMedia{}, users: map[uint64]string{}, kinds: map[uint64]dialect.Kind{}, stopped: make(chan struct{})}
		w.layer = transaction.New(transaction.Config{Handler: w})
		w.svc = New(Config{Network: w.layer, Media: w.media, Location: w, Host: "fe.parley.test", Sink: w, InCall: w.inCall, Limits: limits, Encryption: encryption,
			Exists: func(account string) bool { return account != "nobody@parley.test" }})
		ctx, stop := context.WithCancel(t.Context())
		w.stop = stop
		go func() {
			defer close(w.stopped)
			_ = w.svc.Run(ctx)
		}()
		defer func() {
			stop()
			<-w.stopped
			w.net.Close()
			w.layer.Stop()
			if n := w.svc.Active(); n != 0 && !t.Failed() {
				t.Errorf("%d calls are left", n)
			}
		}()
		f(w)
	})
}

func (w *world) CallEnded(r Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.records = append(w.records, r)
}

func (w *world) inCall(user string, talking bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.presence = append(w.presence, fmt.Sprintf("%s %v", user, talking))
}

// record returns the only record of the world's calls.
func (w *world) record() Record {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.records) != 1 {
		w.t.Fatalf("%d records, want 1: %+v", len(w.records), w.records)
	}
	return w.records[0]
}

// ServeRequest does what the front end does with requests.
func (w *world) ServeRequest(tx *transaction.ServerTx) {
	w.mu.Lock()
	r := &frontend.Request{Message: tx.Request(), Tx: tx, Flow: tx.Flow(), User: w.users[tx.Flow().ID()], Dialect: w.kinds[tx.Flow().ID()]}
	w.mu.Unlock()
	to, _ := r.To()
	switch {
	case to.Tag() == "" && r.Method() == "INVITE":
		w.svc.Invite(r)
	case !w.svc.InDialog(r):
		r.Reply(481, "", nil)
	}
}

func (w *world) ServeAck(flow transport.Flow, ack *sip.Message) { w.svc.Ack(flow, ack) }
func (w *world) FlowClosed(flow transport.Flow, _ error)        { w.svc.FlowClosed(flow) }

func (w *world) Lookup(account string) []frontend.Binding {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []frontend.Binding
	for _, d := range w.devices {
		if d.Account == account {
			out = append(out, d)
		}
	}
	return out
}

func (w *world) Device(u sip.URI) (frontend.Binding, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.devices {
		if d.GRUU == u.String() {
			return d, true
		}
	}
	return frontend.Binding{}, false
}

// phone is a scripted device.
type phone struct {
	*world
	user   string
	kind   dialect.Kind
	end    *memnet.End
	inbox  chan *sip.Message
	host   string
	tag    string
	callID string
	peer   string // remote target
	from   string // From of our requests
	to     string // To of our requests
	cseq   int
	invite *sip.Message // the last one received
	asked  *sip.Message // the last INVITE sent
}

func (p *phone) Receive(_ transport.Flow, m *sip.Message, _ error) { p.inbox <- m }
func (p *phone) Closed(transport.Flow, error)                      {}

// phone signs a device in.
func (w *world) phone(user string, kind dialect.Kind) *phone {
	w.t.Helper()
	p := &phone{world: w, user: user + "@parley.test", kind: kind, inbox: make(chan *sip.Message, 64), tag: sip.NewTag(), callID: sip.NewCallID()}
	end, server := w.net.Pair(transport.TCP, p, w.layer)
	p.end = end
	p.host = end.Local().String()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users[server.ID()], w.kinds[server.ID()] = p.user, kind
	w.devices = append(w.devices, frontend.Binding{Account: p.user, Contact: "sip:" + user + "@" + p.host + ";transport=tcp", Epid: fmt.Sprintf("%012x", server.ID()),
		Dialect: kind, Flow: server, Proto: transport.TCP, UserAgent: kind.String() + " test"})
	return p
}

// next returns the next message, or fails when none comes in 200 s of the world's time. ACKs and provisional 100s pass by.
func (p *phone) next() *sip.Message {
	p.t.Helper()
	deadline := time.After(200 * time.Second)
	for {
		select {
		case m := <-p.inbox:
			if m.StatusCode() == 100 {
				continue
			}
			return m
		case <-deadline:
			p.t.Fatalf("%s: nothing came", p.user)
		}
	}
}

// request waits for a request of a method.
func (p *phone) request(method string) *sip.Message {
	p.t.Helper()
	m := p.next()
	if m.Method() != method || !m.IsRequest() {
		p.t.Fatalf("%s: got\n%s\nwant %s", p.user, m.Bytes(), method)
	}
	if method == "INVITE" {
		p.invite = m
		from, _ := m.From()
		p.from, p.to, p.callID = m.Get("To"), m.Get("From"), m.CallID()
		if !strings.Contains(p.from, "tag=") {
			p.from += ";tag=" + p.tag
		}
		_ = from
		c, err := m.Contact()
		if err != nil {
			p.t.Fatal(err)
		}
		p.peer = c.URI.String()
	}
	return m
}

// response waits for a response with a status.
func (p *phone) response(code int) *sip.Message {
	p.t.Helper()
	m := p.next()
	if m.StatusCode() != code {
		p.t.Fatalf("%s: got\n%s\nwant %d", p.user, m.Bytes(), code)
	}
	if to := m.Get("To"); m.Method() == "INVITE" && strings.Contains(to, "tag=") {
		p.to = to
		if c, err := m.Contact(); err == nil {
			p.peer = c.URI.String()
		}
	}
	return m
}

// silent fails when anything comes within d.
func (p *phone) silent(d time.Duration) {
	p.t.Helper()
	over := time.After(d)
	for {
		select {
		case m := <-p.inbox:
			if m.StatusCode() != 100 {
				p.t.Fatalf("%s: unexpected\n%s", p.user, m.Bytes())
			}
		case <-over:
			return
		}
	}
}

// send sends a request in the phone's dialog, or the one that begins it.
func (p *phone) send(method, contentType, body string, fields ...string) *sip.Message {
	p.t.Helper()
	target := p.peer
	if method != "ACK" {
		p.cseq++
	}
	m := sip.NewRequest(method, target)
	via := "SIP/2.0/TCP " + p.host
	if p.kind != dialect.Lync {
		via += ";branch=" + sip.NewBranch()
	}
	m.Add("Via", via)
	m.Add("From", p.from)
	m.Add("To", p.to)
	m.Add("Call-ID", p.callID)
	m.Add("CSeq", fmt.Sprintf("%d %s", p.cseq, method))
	m.Add("Contact", "<sip:"+p.host+";transport=tcp>")
	for i := 0; i+1 < len(fields); i += 2 {
		m.Add(fields[i], fields[i+1])
	}
	if body != "" {
		m.SetBody(contentType, []byte(body))
	}
	if method == "INVITE" {
		p.asked = m.Clone()
	}
	if err := p.end.Send(m.Bytes()); err != nil {
		p.t.Fatal(err)
	}
	return m
}

// call sends the INVITE that begins a call.
func (p *phone) call(to, body string, fields ...string) {
	p.t.Helper()
	p.from = "<sip:" + p.user + ">;tag=" + p.tag
	if p.kind == dialect.Lync {
		p.from += ";epid=f42ef11c2d1a"
	}
	p.to, p.peer = "<sip:"+to+"@parley.test>", "sip:"+to+"@parley.test"
	p.send("INVITE", "application/sdp", body, fields...)
}

// reply answers a request.
func (p *phone) reply(m *sip.Message, code int, body string, fields ...string) {
	p.t.Helper()
	res := sip.NewResponse(m, code, "")
	res.SetTag(p.tag)
	res.Add("Contact", "<sip:"+p.host+";transport=tcp>")
	for i := 0; i+1 < len(fields); i += 2 {
		res.Add(fields[i], fields[i+1])
	}
	if body != "" {
		res.SetBody("application/sdp", []byte(body))
	}
	if err := p.end.Send(res.Bytes()); err != nil {
		p.t.Fatal(err)
	}
}

// ack acknowledges the success response to the last INVITE that the phone sent.
func (p *phone) ack(body string) {
	p.t.Helper()
	last := p.cseq
	number, _, _ := p.asked.CSeq()
	p.cseq = int(number)
	p.send("ACK", "application/sdp", body)
	p.cseq = last
}

// sdpOf is a description as the phone's dialect writes it.
func (p *phone) sdp(port int, lines ...string) string {
	addr := p.end.Local().Addr().String()
	head := "v=0\r\no=- 1 1 IN IP4 " + addr + "\r\ns=-\r\nc=IN IP4 " + addr + "\r\nt=0 0\r\n"
	audio := fmt.Sprintf("m=audio %d RTP/AVP 9 0 101\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=rtcp:%d\r\n", port, port+1)
	if p.kind == dialect.Lync {
		audio += fmt.Sprintf("a=ice-ufrag:V+hM\r\na=ice-pwd:6ONCltNuIeshqm+jvB4ZYx\r\na=candidate:1 1 UDP 2028994815 %s %d typ host\r\na=candidate:1 2 UDP 2028994814 %s %d typ host\r\n"+
			"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd|2^31\r\n", addr, port, addr, port+1)
	}
	for _, l := range lines {
		audio += l + "\r\n"
	}
	return head + audio
}

// talk sets up a call from a to b and returns when both have it.
func talk(a, b *phone) {
	a.t.Helper()
	_, name, _ := strings.Cut(b.user, "")
	user, _, _ := strings.Cut(name, "@")
	if user == "" {
		user, _, _ = strings.Cut(b.user, "@")
	}
	a.call(user, a.sdp(4000))
	inv := b.request("INVITE")
	b.reply(inv, 180, "")
	a.response(180)
	b.reply(inv, 200, b.sdp(5000))
	b.request("ACK")
	a.response(200)
	a.ack("")
	synctest.Wait()
}

// fakeMedia is the media relay without packets.
type fakeMedia struct {
	mu      sync.Mutex
	legs    []*fakeLeg
	bridges []string
	port    uint16
	open    int
}

type fakeSession struct{ *fakeMedia }

type fakeStream struct {
	media *fakeMedia
	kind  relay.Kind
}

type fakeLeg struct {
	media     *fakeMedia
	name      string
	local     relay.Local
	remote    relay.Remote
	send, rec bool
	connected func(relay.Selected)
	failed    func(error)
	digits    []byte
	closed    bool
}

func (m *fakeMedia) NewSession(string) MediaSession {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open++
	return fakeSession{m}
}

func (s fakeSession) AddStream(kind relay.Kind) (MediaStream, error) {
	return &fakeStream{s.fakeMedia, kind}, nil
}

func (s fakeSession) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

func (s *fakeStream) AddLeg(name string) (MediaLeg, error) {
	m := s.media
	m.mu.Lock()
	defer m.mu.Unlock()
	m.port += 2
	port := 40000 + m.port
	addr := netip.MustParseAddr("192.0.2.1")
	l := &fakeLeg{media: m, name: name, local: relay.Local{Addr: addr, RTP: port, RTCP: port + 1, Ufrag: fmt.Sprintf("u%d", port), Pwd: "p0123456789012345678901", SSRC: uint32(port),
		Crypto: srtp.NewCrypto(1, srtp.AES80), Fingerprint: "sha-256 AA:BB", CNAME: "x"}}
	for i := range 2 {
		l.local.Candidates = append(l.local.Candidates, ice.Candidate{Foundation: "1", Component: i + 1, Transport: "UDP", Priority: 2130706431 - uint32(i),
			Addr: netip.AddrPortFrom(addr, port+uint16(i)), Type: ice.Host})
	}
	m.legs = append(m.legs, l)
	return l, nil
}

func (s *fakeStream) Bridge(a, b MediaLeg) {
	s.media.mu.Lock()
	defer s.media.mu.Unlock()
	s.media.bridges = append(s.media.bridges, a.(*fakeLeg).name+"+"+b.(*fakeLeg).name)
}

func (l *fakeLeg) do(f func()) {
	l.media.mu.Lock()
	defer l.media.mu.Unlock()
	f()
}

func (l *fakeLeg) Local() (out relay.Local)           { l.do(func() { out = l.local }); return out }
func (l *fakeLeg) SetRemote(r relay.Remote) error     { l.do(func() { l.remote = r }); return nil }
func (l *fakeLeg) SetDirection(send, receive bool)    { l.do(func() { l.send, l.rec = send, receive }) }
func (l *fakeLeg) OnConnected(f func(relay.Selected)) { l.do(func() { l.connected = f }) }
func (l *fakeLeg) OnFailed(f func(error))             { l.do(func() { l.failed = f }) }
func (l *fakeLeg) RestartICE()                        { l.do(func() { l.local.Ufrag += "r" }) }
func (l *fakeLeg) SendDigit(d byte) error {
	l.do(func() { l.digits = append(l.digits, d) })
	return nil
}
func (l *fakeLeg) Close() { l.do(func() { l.closed = true }) }

// leg returns the last media leg of a name.
func (m *fakeMedia) leg(t *testing.T, name string) *fakeLeg {
	t.Helper()
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range slices.Backward(m.legs) {
		if l.name == name {
			return l
		}
	}
	t.Fatalf("no media leg %s", name)
	return nil
}

// nominate tells the call that the leg's checks chose the peer's first candidates.
func (l *fakeLeg) nominate() {
	synctest.Wait()
	var told func(relay.Selected)
	var sel relay.Selected
	l.do(func() {
		told = l.connected
		sel.RTP = relay.Pair{Local: l.local.Candidates[0], Remote: l.remote.Candidates[0]}
		sel.RTCP = relay.Pair{Local: l.local.Candidates[1], Remote: l.remote.Candidates[1]}
	})
	told(sel)
}

func has(t *testing.T, m *sip.Message, parts ...string) {
	t.Helper()
	text := string(m.Bytes())
	for _, p := range parts {
		if not, ok := strings.CutPrefix(p, "!"); ok {
			if strings.Contains(text, not) {
				t.Errorf("has %q:\n%s", not, text)
			}
		} else if !strings.Contains(text, p) {
			t.Errorf("lacks %q:\n%s", p, text)
		}
	}
}

// newCancel makes the CANCEL of an INVITE.
func newCancel(m *sip.Message, number uint32) *sip.Message {
	c := sip.NewRequest("CANCEL", m.RequestURI())
	for _, name := range []string{"Via", "From", "To", "Call-ID"} {
		c.Add(name, m.Get(name))
	}
	c.Add("CSeq", fmt.Sprintf("%d CANCEL", number))
	return c
}
