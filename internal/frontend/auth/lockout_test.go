package auth

import (
	"fmt"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"parley/internal/stack/transport"
)

func TestLockoutGrows(t *testing.T) {
	cfg := Lockout{Failures: 3, Longest: time.Minute}
	cfg.complete()
	l := newLocks(cfg)
	now, here := time.Unix(1763800000, 0), netip.MustParseAddr("192.0.2.7")
	for i, want := range []time.Duration{0, 0, 10, 20, 40, 60, 60} {
		if got := l.fail("alice", here, now); got != want*time.Second {
			t.Errorf("failure %d: wait %s, want %s", i+1, got, want*time.Second)
		}
	}
	if l.wait("alice", netip.MustParseAddr("198.51.100.1"), now) == 0 {
		t.Error("another address is a way around the lock of a user")
	}
	if l.wait("bob", here, now) != 0 {
		t.Error("one user's failures lock out others before their time")
	}
	if l.wait("alice", here, now.Add(time.Minute)) != 0 {
		t.Error("the wait does not end")
	}
	l.succeed("alice")
	if got := l.fail("alice", here, now.Add(time.Minute)); got != 0 {
		t.Errorf("failure after a success: wait %s", got)
	}
}

func TestLockoutOfSource(t *testing.T) {
	cfg := Lockout{Failures: 2}
	cfg.complete()
	l := newLocks(cfg)
	now := time.Unix(1763800000, 0)
	for i := range cfg.SourceFailures {
		l.fail("user"+strconv.Itoa(i), netip.MustParseAddr("2001:db8::"+strconv.Itoa(i+1)), now)
	}
	if l.wait("anybody", netip.MustParseAddr("2001:db8::ffff"), now) == 0 {
		t.Error("a host that tries one password for many users from many of its addresses is not slowed down")
	}
	if l.wait("anybody", netip.MustParseAddr("2001:db8:1::1"), now) != 0 {
		t.Error("the neighbour is locked out too")
	}
}

func TestLockoutIsBounded(t *testing.T) {
	l := newLocks(Lockout{Failures: 5, SourceFailures: 5})
	for i := range maxFailures + 100 {
		l.fail(strconv.Itoa(i), netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), time.Unix(0, 0))
	}
	if len(l.users) > maxFailures || len(l.sources) > maxFailures {
		t.Errorf("%d users and %d sources are remembered", len(l.users), len(l.sources))
	}
}

func TestLockedOutUser(t *testing.T) {
	for _, user := range []string{"alice", "mallory"} { // one exists, the other does not
		a, seen := newAuthenticator(t, nil)
		f := newFlow(transport.TLS)
		attempt := func(password string) Outcome {
			given := good("SHA-256")
			given.user, given.password = user, password
			return a.Register(f, request(t, "REGISTER", "alice@parley.test", false, "Authorization: "+given.to(challengeOf(t, a, f))))
		}
		for range 5 {
			if out := attempt("guess"); out.Reply.StatusCode() != 401 {
				t.Fatalf("%s: %s", user, out.Reply.Bytes())
			}
		}
		out := attempt("secret")
		if out.User != "" || out.Reply.StatusCode() != 403 || out.Reply.Get("Retry-After") != "10" {
			t.Errorf("%s: the right password during the lock-out: %+v", user, out)
		}
		if last := seen.all[len(seen.all)-1]; len(seen.all) != 5 || last.Locked < 9*time.Second {
			t.Errorf("%s: events %v", user, fmt.Sprint(seen.all))
		}
	}
}

func TestInherit(t *testing.T) {
	old, _ := newAuthenticator(t, nil)
	f := newFlow(transport.TLS)
	challenge := challengeOf(t, old, f)
	for range 5 {
		old.locks.fail("bob@parley.test", f.remote.Addr(), time.Now())
	}
	a, _ := newAuthenticator(t, func(c *Config) { c.Schemes = DigestSHA256; c.Lockout.Failures = 7 })
	a.Inherit(old)
	if out := a.Register(f, request(t, "REGISTER", "alice@parley.test", false, "Authorization: "+good("SHA-256").to(challenge))); out.User == "" {
		t.Errorf("a nonce from before the reload is refused: %s", out.Reply.Bytes())
	}
	if a.locks.wait("bob@parley.test", f.remote.Addr(), time.Now()) == 0 {
		t.Error("a reload ends lock-outs")
	}
}
