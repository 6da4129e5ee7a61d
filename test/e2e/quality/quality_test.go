// Package quality tests the way of call quality through the real server: real
// clients call each other, and the portal shows what was measured.
package quality

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"slices"
	"testing"
	"time"

	"parley/internal/portal/api"
	"parley/test/peers"
)

func TestMain(m *testing.M) { os.Exit(peers.Main(m)) }

const soon = peers.Patience

// page is a signed-in user of the portal.
type page struct {
	t      *testing.T
	client *http.Client
	base   string
}

func signIn(t *testing.T, s *peers.Server, user string) *page {
	t.Helper()
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(s.Authority.CAFile)
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("authority: %v", err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	// The certificate is for the server's name; the test has only its address.
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "sip." + s.Domain}}
	p := &page{t: t, client: &http.Client{Transport: transport, Jar: jar}, base: "https://" + s.Addr("https")}
	body := fmt.Sprintf(`{"user":%q,"password":%q}`, user, peers.Password)
	res, err := p.client.Post(p.base+"/api/v1/session", "application/json", bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("sign-in to the portal: %s", res.Status)
	}
	return p
}

// get reads an answer of the API.
func (p *page) get(path string, into any) {
	p.t.Helper()
	res, err := p.client.Get(p.base + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		p.t.Fatalf("GET %s: %s", path, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		p.t.Fatalf("GET %s: %v", path, err)
	}
}

// waitCall reads the newest call until it is as wanted.
func (p *page) waitCall(what string, ok func(api.CallDetails) bool) api.CallDetails {
	p.t.Helper()
	deadline := time.NewTimer(soon)
	defer deadline.Stop()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	var last api.CallDetails
	for {
		var list api.CallPage
		p.get("/api/v1/quality/calls", &list)
		if len(list.Calls) > 0 {
			p.get("/api/v1/quality/calls/"+list.Calls[0].ID, &last)
			if ok(last) {
				return last
			}
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			text, _ := json.MarshalIndent(last, "", " ") // only to be read
			p.t.Fatalf("no call with %s on the page; the newest is\n%s", what, text)
		}
	}
}

// judged tells whether a call has a verdict. Which one is the machine's: one that is busy with other tests makes packets late.
func judged(c api.Call) bool { return c.Verdict == api.VerdictGood || c.Verdict == api.VerdictPoor }

// talk waits until baresip, in a call for six seconds, hears RTCP of the other side, which comes every 2.5 to 7.5 seconds: by then
// each side has said something of the other.
func talk(bob *peers.Baresip) {
	for began := time.Now(); time.Since(began) < 6*time.Second; {
		bob.Wait(soon, "CALL_RTCP")
	}
}

// ownFormat is how each phone of the call reports.
var ownFormat = map[api.LegRole]string{api.LegCaller: "x-rtp-stat", api.LegCallee: "rfc6035"}

// formatsOf are those of everything that was measured of a leg.
func formatsOf(leg api.Leg) (formats []string) {
	for _, st := range leg.Streams {
		for _, source := range st.Sources {
			formats = append(formats, source.Format)
		}
	}
	return formats
}

// The relay measures both legs, linphone reports by PUBLISH and baresip in its
// BYE: the page has all of it side by side.
func TestCallOfPhonesIsOnThePage(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	tone := peers.Tone(t, 8000, 1, time.Minute)
	bob := s.Baresip("bob", peers.BaresipOptions{Contacts: []string{"sip:carol@parley.test"}, Wav: tone})
	carol := s.Linphone("carol", peers.LinphoneOptions{AutoAnswer: true, Reports: "sip:collector@parley.test", Wav: tone})
	bob.Do("dial", "sip:carol@parley.test")
	bob.Wait(soon, "CALL_ESTABLISHED")
	carol.WaitCall(soon, "StreamsRunning")
	talk(bob)
	bob.Do("hangup", "")
	carol.WaitCall(soon, "End")

	p := signIn(t, s, "bob@parley.test")
	c := p.waitCall("reports of the relay and both ends", func(c api.CallDetails) bool {
		return len(c.Call.ReportedBy) == 3 && len(c.Legs) == 2 && !slices.ContainsFunc(c.Legs, func(leg api.Leg) bool {
			formats := formatsOf(leg) // they come one after the other
			return len(leg.Streams) != 2 || !slices.Contains(formats, "rtp") || !slices.Contains(formats, ownFormat[leg.Role])
		})
	})
	if c.Call.Caller.Address != "bob@parley.test" || c.Call.Callee.Address != "carol@parley.test" || c.Call.Outcome != "answered" || !judged(c.Call) || c.Call.Seconds < 4 {
		t.Errorf("call %+v", c)
	}
	for _, leg := range c.Legs {
		for _, st := range leg.Streams {
			if st.Seconds < 4 || st.Clock != "ok" {
				t.Errorf("%s %s: %v seconds, clock %s, %v", leg.Role, st.Direction, st.Seconds, st.Clock, st.Notes)
			}
		}
	}

	// A lost machine loses nothing of it.
	s.Kill()
	s.Start()
	again := signIn(t, s, "carol@parley.test").waitCall("what was there before", func(c api.CallDetails) bool { return len(c.Legs) == 2 })
	if again.Call.ID != c.Call.ID || len(again.Call.ReportedBy) != 3 {
		t.Errorf("after a restart the newest call is %+v", again.Call)
	}
}
