package portal

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/event"
	"parley/internal/portal/api"
)

func TestEventsReachAnOpenPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{ChangeDelay: time.Millisecond})
	b := s.browser(t)
	b.signIn("alice@parley.test")
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("content type %q", got)
	}
	lines := make(chan string, 100)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for sc := bufio.NewScanner(res.Body); sc.Scan(); {
			if data, ok := strings.CutPrefix(sc.Text(), "data: "); ok {
				lines <- data
			}
		}
	}()
	for _, c := range []struct {
		event event.Event
		want  string
	}{
		{event.PresenceChanged{AOR: "bob@parley.test"}, `{"topic":"people"}`},
		{event.CallEnded{CallID: "1"}, `{"topic":"calls"}`},
	} {
		s.world.bus.Publish(c.event)
		got := make(chan struct{})
		go func() {
			defer close(got)
			if line := <-lines; line != c.want {
				t.Errorf("after %s the page was told %s, want %s", c.event.Kind(), line, c.want)
			}
		}()
		within(t, "event "+c.want, got)
	}
	b.do("DELETE", "/api/v1/session", nil, nil)
	within(t, "end of the stream at sign-out", ended)
}

func TestChangesAreGathered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newChanges(time.Second)
		quick, slow := c.subscribe(), c.subscribe()
		for range 1000 {
			c.publish(api.TopicCalls)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := len(quick.topics); got != 1 {
			t.Fatalf("%d announcements of one burst, want 1", got)
		}
		c.taken(quick, <-quick.topics)
		c.publish(api.TopicCalls)
		c.publish(api.TopicPeople)
		time.Sleep(time.Second)
		synctest.Wait()
		if got := len(quick.topics); got != 2 {
			t.Errorf("%d announcements after the next burst, want 2", got)
		}
		if got := len(slow.topics); got != 2 {
			t.Errorf("the page that reads nothing has %d waiting, want one for each topic", got)
		}
		c.unsubscribe(quick)
		if got := c.count(); got != 1 {
			t.Errorf("%d readers, want 1", got)
		}
		c.publish(api.TopicHealth)
		c.close()
		c.close()
	})
}

// deadlines records what a handler sets its writing's end to.
type deadlines struct {
	*httptest.ResponseRecorder
	set     []time.Time
	flushed chan struct{}
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.set = append(d.set, t)
	if t.IsZero() {
		close(d.flushed)
	}
	return nil
}

// HTTP/2 resets a stream whose deadline passes while nothing is written, so none may be left behind.
func TestQuietEventStreamHasNoDeadline(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	session, _ := s.portal.sessions.start(s.world.accounts["alice@parley.test"])
	ctx, stop := context.WithCancel(context.WithValue(t.Context(), sessionKey{}, session))
	w := &deadlines{ResponseRecorder: httptest.NewRecorder(), flushed: make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.portal.StreamEvents(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/events", nil))
	}()
	within(t, "a deadline that is taken back", w.flushed)
	stop()
	within(t, "end of the stream", ended)
	if len(w.set) != 2 || w.set[0].IsZero() || !w.set[1].IsZero() {
		t.Errorf("deadlines %v: one for the writing, and none after it", w.set)
	}
}
