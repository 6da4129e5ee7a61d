package metrics

import (
	"io"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/event"
)

func TestEventsAreCounted(t *testing.T) {
	t.Parallel()
	var bus event.Bus
	slow := bus.Subscribe("slow", 1)
	defer slow.Close()
	m := New("1.2.3", &bus, Source{Name: "parley_call_open", Help: "Open calls.", Read: func() float64 { return 4 }})
	for _, e := range []event.Event{
		event.Registered{Device: event.Device{Dialect: "lync"}},
		event.Unregistered{Reason: "expired"},
		event.AuthFailed{Scheme: "NTLM"},
		event.MessageStored{}, event.MessageDelivered{Status: 200, Delay: 20 * time.Millisecond}, event.MessageDelivered{Status: 0},
		event.PresenceChanged{},
		event.CallStarted{FromDialect: "standard"}, event.CallAnswered{ToDialect: "lync", Setup: time.Second}, event.CallEnded{Status: 486},
		event.TranslationChanged{},
		event.StreamMeasured{Media: "audio", Source: "relay", Packets: 100, Lost: 3, MOS: 4.1},
	} {
		bus.Publish(e)
	}
	out := scrape(t, m)
	for _, want := range []string{
		`parley_registrar_registrations_total{dialect="lync",refresh="false"} 1`,
		`parley_registrar_unregistrations_total{reason="expired"} 1`,
		`parley_auth_failures_total{scheme="NTLM"} 1`,
		`parley_im_messages_total 1`,
		`parley_im_deliveries_total{status="2xx"} 1`, `parley_im_deliveries_total{status="other"} 1`,
		`parley_im_delivery_seconds_bucket{le="0.025"} 2`,
		`parley_presence_changes_total 1`,
		`parley_call_started_total{dialect="standard"} 1`, `parley_call_answered_total{dialect="lync"} 1`, `parley_call_ended_total{status="4xx"} 1`,
		`parley_dialect_changes_total 1`,
		`parley_media_streams_total{media="audio",source="relay"} 1`, `parley_media_packets_total{media="audio"} 100`, `parley_media_packets_lost_total{media="audio"} 3`,
		`parley_media_mos_score_sum 4.1`,
		`parley_event_lost_total{subscriber="slow"} 11`,
		`parley_server_build_info{version="1.2.3"} 1`,
		`parley_call_open 4`, `go_goroutines`, `process_resident_memory_bytes`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the answer has no %s", want)
		}
	}
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("status %d", w.Code)
	}
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// nameForm: areas are those of the server's parts; counters end in _total, times in _seconds.
var nameForm = regexp.MustCompile(`^parley_(server|event|auth|registrar|presence|im|call|dialect|media|quality|sip|state|portal)(_[a-z]+)+$`)

// checkNames tells which names do not follow the convention.
func checkNames(docs []Doc) (bad []string) {
	for _, d := range docs {
		total := strings.HasSuffix(d.Name, "_total")
		switch {
		case !nameForm.MatchString(d.Name), total != (d.Type == "counter"), !strings.HasSuffix(d.Help, "."):
			bad = append(bad, d.Name)
		case d.Type == "histogram" && !strings.HasSuffix(d.Name, "_seconds") && !strings.HasSuffix(d.Name, "_bytes") && !strings.HasSuffix(d.Name, "_score"):
			bad = append(bad, d.Name)
		}
	}
	return bad
}

func TestNames(t *testing.T) {
	t.Parallel()
	if bad := checkNames(New("", new(event.Bus)).Docs()); bad != nil {
		t.Errorf("these names or helps do not follow the convention: %q", bad)
	}
	wrong := []Doc{
		{"parley_call_started", "counter", "X.", nil}, {"parley_call_open_total", "gauge", "X.", nil}, {"parley_foo_bar", "gauge", "X.", nil},
		{"parley_call_ms", "histogram", "X.", nil}, {"parley_call_open", "gauge", "no full stop", nil},
	}
	if bad := checkNames(wrong); len(bad) != len(wrong) {
		t.Errorf("only %q of %d wrong ones are found", bad, len(wrong))
	}
}
