package e2e

import (
	"fmt"
	"strings"
	"testing"

	"parley/test/peers"
)

const soon = peers.Patience

// TestMessagesBetweenLyncAndBaresip exchanges messages both ways, each shown exactly once and in order.
func TestMessagesBetweenLyncAndBaresip(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	bob := s.Baresip("bob", peers.BaresipOptions{Contacts: []string{"sip:alice@parley.test"}})

	alice.Say("sip:bob@parley.test", "first of alice")
	if m := bob.WaitMessage(soon, "first of alice"); m.Peer != "sip:alice@parley.test" || m.Text != "first of alice" {
		t.Errorf("bob sees %q from %q", m.Text, m.Peer)
	}
	bob.Say("sip:alice@parley.test", "first of bob <b>&amp;")
	if m := alice.WaitMessage(soon, "first of bob"); m.From != "sip:bob@parley.test" || m.Text != "first of bob &lt;b&gt;&amp;amp;" {
		t.Errorf("alice sees %q from %q", m.Text, m.From)
	}
	for i := range 20 {
		alice.Say("sip:bob@parley.test", fmt.Sprintf("<b>a%02d</b>", i))
		bob.Say("sip:alice@parley.test", fmt.Sprintf("b%02d", i))
	}
	bob.WaitMessage(soon, "a19")
	alice.WaitMessage(soon, "b19")
	var atBob, atAlice []string
	for _, m := range bob.Received() {
		atBob = append(atBob, m.Text)
	}
	for _, m := range alice.Received() {
		atAlice = append(atAlice, m.Text)
	}
	expectOnceInOrder(t, "bob", atBob[1:], "a")
	expectOnceInOrder(t, "alice", atAlice[1:], "b")
}

// expectOnceInOrder checks that texts are prefix00 to prefix19.
func expectOnceInOrder(t *testing.T, who string, texts []string, prefix string) {
	t.Helper()
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprintf("%s%02d", prefix, i))
	}
	if got := strings.Join(texts, " "); got != strings.Join(want, " ") {
		t.Errorf("%s sees %s", who, got)
	}
}

func TestMessagesBetweenLyncAndLinphone(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	capture := peers.StartCapture(t)
	alice := s.Lync("alice", peers.LyncOptions{Transport: "tcp"})
	carol := s.Linphone("carol", peers.LinphoneOptions{Transport: "tcp"})

	carol.Say("sip:alice@parley.test", "first of carol")
	alice.WaitMessage(soon, "first of carol")
	alice.Say("sip:carol@parley.test", "first of alice")
	if m := carol.WaitMessage(soon, "first of alice"); m.From != "sip:alice@parley.test" {
		t.Errorf("from %q", m.From)
	}
	long := strings.Repeat("0123456789", 300)
	alice.Say("sip:carol@parley.test", long)
	carol.WaitMessage(soon, long)
	carol.Say("sip:alice@parley.test", "second of carol")
	alice.WaitMessage(soon, "second of carol")
	if got := len(alice.Received()); got != 2 {
		t.Errorf("alice received %d messages", got)
	}
	_, port, _ := strings.Cut(s.Addr("sip-tcp"), ":")
	capture.CheckWellFormed("sip && tcp.srcport == "+port, "tcp.port=="+port+",sip") // what the server sends
}

// TestMessagesBetweenStandardClients passes messages over UDP and TLS, and one that is too long for a datagram.
func TestMessagesBetweenStandardClients(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	bob := s.Baresip("bob", peers.BaresipOptions{Transport: "udp", Contacts: []string{"sip:carol@parley.test"}})
	carol := s.Linphone("carol", peers.LinphoneOptions{Transport: "tls"})
	dave := s.Linphone("dave", peers.LinphoneOptions{Transport: "udp"})
	bob.Say("sip:carol@parley.test", "hello carol")
	carol.WaitMessage(soon, "hello carol")
	carol.Say("sip:bob@parley.test", "hello bob")
	bob.WaitMessage(soon, "hello bob")
	long := strings.Repeat("0123456789", 200)
	carol.Say("sip:dave@parley.test", long)
	dave.WaitMessage(soon, long)
}

// TestTwoEndpoints: both endpoints of a user show each message once, though each of them answers late.
func TestTwoEndpoints(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	bob1 := s.Lync("bob", peers.LyncOptions{Hostname: "bob-desk"})
	bob2 := s.Lync("bob", peers.LyncOptions{Hostname: "bob-lap"})
	for _, text := range []string{"one", "two"} {
		alice.Say("sip:bob@parley.test", text)
	}
	for _, bob := range []*peers.Lync{bob1, bob2} { // each answers an invitation after ten seconds
		bob.WaitMessage(soon, "one")
		bob.WaitMessage(soon, "two")
	}
	alice.Say("sip:bob@parley.test", "three")
	bob1.WaitMessage(soon, "three")
	bob2.WaitMessage(soon, "three")
	bob2.Say("sip:alice@parley.test", "from the second")
	bob1.Say("sip:alice@parley.test", "from the first")
	alice.WaitMessage(soon, "from the second")
	alice.WaitMessage(soon, "from the first")
	for _, c := range []*peers.Lync{bob1, bob2} {
		if got := len(c.Received()); got != 3 {
			t.Errorf("an endpoint of bob shows %d messages", got)
		}
	}
	if got := len(alice.Received()); got != 2 {
		t.Errorf("alice received %d messages", got)
	}
}

