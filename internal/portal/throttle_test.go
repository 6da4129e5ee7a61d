package portal

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestThrottleDoublesAndForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th, source := newThrottle(), netip.MustParseAddr("192.0.2.1")
		for range freeTries {
			if wait := th.begin("alice", source); wait != 0 {
				t.Fatalf("a free try waits %s", wait)
			}
		}
		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
			wait := th.begin("alice", source)
			if wait != want*time.Second {
				t.Fatalf("wait %s, want %d s", wait, want)
			}
			time.Sleep(wait)
			if wait := th.begin("alice", source); wait != 0 {
				t.Fatalf("wait %s after having waited", wait)
			}
		}
		th.succeeded("alice", source)
		if wait := th.begin("alice", source); wait != 0 {
			t.Errorf("wait %s after a right password", wait)
		}
	})
}

func TestThrottleByAddress(t *testing.T) {
	t.Parallel()
	th := newThrottle()
	for i := range freeAddressTries {
		source := netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1)) // all of one /64
		if wait := th.begin(fmt.Sprintf("user%d", i), source); wait != 0 {
			t.Fatalf("try %d waits %s", i, wait)
		}
	}
	if th.begin("another", netip.MustParseAddr("2001:db8::ffff")) == 0 {
		t.Error("an address may try any number of names")
	}
	if wait := th.begin("another", netip.MustParseAddr("2001:db8:0:1::1")); wait != 0 {
		t.Errorf("an address of another network waits %s", wait)
	}
}

func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle()
		for i := range maxThrottled {
			th.begin("u", netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
		}
		if got := len(th.failures); got > maxThrottled {
			t.Errorf("%d entries, want at most %d", got, maxThrottled)
		}
	})
}
