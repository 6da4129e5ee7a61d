package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/portal/api"
	"parley/test/peers"
)

// TestFirstDay is the server's main job in one piece: a Lync-dialect client and a standard endpoint sign in, see each
// other's presence change, write to each other and talk; the quality of the call, measured on its media, is on the
// portal; and nothing in the capture of it all is malformed.
func TestFirstDay(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	capture := peers.StartCapture(t)
	alice := s.Lync("alice", peers.LyncOptions{Transport: "tcp", Args: []string{"--encryption", "optional"}})
	recorded := t.TempDir()
	bob := s.Baresip("bob", peers.BaresipOptions{
		Transport: "udp", Contacts: []string{"sip:alice@parley.test"}, Publish: true, Answer: "auto", Wav: toneFor(t, ""), Record: recorded,
	})

	befriend(t, alice, "sip:bob@parley.test")
	alice.WaitBuddyStatus(soon, "sip:bob@parley.test", "available")
	bob.WaitPresence(soon, "sip:alice@parley.test", "Online")
	alice.Do("status busy")
	bob.WaitPresence(soon, "sip:alice@parley.test", "Busy")

	alice.Say("sip:bob@parley.test", "shall we talk")
	bob.WaitMessage(soon, "shall we talk")
	bob.Say("sip:alice@parley.test", "call me")
	alice.WaitMessage(soon, "call me")

	alice.Do("call sip:bob@parley.test audio")
	bob.Wait(ringing, "CALL_ESTABLISHED")
	for range 10 { // two a second: long enough for something to measure
		alice.WaitLevel(speaking, loud, loudest)
	}
	expectHeard(t, "bob", filepath.Join(recorded, "*dec.wav"))
	alice.Do("hangup")
	bob.Wait(ringing, "CALL_CLOSED")

	portal := openPortal(t, s, "alice@parley.test")
	var call api.CallDetails
	peers.Eventually(t, speaking, "the call is on the portal", func() bool {
		var page api.CallPage
		portal.get("/api/v1/quality/calls", &page)
		if len(page.Calls) == 0 {
			return false
		}
		portal.get("/api/v1/quality/calls/"+page.Calls[0].ID, &call)
		return len(call.Legs) == 2 && len(call.Legs[0].Streams) == 2 && len(call.Legs[1].Streams) == 2
	})
	if c := call.Call; c.Caller.Address != "alice@parley.test" || c.Callee.Address != "bob@parley.test" || c.Outcome != "answered" || c.Verdict == "" {
		t.Errorf("the portal shows %+v", c)
	}
	for _, leg := range call.Legs {
		for _, stream := range leg.Streams {
			if stream.Codec != "PCMU" || stream.Seconds < 3 {
				t.Errorf("%s %s: %v seconds of %s", leg.Role, stream.Direction, stream.Seconds, stream.Codec)
			}
		}
	}

	_, tcp, _ := strings.Cut(s.Addr("sip-tcp"), ":")
	_, udp, _ := strings.Cut(s.Addr("sip-udp"), ":")
	// What the clients send is not looked at: pidgin-sipe's SUBSCRIBE without Content-Length is malformed over TCP.
	capture.CheckWellFormed("sip && (tcp.srcport == "+tcp+" || udp.srcport == "+udp+")", "tcp.port=="+tcp+",sip", "udp.port=="+udp+",sip")
	capture.CheckWellFormed("stun")
}

// portal is a signed-in user's browser.
type portal struct {
	t      *testing.T
	client *http.Client
	base   string
}

func openPortal(t *testing.T, s *peers.Server, user string) *portal {
	t.Helper()
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(s.Authority.CAFile)
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("read the test authority: %v", err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	// The certificate is for the server's name, the test has only its address.
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "sip." + s.Domain}}
	p := &portal{t: t, client: &http.Client{Transport: transport, Jar: jar}, base: "https://" + s.Addr("https")}
	res, err := p.client.Post(p.base+"/api/v1/session", "application/json", strings.NewReader(fmt.Sprintf(`{"user":%q,"password":%q}`, user, peers.Password)))
	if err != nil {
		t.Fatalf("sign in to the portal: %v", err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("sign in to the portal: %s", res.Status)
	}
	return p
}

// get reads an answer of the portal's API.
func (p *portal) get(path string, into any) {
	p.t.Helper()
	res, err := p.client.Get(p.base + path)
	if err != nil {
		p.t.Fatalf("portal: %v", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		p.t.Fatalf("portal: %s: %s", path, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		p.t.Fatalf("portal: %s: %v", path, err)
	}
}