// TestSameSecondClients: clients with their own weak random numbers share Call-IDs and tags.
func TestSameSecondClients(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	var clients []*peers.Lync
	for _, name := range []string{"alice", "bob", "carol"} {
		clients = append(clients, s.Lync(name, peers.LyncOptions{SharedIDs: true}))
	}
	dave := s.Baresip("dave", peers.BaresipOptions{})
	for _, c := range clients {
		c.Say("sip:dave@parley.test", "from "+c.User)
	}
	for _, c := range clients {
		if m := dave.WaitMessage(soon, "from "+c.User); m.Peer != "sip:"+c.User {
			t.Errorf("%q comes from %q", m.Text, m.Peer)
		}
	}
}

func TestTypingIsShown(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	bob := s.Lync("bob", peers.LyncOptions{})
	carol := s.Linphone("carol", peers.LinphoneOptions{})
	alice.Say("sip:bob@parley.test", "hi")
	bob.WaitMessage(soon, "hi")
	bob.Say("sip:alice@parley.test", "hi too")
	alice.WaitMessage(soon, "hi too") // her client types only in a session that stands
	alice.Do("typing sip:bob@parley.test")
	bob.WaitTyping(soon, "sip:alice@parley.test")
	bob.Do("typing sip:alice@parley.test")
	alice.WaitTyping(soon, "sip:bob@parley.test")
	alice.Say("sip:carol@parley.test", "hi carol")
	carol.WaitMessage(soon, "hi carol")
	carol.Say("sip:alice@parley.test", "hi alice")
	alice.WaitMessage(soon, "hi alice")
	alice.Do("typing sip:carol@parley.test")
	carol.WaitLine(soon, "<state>active</state>")
}

// TestNobodyThere: the sender learns that the recipient is not signed in, and gets the text back.
func TestNobodyThere(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	bob := s.Baresip("bob", peers.BaresipOptions{Contacts: []string{"sip:eve@parley.test", "sip:alice@parley.test"}})
	alice.Say("sip:eve@parley.test", "are you there")
	if e := alice.WaitError(soon, "are you there"); !strings.Contains(e.Text, "offline") {
		t.Errorf("alice is told %q", e.Text)
	}
	bob.Say("sip:eve@parley.test", "and for bob")
	bob.WaitLine(soon, "480")
	// A client that goes while a session is open.
	eve := s.Lync("eve", peers.LyncOptions{})
	alice.Say("sip:eve@parley.test", "now you are")
	eve.WaitMessage(soon, "now you are")
	eve.Stop()
	alice.Say("sip:eve@parley.test", "still there")
	alice.WaitError(soon, "still there")
}

// page is a MESSAGE of a standard client, written by hand, with an HTML body.
const page = `<?xml version="1.0"?>
<scenario name="page">
  <send retrans="500"><![CDATA[
MESSAGE sip:alice@parley.test SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:bob@parley.test>;tag=[call_number]
To: <sip:alice@parley.test>
Call-ID: [call_id]
CSeq: 1 MESSAGE
Max-Forwards: 70
Content-Type: text/html
Content-Length: [len]

[field0]]]></send>
  <recv response="407" auth="true"/>
  <send retrans="500"><![CDATA[
MESSAGE sip:alice@parley.test SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:bob@parley.test>;tag=[call_number]
To: <sip:alice@parley.test>
Call-ID: [call_id]
CSeq: 2 MESSAGE
[authentication username=bob password=` + peers.Password + `]
Max-Forwards: 70
Content-Type: text/html
Content-Length: [len]

[field0]]]></send>
  <recv response="200"/>
</scenario>`

// TestFormatsAndHostileMarkup: a Lync client's formatting reaches another one; markup that acts reaches none.
func TestFormatsAndHostileMarkup(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	carol := s.Lync("carol", peers.LyncOptions{})
	carol.Say("sip:alice@parley.test", "<b>all bold</b>")
	if m := alice.WaitMessage(soon, "all bold"); !strings.Contains(strings.ToLower(m.Text), "<b>") {
		t.Errorf("alice sees %q", m.Text)
	}
	markup := `<b>look</b> <img src="\\10.0.0.9\share\a.png"> <a href="file://host/share">at this</a> <script>alert(1)</script><i onclick="x()">now</i>`
	got := peers.RunSIPp(t, peers.SIPpOptions{Scenario: page, Rows: [][]string{{markup}}, Server: s.Addr("sip-tcp"), Transport: "tcp"}, soon)
	if got.Exit != nil || got.Successful != 1 {
		t.Fatalf("not sent: %+v", got)
	}
	m := alice.WaitMessage(soon, "look")
	for _, bad := range []string{"file:", "img", "script", "onclick", `\\`} {
		if strings.Contains(m.Text, bad) {
			t.Errorf("alice's client was given %q", m.Text)
		}
	}
	if !strings.Contains(m.Text, "at this") || !strings.Contains(m.Text, "<b>look") {
		t.Errorf("alice's client was given %q", m.Text)
	}
}
