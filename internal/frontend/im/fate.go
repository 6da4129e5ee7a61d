package im

import "sync"

// fate is what becomes of a message. It outlives the message's content: a request that comes again is answered by it.
type fate struct {
	mu      sync.Mutex
	open    int // devices that have not answered
	best    outcome
	decided bool
	waiting []func(outcome)
}

// wait has answer called with what becomes of the message: at once when that is known.
func (f *fate) wait(answer func(outcome)) {
	f.mu.Lock()
	if !f.decided {
		f.waiting = append(f.waiting, answer)
		f.mu.Unlock()
		return
	}
	o := f.best
	f.mu.Unlock()
	answer(o)
}

// expect says how many devices will answer.
func (f *fate) expect(devices int) {
	f.mu.Lock()
	f.open = devices
	f.mu.Unlock()
}

// report takes one device's answer. The sender is answered by the first device that took the message, or else when
// all have refused.
func (f *fate) report(o outcome) {
	f.mu.Lock()
	f.open--
	if f.best.code == 0 || o.better(f.best) {
		f.best = o
	}
	f.settle(f.best.ok() || f.open <= 0)
}

// fail answers the sender whatever the devices say.
func (f *fate) fail(o outcome) {
	f.mu.Lock()
	f.best = o
	f.settle(true)
}

// settle is called with mu held and releases it.
func (f *fate) settle(now bool) {
	var waiting []func(outcome)
	o := f.best
	if now && !f.decided {
		f.decided = true
		waiting, f.waiting = f.waiting, nil
	}
	f.mu.Unlock()
	for _, answer := range waiting {
		answer(o)
	}
}
