package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"parley/internal/portal/api"
)

const (
	// maxEventStreams bounds the open pages that are kept up to date at once.
	maxEventStreams = 1000
	// eventHeartbeat keeps a quiet stream open through proxies, and finds readers that are gone.
	eventHeartbeat = 20 * time.Second
	// eventWriteTime is how long a reader may take for one event.
	eventWriteTime = 10 * time.Second
)

// StreamEvents implements api.Server: server-sent events (HTML Living Standard section 9.2) until the session ends.
func (p *Portal) StreamEvents(w http.ResponseWriter, r *http.Request) {
	if p.changes.count() >= maxEventStreams {
		retry := 60
		writeProblem(w, api.Problem{Status: http.StatusServiceUnavailable, Title: "Too many pages", RetryAfter: &retry,
			Detail: "Too many pages are kept up to date already; this one asks again by itself."})
		return
	}
	reader := p.changes.subscribe()
	defer p.changes.unsubscribe(reader)

	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	send := func(text string) bool {
		// A server without deadlines (a test recorder) cannot be held up by a slow reader either.
		_ = out.SetWriteDeadline(time.Now().Add(eventWriteTime))
		if _, err := fmt.Fprint(w, text); err != nil || out.Flush() != nil {
			return false
		}
		// HTTP/2 resets a stream when its deadline passes, also one that has nothing to write.
		_ = out.SetWriteDeadline(time.Time{})
		return true
	}
	if !send(": open\n\n") {
		return
	}
	s := sessionOf(r)
	heartbeat := time.NewTicker(eventHeartbeat)
	defer heartbeat.Stop()
	ends := time.NewTimer(time.Until(s.ends))
	defer ends.Stop()
	for {
		select {
		case topic := <-reader.topics:
			p.changes.taken(reader, topic)
			data, err := json.Marshal(api.Change{Topic: topic})
			if err != nil {
				panic("BUG: change that is not JSON: " + err.Error())
			}
			if !send("event: changed\ndata: " + string(data) + "\n\n") {
				return
			}
		case <-heartbeat.C:
			if !send(": still open\n\n") {
				return
			}
		case <-ends.C:
			return
		case <-s.done:
			return
		case <-p.changes.closed:
			return
		case <-r.Context().Done():
			return
		}
	}
}
