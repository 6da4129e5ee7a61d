package call

import (
	"sync"
)

// mailbox runs what is posted to it one after the other, in order. A call's state is touched only from its mailbox, so
// it needs no lock; there is a goroutine only while there is work.
type mailbox struct {
	group *sync.WaitGroup // waits for the goroutine

	mu      sync.Mutex
	queue   []func()
	running bool
}

func (b *mailbox) post(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, f)
	if !b.running {
		b.running = true
		b.group.Go(b.drain)
	}
}

func (b *mailbox) drain() {
	for {
		b.mu.Lock()
		if len(b.queue) == 0 {
			b.running = false
			b.mu.Unlock()
			return
		}
		f := b.queue[0]
		b.queue = b.queue[1:]
		b.mu.Unlock()
		f()
	}
}
