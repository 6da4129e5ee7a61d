package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"parley/internal/stack/locate/dnstest"
	"parley/test/peers"
)

// registerNamed registers a user whose contact is at a host name.
const registerNamed = `<?xml version="1.0"?>
<scenario name="register">
  <send retrans="500"><![CDATA[
REGISTER sip:parley.test SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[user]@parley.test>;tag=[call_number]
To: <sip:[user]@parley.test>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:[user]@[host]>
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <recv response="401" auth="true"/>
  <send retrans="500"><![CDATA[
REGISTER sip:parley.test SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[user]@parley.test>;tag=[call_number]
To: <sip:[user]@parley.test>
Call-ID: [call_id]
CSeq: 2 REGISTER
Contact: <sip:[user]@[host]>
[authentication username=[user] password=Secret-123]
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <recv response="200"/>
</scenario>`

const takeMessage = `<?xml version="1.0"?>
<scenario name="message">
  <recv request="MESSAGE"/>
  <send><![CDATA[
SIP/2.0 [code] Answer
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

  ]]></send>
</scenario>`

func registerAt(t *testing.T, s *peers.Server, user, host string) {
	t.Helper()
	got := peers.RunSIPp(t, peers.SIPpOptions{
		Scenario: strings.ReplaceAll(strings.ReplaceAll(registerNamed, "[user]", user), "[host]", host), Server: s.Addr("sip-udp"),
	}, soon)
	if got.Exit != nil {
		t.Fatalf("register %s at %s: %+v", user, host, got)
	}
}

// TestContactByName: a device registered by the name of its domain is found by DNS. Its first server is not there, the
// second is too busy, the third takes the message.
func TestContactByName(t *testing.T) {
	dns := dnstest.New(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People(), Config: []string{"[dns]", fmt.Sprintf("servers = [%q]", dns.Addr())}})
	busy := peers.StartSIPp(t, peers.SIPpOptions{Scenario: strings.Replace(takeMessage, "[code]", "503", 1)})
	good := peers.StartSIPp(t, peers.SIPpOptions{Scenario: strings.Replace(takeMessage, "[code]", "200", 1)})
	dns.Pointer("devices.test", 60, 1, 0, "s", "SIP+D2T", "_sip._tcp.devices.test")
	dns.Pointer("devices.test", 60, 2, 0, "s", "SIP+D2U", "_sip._udp.devices.test")
	dns.Service("_sip._tcp.devices.test", 60, 0, 0, 1, "host.devices.test")
	for i, p := range []*peers.SIPp{busy, good} {
		host, port, err := net.SplitHostPort(p.Address)
		if err != nil {
			t.Fatal(err)
		}
		var number uint16
		if _, err := fmt.Sscan(port, &number); err != nil {
			t.Fatal(err)
		}
		dns.Service("_sip._udp.devices.test", 60, uint16(i), 0, number, "host.devices.test")
		if i == 0 {
			dns.Host("host.devices.test", 60, host)
		}
	}
	registerAt(t, s, "bob", "devices.test")
	alice := s.Baresip("alice", peers.BaresipOptions{Transport: "tcp", Contacts: []string{"sip:bob@parley.test"}})
	alice.Say("sip:bob@parley.test", "to a name")
	for name, p := range map[string]*peers.SIPp{"busy": busy, "good": good} {
		if got := p.Wait(soon); got.Exit != nil || got.Successful != 1 {
			t.Errorf("the %s server: %+v", name, got)
		}
	}
}

// TestUnresolvableNameHoldsUpNobody: while DNS stays silent about one device's name, the sender's other messages, on the
// same connection, and everybody else's arrive at once.
func TestUnresolvableNameHoldsUpNobody(t *testing.T) {
	dns := dnstest.New(t)
	dns.Mute("silent.test")
	// Asked three times as long as once, it is still silent when the messages have arrived on a busy machine.
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People(), Config: []string{"[dns]", fmt.Sprintf("servers = [%[1]q, %[1]q, %[1]q]", dns.Addr())}})
	registerAt(t, s, "bob", "pbx.silent.test")
	alice := s.Baresip("alice", peers.BaresipOptions{Transport: "tcp", Contacts: []string{"sip:bob@parley.test", "sip:carol@parley.test"}})
	carol := s.Baresip("carol", peers.BaresipOptions{Transport: "tcp", Contacts: []string{"sip:alice@parley.test"}})
	for range 5 {
		alice.Say("sip:bob@parley.test", "into the void")
	}
	alice.Say("sip:carol@parley.test", "past the void")
	carol.WaitMessage(soon, "past the void")
	carol.Say("sip:alice@parley.test", "from the other side")
	alice.WaitMessage(soon, "from the other side")
	if failed := s.Log.All(func(line string) bool { return strings.Contains(line, "cannot find the way to a SIP server") }); len(failed) > 0 {
		t.Errorf("DNS gave up before the messages arrived, so they proved nothing: %q", failed[0])
	}
	line := s.Log.Wait(t, soon, "log line of the failed look-up", func(line string) bool {
		return strings.Contains(line, "cannot find the way to a SIP server")
	})
	if !strings.Contains(line, "pbx.silent.test") || !strings.Contains(line, "DNS does not answer") {
		t.Errorf("the log says %q", line)
	}
}
