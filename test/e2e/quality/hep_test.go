package quality

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/internal/portal/api"
	"parley/internal/wire/hep"
	"parley/internal/wire/sip"
	"parley/test/peers"
)

// siptraceConfig makes kamailio a proxy that sends its SIP as HEP.
const siptraceConfig = `#!KAMAILIO
debug=1
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:LISTEN
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "siptrace.so"
modparam("siptrace", "trace_on", 1)
modparam("siptrace", "trace_to_database", 0)
modparam("siptrace", "hep_mode_on", 1)
modparam("siptrace", "hep_version", 3)
modparam("siptrace", "hep_capture_id", 77)
modparam("siptrace", "trace_mode", 1)
modparam("siptrace", "duplicate_uri", "sip:COLLECTOR")
modparam("siptrace", "send_sock_addr", "sip:LISTEN")
request_route { t_relay(); }
`

func startSiptrace(t *testing.T, collector string) (listen string) {
	t.Helper()
	path, err := exec.LookPath("kamailio")
	if err != nil {
		t.Skip("needs Debian's kamailio")
	}
	free, err := net.ListenPacket("udp", peers.Host()+":0")
	if err != nil {
		t.Fatal(err)
	}
	listen = free.LocalAddr().String()
	free.Close()
	file := filepath.Join(t.TempDir(), "kamailio.cfg")
	text := strings.NewReplacer("LISTEN", listen, "COLLECTOR", collector).Replace(siptraceConfig)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command(path, "-DD", "-E", "-f", file, "-Y", t.TempDir())
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		_ = cmd.Wait()                       // its exit code says nothing
		if t.Failed() {
			t.Logf("kamailio:\n%s", log.String())
		}
	})
	return listen
}

// phone is one end of a call: a UDP socket with a test's own SIP.
type phone struct {
	t    *testing.T
	conn *net.UDPConn
}

func newPhone(t *testing.T) *phone {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(peers.Host())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &phone{t, conn}
}

func (p *phone) addr() netip.AddrPort { return p.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func (p *phone) sdp() []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 8\r\n", p.addr().Addr(), p.addr().Port())
}

func (p *phone) send(to string, m *sip.Message) {
	p.t.Helper()
	addr, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.conn.WriteToUDP(m.Bytes(), addr); err != nil {
		p.t.Fatal(err)
	}
}

// wait reads until a message is as wanted; resend, if any, is sent again while
// nothing comes.
func (p *phone) wait(ok func(*sip.Message) bool, resend func()) (*sip.Message, string) {
	p.t.Helper()
	buf := make([]byte, 8192)
	for deadline := time.Now().Add(soon); time.Now().Before(deadline); {
		if resend != nil {
			resend()
		}
		if err := p.conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
			p.t.Fatal(err)
		}
		n, from, err := p.conn.ReadFromUDP(buf)
		if err != nil {
			continue
		}
		if m, err := sip.Parse(bytes.Clone(buf[:n])); err == nil && ok(m) {
			return m, from.String()
		}
	}
	p.t.Fatal("no such SIP message came")
	return nil, ""
}

// A call of Bob's that went past this server: kamailio's siptrace tells of
// its SIP, an agent of its RTCP. Together they are a call on the page.
func TestCallFromHEP(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People(), Config: []string{
		"[quality]", fmt.Sprintf("hep-udp = [%q]", peers.Host()+":0"), fmt.Sprintf("hep-allow = [%q]", peers.Host()+"/32"),
	}})
	proxy := startSiptrace(t, s.Addr("hep-udp"))
	caller, callee := newPhone(t), newPhone(t)

	invite := sip.NewRequest("INVITE", "sip:dora@"+callee.addr().String())
	invite.Set("Via", "SIP/2.0/UDP "+caller.addr().String()+";branch=z9hG4bKhep1")
	invite.Set("Max-Forwards", "70")
	invite.Set("From", "<sip:emil@elsewhere.test>;tag=e1")
	invite.Set("To", "<sip:bob@parley.test>")
	invite.Set("Call-ID", "foreign-call")
	invite.Set("CSeq", "1 INVITE")
	invite.Set("Contact", "<sip:emil@"+caller.addr().String()+">")
	invite.SetBody("application/sdp", caller.sdp())
	sent := make(chan struct{})
	go func() { // until the proxy is up
		defer close(sent)
		got, from := callee.wait(func(m *sip.Message) bool { return m.Method() == "INVITE" }, func() { caller.send(proxy, invite) })
		answer := sip.NewResponse(got, 200, "")
		answer.Set("To", "<sip:bob@parley.test>;tag=d1")
		answer.Set("Contact", "<sip:dora@"+callee.addr().String()+">")
		answer.SetBody("application/sdp", callee.sdp())
		callee.send(from, answer)
	}()
	<-sent
	caller.wait(func(m *sip.Message) bool { return m.StatusCode() == 200 }, nil)

	// What heplify sends of the RTCP that it sees beside the proxy.
	agent := newPhone(t)
	p := signIn(t, s, "bob@parley.test")
	report := hep.Report{SSRC: 5, Type: 201, Blocks: []hep.Block{{Source: 7, Fraction: 26, Lost: 10, Highest: 500, Jitter: 400}}}
	payload, err := report.JSON()
	if err != nil {
		t.Fatal(err)
	}
	packet, err := (&hep.Packet{Src: callee.addr(), Dst: caller.addr(), Proto: hep.UDP, Time: time.Now(), Type: hep.RTCP, Agent: 2001, Node: "edge", Payload: payload}).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	collector, err := net.ResolveUDPAddr("udp", s.Addr("hep-udp"))
	if err != nil {
		t.Fatal(err)
	}
	// The mirrored SIP may come after the RTCP: the agent goes on reporting.
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_, _ = agent.conn.WriteToUDP(packet, collector) // the test's end closes it
			case <-stop:
				return
			}
		}
	}()
	c := p.waitCall("a measurement by HEP", func(c api.CallDetails) bool {
		return c.Call.Caller.Address == "emil@elsewhere.test" && len(c.Legs) > 0 && len(c.Legs[0].Streams) > 0
	})
	st := c.Legs[0].Streams[0]
	if c.Call.Callee.Address != "bob@parley.test" || c.Legs[0].CallID != "foreign-call" || len(st.Sources) != 1 || st.Sources[0].Format != "hep" || st.Sources[0].By != "probe" || st.Codec != "PCMA" {
		t.Errorf("%+v", c)
	}
}
