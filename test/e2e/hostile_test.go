package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/internal/wire/sip"
	"parley/test/peers"
)

// rawPeer speaks SIP by hand over one TCP connection.
type rawPeer struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	n    int
}

func dialRaw(t *testing.T, addr string) *rawPeer {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &rawPeer{t: t, conn: c, in: bufio.NewReader(c)}
}

func (p *rawPeer) send(raw []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(raw); err != nil {
		p.t.Fatal(err)
	}
}

// response reads the next response that is not 100; nil when none comes in time or the connection ends.
func (p *rawPeer) response(wait time.Duration) *sip.Message {
	p.t.Helper()
	p.conn.SetReadDeadline(time.Now().Add(wait))
	for {
		var head bytes.Buffer
		for {
			line, err := p.in.ReadBytes('\n')
			if err != nil {
				return nil
			}
			if head.Len() == 0 && len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			head.Write(line)
			if len(bytes.TrimSpace(line)) == 0 {
				break
			}
		}
		m := new(sip.Message)
		if err := m.Parse(head.Bytes()); err != nil && !strings.Contains(err.Error(), "shorter") {
			p.t.Fatalf("unreadable answer: %v\n%s", err, head.Bytes())
		}
		n, _, _ := m.ContentLength()
		if _, err := p.in.Discard(n); err != nil {
			return nil
		}
		if m.StatusCode() != 100 {
			return m
		}
	}
}

// request is a complete request of a user, with changes.
func (p *rawPeer) request(method, from, to string, edit func(m *sip.Message)) *sip.Message {
	p.n++
	m := sip.NewRequest(method, "sip:"+to)
	m.Add("Via", "SIP/2.0/TCP 192.0.2.77:5060;branch="+sip.NewBranch())
	m.Add("From", "<sip:"+from+">;tag="+sip.NewTag())
	m.Add("To", "<sip:"+to+">")
	m.Add("Call-ID", sip.NewCallID())
	m.Add("CSeq", fmt.Sprintf("%d %s", p.n, method))
	m.Add("Contact", "<sip:x@192.0.2.77:5060;transport=tcp>")
	if edit != nil {
		edit(m)
	}
	return m
}

// expect sends a request and checks the status of its answer.
func (p *rawPeer) expect(what string, m *sip.Message, want int) *sip.Message {
	p.t.Helper()
	p.send(m.Bytes())
	res := p.response(soon)
	switch {
	case res == nil:
		p.t.Fatalf("%s: no answer, want %d", what, want)
	case res.StatusCode() != want:
		p.t.Errorf("%s: answered %d %s, want %d", what, res.StatusCode(), res.Reason(), want)
	}
	return res
}

// alive checks that the server still serves.
func alive(t *testing.T, s *peers.Server, after string) {
	t.Helper()
	p := dialRaw(t, s.Addr("sip-tcp"))
	p.expect("OPTIONS after "+after, p.request("OPTIONS", "eve@parley.test", "parley.test", nil), 200)
	p.conn.Close()
}

// TestRFC4475AtTheServer sends all 49 messages to the running server, over both kinds of transport.
func TestRFC4475AtTheServer(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	files, err := filepath.Glob("../../internal/wire/sip/testdata/rfc4475/*.dat")
	if err != nil || len(files) != 49 {
		t.Fatalf("%d messages: %v", len(files), err)
	}
	// What the server has to say where RFC 4475 leaves no choice. Others are requests for or from domains that are not
	// served here, which is what the answer is about.
	want := map[string]int{
		"badinv01": 400, "ncl": 0, "scalar02": 400, "quotbal": 400, "ltgtruri": 400, "lwsruri": 400, "lwsstart": 400,
		"trws": 400, "escruri": 400, "regbadct": 400, "badaspec": 400, "badvers": 505, "mismatch01": 400, "mismatch02": 400,
		"insuf": 400, "unkscm": 416, "novelsc": 416, "multi01": 400, "mcl01": 400,
		// responses that answer no request of ours
		"unreason": 0, "noreason": 0, "scalarlg": 0, "bigcode": 0, "bcast": 0,
		// too short, so the connection waits for the rest; of ncl's framing nothing can be made out
		"clerr": 0,
	}
	udp, err := net.Dial("udp", s.Addr("sip-udp"))
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".dat")
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := udp.Write(raw); err != nil {
			t.Fatal(err)
		}
		p := dialRaw(t, s.Addr("sip-tcp"))
		p.send(raw)
		code, fixed := want[name]
		wait := soon
		if fixed && code == 0 {
			wait = 200 * time.Millisecond
		}
		res := p.response(wait)
		switch {
		case fixed && code == 0 && res != nil:
			t.Errorf("%s: answered %d", name, res.StatusCode())
		case fixed && code != 0 && (res == nil || res.StatusCode() != code):
			t.Errorf("%s: answered %v, want %d", name, status(res), code)
		case !fixed && (res == nil || res.StatusCode() < 400 || res.StatusCode() == 500):
			t.Errorf("%s: answered %v, want a refusal", name, status(res))
		}
		p.conn.Close()
	}
	alive(t, s, "RFC 4475")
	for _, part := range []string{"status=400", "status=505", "status=416"} {
		s.Log.Wait(t, soon, "log line of a malformed request, "+part, func(line string) bool {
			return strings.Contains(line, "refused a malformed request") && strings.Contains(line, part) && strings.Contains(line, "peer=") && strings.Contains(line, "error=")
		})
	}
}

