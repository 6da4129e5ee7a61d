package portal

import (
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"parley/internal/portal/api"
	"parley/test/peers"
)

const (
	answering = peers.Patience // until a call is there
	speaking  = peers.Patience // until sound is heard
	archiving = peers.Patience // until a call that ended is in the archive
)

// TestCallIsOnThePage: a Lync-dialect client and a standard one sign in, are seen with their clients, talk, and the call
// is listed with what the relay measured on both legs, what was translated, and its timeline.
func TestCallIsOnThePage(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{Args: []string{"--encryption", "optional"}})
	bob := s.Baresip("bob", peers.BaresipOptions{Wav: peers.Tone(t, 8000, 1, time.Minute), Answer: "auto"})
	page := signIn(t, s, "alice@parley.test")
	expectSignedIn(t, page)

	alice.Call("sip:bob@parley.test")
	bob.Wait(answering, "CALL_ESTABLISHED")
	alice.WaitLevel(speaking, 0.15, 0.3)
	peers.Eventually(t, answering, "bob is shown in a call", func() bool {
		return slices.ContainsFunc(get[api.People](page, "/people").People, func(p api.Person) bool {
			return p.User == "bob@parley.test" && p.Presence.Activity == "on-the-phone"
		})
	})
	for range 2 { // both endpoints send RTCP every five seconds
		bob.Wait(speaking, "CALL_RTCP")
	}
	alice.Do("hangup")
	bob.Wait(answering, "CALL_CLOSED")

	var listed api.Call
	peers.Eventually(t, archiving, "the call is listed with its verdict", func() bool {
		calls := get[api.CallPage](page, "/quality/calls").Calls
		if len(calls) == 0 || calls[0].WorstMos == nil {
			return false
		}
		listed = calls[0]
		return true
	})
	if listed.Caller.Address != "alice@parley.test" || listed.Callee.Address != "bob@parley.test" || listed.Outcome != "answered" {
		t.Errorf("listed call: %+v", listed)
	}
	if listed.Caller.DisplayName != "Alice Tester" || listed.Caller.Dialect == nil || *listed.Caller.Dialect != api.DialectLync {
		t.Errorf("caller: %+v", listed.Caller)
	}
	// A machine that is busy with other tests makes the clients' packets late, so that even this call may be called poor.
	if listed.Verdict == api.VerdictUnclassified || *listed.WorstMos < 1 {
		t.Errorf("a call on one machine is %s with MOS %.2f", listed.Verdict, *listed.WorstMos)
	}
	var details api.CallDetails
	peers.Eventually(t, archiving, "both legs are in the archive", func() bool {
		details = get[api.CallDetails](page, "/quality/calls/"+listed.ID)
		return len(details.Legs) == 2 && len(details.Legs[0].Streams) > 0 && len(details.Legs[1].Streams) > 0
	})
	expectDetails(t, details)
	if t.Failed() {
		for _, leg := range details.Legs {
			for _, s := range leg.Streams {
				t.Logf("leg of the %s, %s, %s for %.1f s: %s, %q", leg.Role, s.Direction, s.Codec, s.Seconds, s.Verdict, s.Why)
			}
		}
	}
	if o := get[api.Overview](page, "/quality/overview"); o.Totals.Calls != 1 || o.Totals.Streams.Good+o.Totals.Streams.Poor < 2 || o.Freshness.LastCall == nil {
		t.Errorf("overview: %+v, %+v", o.Totals, o.Freshness)
	}
	if others := get[api.CallPage](signIn(t, s, "carol@parley.test"), "/quality/calls"); len(others.Calls) != 0 {
		t.Errorf("carol sees a call of others: %+v", others.Calls)
	}
	takePictures(t, s, listed.ID)
}

func expectSignedIn(t *testing.T, page *reader) {
	t.Helper()
	seen := map[string]api.Dialect{}
	for _, p := range get[api.People](page, "/people").People {
		for _, e := range p.Endpoints {
			seen[p.User] = e.Dialect
			if e.Address != nil {
				t.Errorf("a user is shown the address %s", *e.Address)
			}
		}
	}
	if seen["alice@parley.test"] != api.DialectLync || seen["bob@parley.test"] != api.DialectStandard {
		t.Errorf("signed in: %v", seen)
	}
}

// expectDetails checks that both legs were measured and that the ladder is there.
func expectDetails(t *testing.T, c api.CallDetails) {
	t.Helper()
	if len(c.Legs) != 2 || c.Legs[0].Role != api.LegCaller || c.Legs[1].Role != api.LegCallee {
		t.Fatalf("legs: %+v", c.Legs)
	}
	for _, leg := range c.Legs {
		// What goes to an endpoint is known from its RTCP, which a short call may not have: what comes from it has to be there.
		i := slices.IndexFunc(leg.Streams, func(s api.Stream) bool { return s.Direction == api.FromEndpoint && s.Media == "audio" })
		if i < 0 {
			t.Errorf("leg of the %s: no audio from its endpoint: %+v", leg.Role, leg.Streams)
			continue
		}
		expectMeasured(t, string(leg.Role), leg.Streams[i])
	}
	if len(c.Translations) == 0 {
		t.Error("nothing was translated between the dialects")
	}
	var steps []string
	for _, e := range c.Timeline {
		steps = append(steps, e.What)
	}
	for _, want := range []string{"Call started", "Translated", "Answered", "Call ended"} {
		if !slices.Contains(steps, want) {
			t.Errorf("the timeline lacks %q: %q", want, steps)
		}
	}
}

func expectMeasured(t *testing.T, leg string, s api.Stream) {
	t.Helper()
	if s.Codec == "" || len(s.Sources) == 0 {
		t.Errorf("leg of the %s: codec %q from %d sources", leg, s.Codec, len(s.Sources))
	}
	for _, name := range []string{"packets", "jitter"} {
		i := slices.IndexFunc(s.Metrics, func(m api.Metric) bool { return m.Name == name })
		if i < 0 || s.Metrics[i].Values[s.Metrics[i].Used] == nil {
			t.Errorf("leg of the %s: %s was not measured", leg, name)
		}
	}
	if len(s.LossRuns) == 0 {
		t.Errorf("leg of the %s: runs of lost packets were not counted", leg)
	}
}

// takePictures keeps pictures of the page for the README when PARLEY_SCREENSHOTS names a folder.
func takePictures(t *testing.T, s *peers.Server, call string) {
	t.Helper()
	to := os.Getenv("PARLEY_SCREENSHOTS")
	if to == "" {
		return
	}
	s.Run(peers.Password+"\n", "user", "add", "root@parley.test", "--name", "Ada Admin", "--administrator", "--password-stdin")
	cmd := exec.CommandContext(t.Context(), "node", "test/pictures.mjs", "https://"+s.Addr("https"), "root@parley.test", peers.Password, call, to)
	cmd.Dir = "../../../web"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("pictures: %v\n%s", err, out)
	}
}
