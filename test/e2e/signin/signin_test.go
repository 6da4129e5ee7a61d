// Package signin signs real clients in to the real server.
package signin

import (
	"os"
	"strings"
	"testing"

	"parley/internal/stack/kerberos/kdctest"
	"parley/test/peers"
)

func TestMain(m *testing.M) { os.Exit(peers.Main(m)) }

// TestLyncClientByNTLM signs the Lync-dialect client in with each way to write its name.
func TestLyncClientByNTLM(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	for _, login := range []string{"", "alice", "alice@parley.test", `PARLEY\alice`, `parley.test\alice`} {
		c := peers.StartLync(t, peers.LyncOptions{
			User: "alice@parley.test", Login: login, Password: peers.Password, Server: s.Addr("sip-tls"), Hostname: "pc" + strings.Trim(login, `@.\`),
		})
		c.WaitSignedOn(peers.Patience)
		c.Stop()
	}
	if refused := s.Log.All(func(line string) bool { return strings.Contains(line, "refused") }); len(refused) > 0 {
		t.Errorf("the server logged %q", refused)
	}
}

func TestLyncClientRefused(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	for login, password := range map[string]string{"": "wrong", "nobody": peers.Password, `OTHER\alice`: peers.Password} {
		c := peers.StartLync(t, peers.LyncOptions{
			User: "alice@parley.test", Login: login, Password: password, Server: s.Addr("sip-tls"), Args: []string{"--quit-on-error"},
		})
		if e := c.WaitDisconnected(peers.Patience); !strings.Contains(e.Text, "uthentication failed") {
			t.Errorf("%q is told %s", login, e.Raw)
		}
	}
}

// TestLyncClientByKerberos signs the Lync-dialect client in with a ticket of MIT's KDC.
func TestLyncClientByKerberos(t *testing.T) {
	kdc := kdctest.Start(t)
	kdc.AddUser(t, "alice", peers.Password)
	keytab := kdc.Keytab(t, "sip/sip.parley.test")
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	s.Stop()
	reconfigure(t, s, `schemes = ["digest", "ntlm"]`, `schemes = ["digest", "ntlm", "kerberos"]`+"\nkerberos-keytab = \""+keytab+`"`)
	s.Start()
	for _, auth := range []string{"krb5", "auto"} {
		c := peers.StartLync(t, peers.LyncOptions{
			User: "alice@parley.test", Login: "alice@" + kdctest.Realm, Password: peers.Password, Server: s.Addr("sip-tls"), Auth: auth,
			Env: []string{"KRB5_CONFIG=" + kdc.Config, "KRB5CCNAME=MEMORY:" + auth},
		})
		c.WaitSignedOn(peers.Patience)
		c.Stop()
	}
}

// TestWindowsNames: where the Windows domain has another name than the SIP domain, the configuration says which is whose, for
// Kerberos by its realm and for NTLM by its short name.
func TestWindowsNames(t *testing.T) {
	kdc := kdctest.Start(t)
	kdc.AddUser(t, "alice", peers.Password)
	s := peers.StartServer(t, peers.ServerOptions{Domain: "contoso.test", Users: []peers.User{{Address: "alice@contoso.test", Name: "Alice", Password: peers.Password}}})
	client := func(login, auth string) *peers.Lync {
		return peers.StartLync(t, peers.LyncOptions{
			User: "alice@contoso.test", Login: login, Password: peers.Password, Server: s.Addr("sip-tls"), Auth: auth,
			Env: []string{"KRB5_CONFIG=" + kdc.Config, "KRB5CCNAME=MEMORY:" + auth},
		})
	}
	s.Stop()
	reconfigure(t, s, `schemes = ["digest", "ntlm"]`, `schemes = ["digest", "ntlm", "kerberos"]`+"\nkerberos-keytab = \""+kdc.Keytab(t, "sip/sip.contoso.test")+`"`)
	s.Start()
	refused := client("alice@"+kdctest.Realm, "krb5")
	s.Log.Wait(t, peers.Patience, "refusal of a user of a realm that nobody configured", func(line string) bool {
		return strings.Contains(line, "alice@"+strings.ToLower(kdctest.Realm)) && strings.Contains(line, "Kerberos")
	})
	refused.Stop()
	reconfigure(t, s, `digest", "ntlm", "kerberos"]`, `digest", "ntlm", "kerberos"]`+
		"\nkerberos-realms = { \""+kdctest.Realm+"\" = \"contoso.test\" }\nwindows-domains = { CORP = \"contoso.test\" }")
	s.Reload() // both keys take effect at once
	s.Log.Wait(t, peers.Patience, "reload", func(line string) bool { return strings.Contains(line, "auth.kerberos-realms") })
	for auth, login := range map[string]string{"krb5": "alice@" + kdctest.Realm, "ntlm": `CORP\alice`} {
		c := client(login, auth)
		c.WaitSignedOn(peers.Patience)
		c.Stop()
	}
}

// TestUserOfAnotherServer: the first server sends alice's client to the second one, where she lives.
func TestUserOfAnotherServer(t *testing.T) {
	home := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	s := peers.StartServer(t, peers.ServerOptions{})
	s.Run(peers.Password+"\n", "user", "add", "alice@parley.test", "--home", home.Addr("sip-tls"), "--password-stdin")
	peers.StartLync(t, peers.LyncOptions{User: "alice@parley.test", Password: peers.Password, Server: s.Addr("sip-tls")}).WaitSignedOn(peers.Patience)
}

// TestStandardClients signs the standard clients in by Digest, offered SHA-256 first, over each transport.
func TestStandardClients(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	for _, transport := range []string{"tls", "tcp", "udp"} {
		s.Baresip("bob", peers.BaresipOptions{Transport: transport}).Stop()
		s.Linphone("carol", peers.LinphoneOptions{Transport: transport}).Stop()
	}
}

// TestClientsAfterARestart: the nonces that clients kept are from before it; they refresh without asking their user.
func TestClientsAfterARestart(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	old := s.Addr("sip-udp")
	s.Stop()
	reconfigure(t, s, "sip-udp = [\""+peers.Host()+":0\"]", "sip-udp = [\""+old+"\"]")
	reconfigure(t, s, `level = "debug"`, "level = \"debug\"\nwire = \"headers\"")
	s.Start()
	s.Baresip("bob", peers.BaresipOptions{Transport: "udp", Lifetime: 10})
	s.Linphone("carol", peers.LinphoneOptions{Transport: "udp", Config: []string{"[proxy_0]", "reg_expires=10"}})
	s.Stop()
	s.Start()
	// baresip begins each refresh anew, linphone uses its nonce again.
	s.Log.Wait(t, peers.Patience, "carol is told that her nonce is stale", func(line string) bool {
		return strings.Contains(line, "stale=true") && strings.Contains(line, "carol@parley.test")
	})
	for _, user := range []string{"bob", "carol"} {
		s.Log.Wait(t, peers.Patience, user+" is back", func(line string) bool {
			return strings.Contains(line, "SIP/2.0 200") && strings.Contains(line, "REGISTER") && strings.Contains(line, user+"@parley.test")
		})
	}
	if refused := s.Log.All(func(line string) bool { return strings.Contains(line, "refused") }); len(refused) > 0 {
		t.Errorf("the server logged %q", refused)
	}
}

func TestSIPpByDigest(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	const register = `<?xml version="1.0"?>
<scenario name="register">
  <send retrans="500"><![CDATA[
REGISTER sip:parley.test SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:dave@parley.test>;tag=[call_number]
To: <sip:dave@parley.test>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:dave@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <recv response="401" auth="true"/>
  <send retrans="500"><![CDATA[
REGISTER sip:parley.test SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:dave@parley.test>;tag=[call_number]
To: <sip:dave@parley.test>
Call-ID: [call_id]
CSeq: 2 REGISTER
Contact: <sip:dave@[local_ip]:[local_port];transport=[transport]>
[authentication username=dave password=Secret-123]
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <recv response="200"/>
</scenario>`
	for _, transport := range []string{"udp", "tcp"} {
		got := peers.RunSIPp(t, peers.SIPpOptions{Scenario: register, Server: s.Addr("sip-" + transport), Transport: transport, Calls: 20, Rate: 100}, peers.Patience)
		if got.Exit != nil || got.Successful != 20 {
			t.Errorf("%s: %+v", transport, got)
		}
	}
}

func reconfigure(t *testing.T, s *peers.Server, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), from) {
		t.Fatalf("the configuration has no %s", from)
	}
	if err := os.WriteFile(s.Config, []byte(strings.Replace(string(raw), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}
