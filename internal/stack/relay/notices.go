package relay

import "sync"

// notices runs callbacks in order on a goroutine of its own, so that a slow listener never delays media.
type notices struct {
	mu     sync.Mutex
	cond   *sync.Cond
	queue  []func()
	closed bool
}

func newNotices() *notices {
	n := new(notices)
	n.cond = sync.NewCond(&n.mu)
	return n
}

// add queues a callback. What can pile up is bounded by the legs and their intervals, not by packets.
func (n *notices) add(f func()) {
	n.mu.Lock()
	n.queue = append(n.queue, f)
	n.mu.Unlock()
	n.cond.Signal()
}

func (n *notices) run() {
	for {
		n.mu.Lock()
		for len(n.queue) == 0 && !n.closed {
			n.cond.Wait()
		}
		todo := n.queue
		n.queue = nil
		n.mu.Unlock()
		if len(todo) == 0 {
			return
		}
		for _, f := range todo {
			f()
		}
	}
}

// stop ends run once the queue is empty.
func (n *notices) stop() {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.cond.Signal()
}
