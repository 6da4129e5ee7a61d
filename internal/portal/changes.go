package portal

import (
	"sync"
	"time"

	"parley/internal/portal/api"
)

// changes tells open pages which topics have new data. A page that is told asks for them itself, so that only what a
// reader may see is sent, and a burst of changes is told once.
type changes struct {
	delay time.Duration

	mu      sync.Mutex
	readers map[*changeReader]struct{}
	pending map[api.ChangeTopic]*time.Timer
	closed  chan struct{}
}

// changeReader is one page's queue: a topic is in it at most once.
type changeReader struct {
	topics chan api.ChangeTopic
	queued map[api.ChangeTopic]bool // guarded by changes.mu
}

// topicCount is the room of a reader's queue: one for every topic there is.
const topicCount = 3

func newChanges(delay time.Duration) *changes {
	return &changes{
		delay: delay, readers: map[*changeReader]struct{}{},
		pending: map[api.ChangeTopic]*time.Timer{}, closed: make(chan struct{}),
	}
}

// publish announces a topic after the delay; what is published again meanwhile is announced with it.
func (c *changes) publish(topic api.ChangeTopic) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending[topic] != nil || c.isClosed() {
		return
	}
	c.pending[topic] = time.AfterFunc(c.delay, func() { c.announce(topic) })
}

func (c *changes) announce(topic api.ChangeTopic) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, topic)
	for r := range c.readers {
		if !r.queued[topic] {
			r.queued[topic] = true
			r.topics <- topic // has room for every topic
		}
	}
}

func (c *changes) subscribe() *changeReader {
	r := &changeReader{topics: make(chan api.ChangeTopic, topicCount), queued: map[api.ChangeTopic]bool{}}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readers[r] = struct{}{}
	return r
}

func (c *changes) unsubscribe(r *changeReader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.readers, r)
}

// taken makes room for the topic again after it was read.
func (c *changes) taken(r *changeReader, topic api.ChangeTopic) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r.queued[topic] = false
}

func (c *changes) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.readers)
}

// close ends all streams and stops the timers.
func (c *changes) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosed() {
		return
	}
	close(c.closed)
	for _, t := range c.pending {
		t.Stop()
	}
}

func (c *changes) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}
