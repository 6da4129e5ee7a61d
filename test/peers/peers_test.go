package peers

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// TestStandardClientsOverEachTransport signs the two standard clients in over each transport, with a test authority
// for TLS, and has each receive one message of the other.
func TestStandardClientsOverEachTransport(t *testing.T) {
	for _, transport := range []string{"udp", "tcp", "tls"} {
		t.Run(transport, func(t *testing.T) {
			r := startRegistrar(t)
			server := r.udp
			if transport == "tls" {
				server = r.tls
			}
			capture := StartCapture(t)
			bob := StartBaresip(t, BaresipOptions{
				User: "bob@parley.test", Server: server, Transport: transport, CAFile: r.authority.CAFile,
				Contacts: []string{"sip:alice@parley.test", "sip:carol@parley.test"},
			})
			carol := StartLinphone(t, LinphoneOptions{User: "carol@parley.test", Server: server, Transport: transport, CAFile: r.authority.CAFile})
			bob.WaitRegistered(Patience)
			carol.WaitRegistered(Patience)
			carol.Say("sip:bob@parley.test", "hello from carol")
			bob.WaitMessage(Patience, "hello from carol")
			bob.Say("sip:carol@parley.test", "hello from bob")
			if m := carol.WaitMessage(Patience, "hello from bob"); m.From != "sip:bob@parley.test" {
				t.Errorf("message from %q", m.From)
			}
			if transport == "udp" {
				_, port, _ := strings.Cut(r.udp, ":")
				capture.CheckWellFormed("sip", "udp.port=="+port+",sip")
			}
		})
	}
}

func TestBaresipCallsLinphone(t *testing.T) {
	r := startRegistrar(t)
	bob := StartBaresip(t, BaresipOptions{User: "bob@parley.test", Server: r.udp, Contacts: []string{"sip:carol@parley.test"}})
	carol := StartLinphone(t, LinphoneOptions{User: "carol@parley.test", Server: r.udp, AutoAnswer: true})
	bob.WaitRegistered(Patience)
	carol.WaitRegistered(Patience)
	bob.Do("dial", "sip:carol@parley.test")
	carol.WaitCall(Patience, "IncomingReceived")
	bob.Wait(Patience, "CALL_ESTABLISHED")
	carol.WaitCall(Patience, "StreamsRunning")
	bob.Do("hangup", "")
	carol.WaitCall(Patience, "End")
}

func TestSIPpCountsItsCalls(t *testing.T) {
	r := startRegistrar(t)
	const options = `<?xml version="1.0"?>
<scenario name="options">
  <send retrans="500"><![CDATA[
OPTIONS sip:[field0]@parley.test SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:probe@parley.test>;tag=[call_number]
To: <sip:[field0]@parley.test>
Call-ID: [call_id]
CSeq: 1 OPTIONS
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <recv response="480"/>
</scenario>`
	for _, transport := range []string{"udp", "tcp"} {
		got := RunSIPp(t, SIPpOptions{
			Scenario: options, Server: r.udp, Transport: transport, Calls: 20, Rate: 200, Rows: [][]string{{"nobody"}, {"noone"}},
		}, Patience)
		if got.Exit != nil || got.Successful != 20 || got.Failed != 0 {
			t.Errorf("%s: %+v", transport, got)
		}
	}
}

// TestLyncClientRefused starts the Lync-dialect client against a server that it cannot sign in to: it must say so.
func TestLyncClientRefused(t *testing.T) {
	NeedNamespace(t)
	c := StartLync(t, LyncOptions{User: "alice@parley.test", Password: "x", Server: Host() + ":9", Transport: "tcp"})
	if e := c.WaitDisconnected(Patience); e.Text == "" {
		t.Errorf("no reason in %s", e.Raw)
	}
}

func TestTimelineClaims(t *testing.T) {
	tl := newTimeline[string]()
	for _, s := range []string{"a", "b", "a"} {
		tl.add(s)
	}
	isA := func(s string) bool { return s == "a" }
	tl.Wait(t, time.Second, "first a", isA)
	tl.Wait(t, time.Second, "second a", isA)
	if _, ok, _, _ := tl.claim(isA); ok {
		t.Error("an event was claimed twice")
	}
	if got := len(tl.All(isA)); got != 2 {
		t.Errorf("%d events, want both", got)
	}
}
