package relay

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"parley/internal/stack/sockaddr"
)

// The kernel's time of arrival counts, not that of the read.
func TestArrivalIsTheKernels(t *testing.T) {
	pool, err := newPorts([]Address{{Bind: loopback}}, 42000, 42999)
	if err != nil {
		t.Fatal(err)
	}
	open, port, err := pool.open(0)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.close(open, port)
	fds := open[0]
	before := time.Now()
	to := sockaddr.Of(netip.AddrPortFrom(loopback, port))
	sendNow(fds[1], &to, []byte("x"))
	in := newInbox()
	poll := []unix.PollFd{{Fd: int32(fds[0]), Events: unix.POLLIN}}
	if _, err := unix.Poll(poll, 10_000); err != nil {
		t.Fatal(err)
	}
	if n := in.read(fds[0]); n != 1 {
		t.Fatalf("%d datagrams", n)
	}
	after := time.Now()
	if d := in.waited(0, before.UnixNano()); d > 0 || d < before.Sub(after) {
		t.Errorf("arrived %v before it was sent", d)
	}
	if d := in.waited(0, after.Add(time.Second).UnixNano()); d < time.Second || d > time.Second+after.Sub(before) {
		t.Errorf("a second after it was read it has waited %v", d)
	}
	if d := in.waited(0, after.Add(time.Hour).UnixNano()); d != 0 {
		t.Errorf("it has waited %v by a clock that was set", d)
	}
}
