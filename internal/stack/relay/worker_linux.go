package relay

import (
	"container/heap"
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Pacing of a busy worker: when a wake-up found at least busy packets, the next one comes no sooner than gather later, so
// that a thousand wake-ups a second serve any load. It costs a packet at most that much delay.
const (
	gather = time.Millisecond
	busy   = 4
	// events is how many ready sockets one wake-up takes.
	events = 256
	// share is how many batches of one socket a wake-up reads, so that a flood on it does not silence the others.
	share = 4
	// never is the due time of no timer.
	never = time.Duration(math.MaxInt64)
)

// socket is one of a leg's.
type socket struct {
	fd        int
	component int // ice.RTP or ice.RTCP
	leg       *Leg
}

// worker serves the sockets of its sessions. Everything of a session is guarded by its worker's mu; the worker itself
// takes it once per wake-up, not per packet.
type worker struct {
	relay    *Relay
	epoll    int
	wake     int // eventfd
	mu       sync.Mutex
	sessions map[*Session]struct{}
	sockets  map[int32]*socket
	timers   timers
	stopping bool
	now      time.Duration
	wall     int64         // now by the wall's clock, in nanoseconds
	arrived  time.Duration // when the packet that is being handled reached the machine
	packets  uint64        // handled, ever
	in       *inbox
	out      *outbox
	scratch  []byte // for packets that are made rather than forwarded
}

func newWorker(r *Relay) (*worker, error) {
	w := &worker{
		relay: r, epoll: -1, wake: -1, sessions: make(map[*Session]struct{}), sockets: make(map[int32]*socket),
		in: newInbox(), out: newOutbox(), scratch: make([]byte, 0, bufferSize),
	}
	var err error
	if w.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("make epoll: %w", err)
	}
	if w.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		w.release()
		return nil, fmt.Errorf("make eventfd: %w", err)
	}
	if err = w.watch(w.wake); err != nil {
		w.release()
		return nil, err
	}
	return w, nil
}

func (w *worker) watch(fd int) error {
	if err := unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil {
		return fmt.Errorf("watch socket: %w", err)
	}
	return nil
}

// watchAll begins to serve a leg's sockets.
func (w *worker) watchAll(l *Leg) error {
	for _, row := range l.sockets {
		for i, fd := range row {
			if fd < 0 {
				continue
			}
			if err := w.watch(fd); err != nil {
				return err
			}
			w.sockets[int32(fd)] = &socket{fd: fd, component: i + 1, leg: l}
		}
	}
	return nil
}

// unwatch undoes watchAll.
func (w *worker) unwatch(s sockets) {
	for _, row := range s {
		for _, fd := range row {
			if fd >= 0 {
				delete(w.sockets, int32(fd))
				_ = unix.EpollCtl(w.epoll, unix.EPOLL_CTL_DEL, fd, nil)
			}
		}
	}
}

func (w *worker) run() {
	ready := make([]unix.EpollEvent, events)
	var last time.Duration
	var before uint64
	for {
		w.mu.Lock()
		stopping, due := w.stopping, w.due()
		w.mu.Unlock()
		if stopping {
			return
		}
		if pause := last + gather - w.relay.now(); w.packets-before >= busy && pause > 0 {
			ts := unix.NsecToTimespec(int64(pause))
			_ = unix.Nanosleep(&ts, nil) // woken early is woken early
		}
		n := w.wait(ready, due)
		w.mu.Lock()
		w.look()
		last, before = w.now, w.packets
		for i := range ready[:n] {
			w.serve(ready[i].Fd)
		}
		w.tick()
		w.mu.Unlock()
	}
}

// look reads both clocks.
func (w *worker) look() {
	t := time.Now()
	w.now, w.wall = t.Sub(w.relay.start), t.UnixNano()
}

// wait sleeps until a socket is ready or the time has come.
func (w *worker) wait(ready []unix.EpollEvent, due time.Duration) int {
	ms := -1
	if due != never {
		left := (due - w.relay.now() + time.Millisecond - 1) / time.Millisecond
		ms = int(min(max(0, left), time.Hour/time.Millisecond))
	}
	n, err := unix.EpollWait(w.epoll, ready, ms)
	if err != nil {
		return 0 // interrupted by a signal
	}
	return n
}

// serve reads a socket until it is empty or has had its share; what is left makes epoll report it again.
func (w *worker) serve(fd int32) {
	if int(fd) == w.wake {
		var b [8]byte
		_, _ = unix.Read(w.wake, b[:])
		return
	}
	for range share {
		s := w.sockets[fd]
		if s == nil {
			return // closed by an event of this wake-up
		}
		n := w.in.read(s.fd)
		w.packets += uint64(n)
		for i := range n {
			if b := w.in.packet(i); len(b) > 0 {
				w.arrived = w.now - w.in.waited(i, w.wall)
				s.leg.receive(s.component, &w.in.names[i], b)
			}
		}
		w.out.flush()
		if n < batch {
			return
		}
	}
}

// due is when the next timer ends.
func (w *worker) due() time.Duration {
	if len(w.timers) == 0 {
		return never
	}
	return w.timers[0].due
}

func (w *worker) tick() {
	for len(w.timers) > 0 && w.timers[0].due <= w.now {
		l := w.timers[0]
		l.due = max(l.tick(w.now), w.now+time.Millisecond)
		heap.Fix(&w.timers, l.slot)
	}
}

// wakeAt makes sure that a leg's timer is due by then; for calls from within a wake-up.
func (w *worker) wakeAt(l *Leg, at time.Duration) {
	if l.slot >= 0 && at < l.due {
		l.due = at
		heap.Fix(&w.timers, l.slot)
	}
}

// hurry makes a leg's timer due at once; mu is held.
func (w *worker) hurry(l *Leg) {
	if l.slot < 0 {
		return
	}
	l.due = 0
	heap.Fix(&w.timers, l.slot)
	w.poke()
}

// poke interrupts the sleep, after a change from outside.
func (w *worker) poke() {
	var b [8]byte
	binary.NativeEndian.PutUint64(b[:], 1)
	_, _ = unix.Write(w.wake, b[:])
}

func (w *worker) stop() {
	w.mu.Lock()
	w.stopping = true
	w.mu.Unlock()
	w.poke()
}

func (w *worker) closeSessions() {
	for {
		w.mu.Lock()
		var s *Session
		for s = range w.sessions {
			break
		}
		w.mu.Unlock()
		if s == nil {
			return
		}
		s.Close()
	}
}

func (w *worker) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, fd := range []*int{&w.epoll, &w.wake} {
		if *fd >= 0 {
			unix.Close(*fd)
			*fd = -1
		}
	}
}

// timers is a heap of legs by due time.
type timers []*Leg

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].due < t[j].due }
func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].slot, t[j].slot = i, j
}
func (t *timers) Push(x any) {
	l := x.(*Leg)
	l.slot = len(*t)
	*t = append(*t, l)
}
func (t *timers) Pop() any {
	last := len(*t) - 1
	l := (*t)[last]
	(*t)[last] = nil
	*t = (*t)[:last]
	l.slot = -1
	return l
}