func status(m *sip.Message) int {
	if m == nil {
		return 0
	}
	return m.StatusCode()
}

// TestForeignHandsOff checks that nobody acts for somebody else, and what strangers hear.
func TestForeignHandsOff(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	p := dialRaw(t, s.Addr("sip-tcp"))

	p.expect("REGISTER without credentials", p.request("REGISTER", "alice@parley.test", "parley.test", func(m *sip.Message) {
		m.Set("To", "<sip:alice@parley.test>")
	}), 401)
	p.expect("MESSAGE without credentials", p.request("MESSAGE", "alice@parley.test", "bob@parley.test", nil), 407)
	p.expect("REGISTER at another domain", p.request("REGISTER", "alice@elsewhere.test", "elsewhere.test", func(m *sip.Message) {
		m.Set("To", "<sip:alice@elsewhere.test>")
	}), 404)
	p.expect("a sender of another domain", p.request("INVITE", "mallory@elsewhere.test", "bob@parley.test", nil), 404)
	p.expect("an unknown method", p.request("FROBNICATE", "alice@parley.test", "bob@parley.test", nil), 407)
	p.expect("an in-dialog request of nobody", p.request("BYE", "alice@parley.test", "bob@parley.test", func(m *sip.Message) {
		m.Set("To", "<sip:bob@parley.test>;tag=none")
	}), 407)
	res := p.expect("CANCEL of nothing", p.request("CANCEL", "alice@parley.test", "bob@parley.test", nil), 481)
	if res.Has("WWW-Authenticate") || res.Has("Proxy-Authenticate") {
		t.Error("a CANCEL was challenged, which its sender cannot answer")
	}
	// An ACK is never answered.
	p.send(p.request("ACK", "alice@parley.test", "bob@parley.test", nil).Bytes())
	alive(t, s, "a stray ACK")
}

// TestBrokenStreams checks that neither size nor slowness holds the server up.
func TestBrokenStreams(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	for what, raw := range map[string]string{
		"a header section without end": "MESSAGE sip:b@parley.test SIP/2.0\r\nX: " + strings.Repeat("a", sip.MaxHeaders),
		"a body beyond the limit":      "MESSAGE sip:b@parley.test SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
		"a length that is no number":   "MESSAGE sip:b@parley.test SIP/2.0\r\nContent-Length: twelve\r\n\r\n",
	} {
		p := dialRaw(t, s.Addr("sip-tcp"))
		p.conn.Write([]byte(raw)) // it may be closed before all is written
		p.conn.SetReadDeadline(time.Now().Add(soon))
		if _, err := p.in.ReadByte(); err == nil || os.IsTimeout(err) {
			t.Errorf("%s: the connection stays open (%v)", what, err)
		}
		s.Log.Wait(t, soon, "log line for "+what, func(line string) bool {
			return strings.Contains(line, "closed a connection") && strings.Contains(line, p.conn.LocalAddr().String()) && strings.Contains(line, "not SIP, or beyond the limits")
		})
	}
	// Many connections that begin a message and go silent cost nobody else anything.
	for range 200 {
		p := dialRaw(t, s.Addr("sip-tcp"))
		p.send([]byte("INVITE sip:bob@parley.test SIP/2.0\r\nVia: SIP/2.0/TCP x"))
	}
	// Nor do garbage and binary zeros.
	p := dialRaw(t, s.Addr("sip-tcp"))
	p.send([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + strings.Repeat("\x00", 1000) + "\r\n\r\n"))
	alive(t, s, "broken streams")
}

// TestMediaOfStrangers: packets from somewhere else into a call's ports are dropped, and the log says where from.
func TestMediaOfStrangers(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People(), Config: []string{"[media]", `ports = "45000-45015"`}})
	bob := s.Baresip("bob", peers.BaresipOptions{Answer: "auto", Wav: toneFor(t, "")})
	alice := s.Lync("alice", lyncThatCalls())
	alice.Call("sip:bob@parley.test")
	bob.Wait(ringing, "CALL_ESTABLISHED")
	alice.WaitLevel(speaking, loud, loudest)
	stranger, err := net.ListenPacket("udp", peers.Host()+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	for port := 45000; port <= 45015; port++ {
		to, err := net.ResolveUDPAddr("udp", net.JoinHostPort(peers.Host(), fmt.Sprint(port)))
		if err != nil {
			t.Fatal(err)
		}
		packet := append([]byte{0x80, 0, 0, 1, 0, 0, 0, 0, 6, 6, 6, 6}, make([]byte, 160)...)
		if _, err := stranger.WriteTo(packet, to); err != nil && !strings.Contains(err.Error(), "refused") {
			t.Fatal(err)
		}
	}
	for _, leg := range []string{"leg=caller", "leg=callee"} {
		s.Log.Wait(t, soon, "log line of the strange packets, "+leg, func(line string) bool {
			return strings.Contains(line, "media from a source that the call did not name is dropped") &&
				strings.Contains(line, "source="+stranger.LocalAddr().String()) && strings.Contains(line, leg)
		})
	}
	alice.WaitLevel(speaking, loud, loudest)
	alice.Do("hangup")
	bob.Wait(ringing, "CALL_CLOSED")
}
