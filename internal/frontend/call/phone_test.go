package call

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/stack/memnet"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

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
