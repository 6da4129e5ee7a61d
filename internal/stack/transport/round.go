package transport

import "sync"

// flusher is a flow with a queue: flush writes what it can without waiting.
type flusher interface{ flush() }

// round gathers what is sent while readers handle what they have read, so that the answers to many messages leave with
// one system call, on the goroutine that is awake anyway. Outside of rounds a message leaves at once.
type round struct {
	mu      sync.Mutex
	readers int // in their round now
	dirty   []flusher
}

// begin says that a reader starts to handle what it has read.
func (r *round) begin() {
	r.mu.Lock()
	r.readers++
	r.mu.Unlock()
}

// end writes what was queued since, by whomever.
func (r *round) end() {
	r.mu.Lock()
	r.readers--
	dirty := r.dirty
	r.dirty = nil
	r.mu.Unlock()
	for _, f := range dirty {
		f.flush()
	}
}

// Batch runs f so that what it sends leaves together: one system call for each socket and connection.
func (m *Manager) Batch(f func()) {
	m.round.begin()
	defer m.round.end()
	f()
}

// flush writes f's queue now, or at the end of the round that is under way. A round's reader does not wait, so that is
// microseconds later.
func (r *round) flush(f flusher) {
	r.mu.Lock()
	if r.readers == 0 {
		r.mu.Unlock()
		f.flush()
		return
	}
	for _, d := range r.dirty {
		if d == f {
			r.mu.Unlock()
			return
		}
	}
	r.dirty = append(r.dirty, f)
	r.mu.Unlock()
}
