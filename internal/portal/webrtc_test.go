package portal

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/internal/quality/webrtc"
)

// Sample implements Samples: what it does, the call's name says.
func (w *world) Sample(_ context.Context, user string, p *webrtc.Post) (int, error) {
	switch p.CallID {
	case "nonsense":
		return 0, fmt.Errorf("%w: sample 0", webrtc.ErrPost)
	case "foreign":
		return 0, ErrNotInCall
	case "full":
		return 0, fmt.Errorf("disk full")
	}
	if p.UserAgent == "" || !strings.Contains(user, "@") || !p.Final || string(p.Samples[1]) != `{"b":2}` {
		return 0, fmt.Errorf("%s %+v", user, p)
	}
	return len(p.Samples), nil
}

func TestSamplesOfWebRTC(t *testing.T) {
	s := newSite(t, Config{})
	const body = `{"callId":%q,"final":true,"samples":[{"a":1},{"b":2}]}`
	if res, _ := s.browser(t).ask("/api/v1/quality/webrtc", fmt.Sprintf(body, "mine"), "application/json"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a session: %s", res.Status)
	}
	b := s.signedIn(t, "alice@parley.test")
	for text, want := range map[string]int{
		fmt.Sprintf(body, "mine"): http.StatusAccepted, fmt.Sprintf(body, "nonsense"): http.StatusBadRequest, fmt.Sprintf(body, "foreign"): http.StatusForbidden,
		fmt.Sprintf(body, "full"): http.StatusServiceUnavailable, `{"callId":5}`: http.StatusBadRequest, `{`: http.StatusBadRequest,
		`{"callId":"` + strings.Repeat("x", maxSamples) + `"}`: http.StatusRequestEntityTooLarge,
	} {
		if res, answer := b.ask("/api/v1/quality/webrtc", text, "application/json"); res.StatusCode != want || want == http.StatusAccepted && answer != `{"measurements":2}` {
			t.Errorf("%.60s: %s %s, want %d", text, res.Status, answer, want)
		}
	}
	b.csrf = "other"
	if res, _ := b.ask("/api/v1/quality/webrtc", fmt.Sprintf(body, "mine"), "application/json"); res.StatusCode != http.StatusForbidden {
		t.Errorf("without the token: %s", res.Status)
	}
}
