package quality

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/internal/portal/api"
	"parley/test/peers"
)

// A file with reports, one of them damaged, through the command line into the
// running server's archive; the second time there is nothing left to do.
func TestImportOfAClientsLog(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	report := `<VQReportEvent xmlns="ms-rtcp-metrics"><VQSessionReport SessionId="s"><Endpoint Name="PC-1"/><DialogInfo CallId="old-call-%d" FromTag="a" ToTag="b" Start="%s" End="%s">` +
		`<FromURI>sip:alice@parley.test</FromURI><ToURI>sip:bob@parley.test</ToURI><Caller>true</Caller></DialogInfo><MediaLine Label="main-audio"><InboundStream><Network><Jitter>` +
		`<InterArrival>%s</InterArrival></Jitter></Network></InboundStream></MediaLine></VQSessionReport></VQReportEvent>`
	file := filepath.Join(t.TempDir(), "Lync-UccApi-0.UccApilog")
	began := time.Now().Add(-3 * time.Hour).UTC().Truncate(time.Second) // the page shows the last day
	one := func(n int, jitter string) string {
		return fmt.Sprintf(report, n, began.Add(time.Duration(n)*time.Minute).Format(time.RFC3339), began.Add(time.Hour).Format(time.RFC3339), jitter)
	}
	lines := []string{"07/21/2016 INFO :: SERVICE sip:parley.test SIP/2.0", one(1, "12"), one(2, "fast"), one(3, "45")}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\r\n")+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := s.Run("", "quality", "import", file)
	if !strings.Contains(out, "2 records imported, 1 not usable") || !strings.Contains(out, "line 3: ") {
		t.Errorf("the import said %q", out)
	}
	c := signIn(t, s, "alice@parley.test").waitCall("streams", func(c api.CallDetails) bool { return len(c.Legs) == 1 && len(c.Legs[0].Streams) == 1 })
	if c.Legs[0].CallID != "old-call-3" || string(c.Call.Verdict) != "poor" || c.Legs[0].Streams[0].Clock != "ok" || !c.Call.Started.Equal(began.Add(3*time.Minute)) {
		t.Errorf("%+v", c)
	}
	if out := s.Run("", "quality", "import", file); !strings.Contains(out, "the beginning was imported before") {
		t.Errorf("the second import said %q", out)
	}
}
