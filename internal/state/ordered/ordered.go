// Package ordered runs durable work off the callers' goroutines, in order for each key.
//
// Handlers of SIP requests must not wait for a disk. They hand what must be written, and the answer that follows, to a
// Runner: jobs of one user run one after the other as they were given, jobs of different users side by side.
package ordered

import "sync"

// Runner runs jobs. The zero value is ready to use.
type Runner struct {
	mu     sync.Mutex
	queues map[string][]func()
	work   sync.WaitGroup
	closed bool
}

// Go runs job after all jobs given before for the same key. After Close jobs are dropped, and false is returned.
func (r *Runner) Go(key string, job func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	if r.queues == nil {
		r.queues = map[string][]func(){}
	}
	queue, running := r.queues[key]
	r.queues[key] = append(queue, job)
	if !running {
		r.work.Add(1)
		go r.run(key)
	}
	return true
}

func (r *Runner) run(key string) {
	defer r.work.Done()
	for {
		r.mu.Lock()
		queue := r.queues[key]
		if len(queue) == 0 {
			delete(r.queues, key)
			r.mu.Unlock()
			return
		}
		job := queue[0]
		queue[0] = nil
		r.queues[key] = queue[1:]
		r.mu.Unlock()
		job()
	}
}

// Close takes no more jobs and waits for those that were given.
func (r *Runner) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.work.Wait()
}
