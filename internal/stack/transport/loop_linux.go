package transport

import (
	"fmt"
	"sync"
	"syscall"
	"time"
	_ "unsafe" // for goyield

	"golang.org/x/sys/unix"
)

const (
	// gather is how far apart the wake-ups of a loop are while messages keep coming: a thousand a second serve any load,
	// and each is shared by all that arrived meanwhile. The first message after a pause is served at once.
	gather = time.Millisecond
	// loopEvents is how many ready sockets one wake-up takes.
	loopEvents = 256
	// share is how often a wake-up reads one socket, so that a flood on it does not silence the others.
	share = 4
	// maxLoops is how many processors read at the most.
	maxLoops = 8
)

// loop serves sockets: it waits for all of them at once, reads what has arrived and hands it up, in order, on one
// goroutine. It waits in a system call of its own rather than in the runtime's poller, for which each message would wake
// one or two idle threads that then look for work in vain: that costs more than a message itself.
type loop struct {
	manager *Manager
	epoll   int
	wake    int // eventfd
	buffer  []byte

	mu       sync.Mutex
	sockets  map[int32]socket
	due      time.Time // when a socket's time may be up; zero for never
	stopping bool
	ended    bool
}

// socket is what a loop serves. The loop calls its methods on its goroutine.
type socket interface {
	// ready reads what has arrived and writes what had to wait.
	ready(events uint32, now time.Time)
	// check ends the socket if its time is up, else says when it will be; zero for never.
	check(now time.Time) time.Time
}

func newLoop(m *Manager) (*loop, error) {
	l := &loop{manager: m, wake: -1, buffer: make([]byte, 64<<10), sockets: map[int32]socket{}}
	var err error
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("make epoll: %w", err)
	}
	if l.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err == nil {
		err = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, l.wake, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(l.wake)})
	}
	if err != nil {
		l.release()
		return nil, fmt.Errorf("make eventfd: %w", err)
	}
	return l, nil
}

func (l *loop) release() {
	if l.wake >= 0 {
		unix.Close(l.wake)
	}
	unix.Close(l.epoll)
}

// add begins to serve a socket. until is when its time may be up first, zero for never.
func (l *loop) add(fd int, s socket, until time.Time) error {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return ErrStopped
	}
	l.sockets[int32(fd)] = s
	l.mu.Unlock()
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil {
		l.remove(fd)
		return fmt.Errorf("watch socket: %w", err)
	}
	l.remind(until)
	return nil
}

// remove stops serving a socket, before it is closed.
func (l *loop) remove(fd int) {
	unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, fd, nil)
	l.mu.Lock()
	delete(l.sockets, int32(fd))
	l.mu.Unlock()
}

// await asks for events of a socket besides those of reading.
func (l *loop) await(fd int, more uint32) {
	unix.EpollCtl(l.epoll, unix.EPOLL_CTL_MOD, fd, &unix.EpollEvent{Events: unix.EPOLLIN | more, Fd: int32(fd)})
}

// remind makes sure that sockets are checked by a certain time.
func (l *loop) remind(at time.Time) {
	if at.IsZero() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.due.IsZero() || at.Before(l.due) {
		l.due = at
		l.poke()
	}
}

// poke interrupts the wait. The caller holds mu.
func (l *loop) poke() {
	if l.ended {
		return
	}
	one := [8]byte{0: 1}
	unix.Write(l.wake, one[:])
}

// stop ends the loop once all its sockets have gone.
func (l *loop) stop() {
	l.mu.Lock()
	l.stopping = true
	l.poke()
	l.mu.Unlock()
}

func (l *loop) run() {
	defer l.manager.work.Done()
	events := make([]unix.EpollEvent, loopEvents)
	ready := make([]socket, loopEvents)
	var last time.Time
	for {
		l.mu.Lock()
		if l.stopping && len(l.sockets) == 0 {
			l.ended = true
			l.release()
			l.mu.Unlock()
			return
		}
		due := l.due
		l.mu.Unlock()
		// What was made ready to run meanwhile runs here and now, and the scheduler sees that this thread does not hog.
		goyield()
		if pause := gather - time.Since(last); pause > 0 {
			ts := unix.NsecToTimespec(int64(pause))
			_ = unix.Nanosleep(&ts, nil) // woken early is woken early
		}
		n := l.wait(events, due)
		now := time.Now()
		if n > 0 {
			last = now
			l.serve(events[:n], ready[:n], now)
		}
		if !due.IsZero() && !now.Before(due) {
			l.check(now)
		}
	}
}

// wait sleeps until a socket is ready or the time has come.
func (l *loop) wait(events []unix.EpollEvent, due time.Time) int {
	ms := -1
	if !due.IsZero() {
		ms = int(min(max(0, (time.Until(due)+time.Millisecond-1)/time.Millisecond), time.Hour/time.Millisecond))
	}
	n, err := unix.EpollWait(l.epoll, events, ms)
	if err != nil {
		return 0 // interrupted by a signal
	}
	return n
}

func (l *loop) serve(events []unix.EpollEvent, ready []socket, now time.Time) {
	l.mu.Lock()
	for i := range events {
		ready[i] = l.sockets[events[i].Fd]
	}
	l.mu.Unlock()
	l.manager.round.begin()
	for i, s := range ready {
		switch {
		case s != nil:
			s.ready(events[i].Events, now)
		case int(events[i].Fd) == l.wake:
			var count [8]byte
			unix.Read(l.wake, count[:])
		}
	}
	l.manager.round.end()
	clear(ready)
}

// check looks after all sockets and finds out when it has to do so again.
func (l *loop) check(now time.Time) {
	l.mu.Lock()
	l.due = time.Time{}
	all := make([]socket, 0, len(l.sockets))
	for _, s := range l.sockets {
		all = append(all, s)
	}
	l.mu.Unlock()
	var next time.Time
	for _, s := range all {
		if at := s.check(now); !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	l.remind(next)
}

// detach takes a socket away from the runtime's poller: it returns a descriptor of its own and closes c.
func detach(c interface {
	syscall.Conn
	Close() error
}) (fd int, err error) {
	defer c.Close()
	raw, err := c.SyscallConn()
	if err != nil {
		return -1, err
	}
	var failed error
	err = raw.Control(func(old uintptr) { fd, failed = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) })
	if err == nil {
		err = failed
	}
	if err != nil {
		return -1, fmt.Errorf("take socket: %w", err)
	}
	return fd, nil
}

// goyield lets other goroutines of this thread run, without waking an idle thread for it as [runtime.Gosched] does.
//
//go:linkname goyield runtime.goyield
func goyield()
