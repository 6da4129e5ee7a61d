package quality

import (
	"fmt"
	"testing"
	"time"

	"parley/internal/portal/api"
	"parley/internal/quality/archive/archivetest"
	"parley/test/peers"
)

// The same on a ClickHouse server.
func TestArchiveOnClickHouse(t *testing.T) {
	clickhouse := archivetest.ClickHouse(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People(), Config: []string{
		"[quality]", `archive = "clickhouse"`, fmt.Sprintf("clickhouse-url = %q", clickhouse.URL),
	}})
	tone := peers.Tone(t, 8000, 1, time.Minute)
	bob := s.Baresip("bob", peers.BaresipOptions{Contacts: []string{"sip:carol@parley.test"}, Wav: tone})
	s.Baresip("carol", peers.BaresipOptions{Answer: "auto", Wav: tone})
	bob.Do("dial", "sip:carol@parley.test")
	bob.Wait(soon, "CALL_ESTABLISHED")
	talk(bob)
	bob.Do("hangup", "")
	c := signIn(t, s, "bob@parley.test").waitCall("both legs measured", func(c api.CallDetails) bool {
		return len(c.Legs) == 2 && len(c.Legs[0].Streams) > 0 && len(c.Legs[1].Streams) > 0 && len(c.Call.ReportedBy) >= 2
	})
	if !judged(c.Call) {
		t.Errorf("%+v", c.Call)
	}
}
