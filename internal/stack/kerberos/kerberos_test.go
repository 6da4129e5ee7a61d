package kerberos

import (
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/gssapi"

	"parley/internal/stack/kerberos/kdctest"
)

const service = "sip/fe.parley.test"

var here = netip.MustParseAddr("127.0.0.1")

func TestSignIn(t *testing.T) {
	kdc := kdctest.Start(t)
	kdc.AddUser(t, "alice", "secret")
	keytab := kdc.Keytab(t, service, "HTTP/fe.parley.test")
	a, err := New(Config{Keytab: keytab, Service: "sip"})
	if err != nil {
		t.Fatal(err)
	}

	alice := kdc.Login(t, "alice", "secret", service)
	ctx, err := a.Accept(alice.Token, here)
	if err != nil {
		t.Fatal(err)
	}
	if ctx.Principal != "alice" || ctx.Realm != kdctest.Realm || time.Until(ctx.Expires) < time.Hour {
		t.Errorf("accepted %s@%s until %s", ctx.Principal, ctx.Realm, ctx.Expires)
	}

	text := []byte("<Kerberos><1234abcd><1>")
	mic := alice.Sign(t, text)
	if err := ctx.Verify(text, mic); err != nil {
		t.Errorf("good signature: %v", err)
	}
	if err := ctx.Verify([]byte("<Kerberos><1234abcd><2>"), mic); !errors.Is(err, ErrSignature) {
		t.Errorf("changed text: %v, want ErrSignature", err)
	}
	for n := range 2 {
		answer, err := ctx.Sign(text)
		if err != nil {
			t.Fatal(err)
		}
		if len(answer) != 28 || !alice.Verify(text, answer) {
			t.Errorf("the client refuses signature %d, %x", n, answer)
		}
		if err := ctx.Verify(text, answer); !errors.Is(err, ErrSignature) {
			t.Errorf("the server's own signature came back and passed: %v", err)
		}
	}

	if _, err := a.Accept(alice.Token, here); !errors.Is(err, ErrReplay) {
		t.Errorf("same token again: %v, want ErrReplay", err)
	}
	if _, err := a.Accept(kdc.Login(t, "alice", "secret", "HTTP/fe.parley.test").Token, here); !errors.Is(err, ErrToken) {
		t.Errorf("ticket for another service: %v, want ErrToken", err)
	}
	if _, err := a.Accept(kdc.Login(t, "alice", "secret", service, gssapi.ContextFlagMutual).Token, here); !errors.Is(err, ErrToken) {
		t.Errorf("mutual authentication: %v, want ErrToken", err)
	}
	broken := kdc.Login(t, "alice", "secret", service).Token
	broken[len(broken)-1] ^= 1
	if _, err := a.Accept(broken, here); !errors.Is(err, ErrToken) {
		t.Errorf("changed token: %v, want ErrToken", err)
	}
	stranger, err := New(Config{Keytab: kdc.Keytab(t, service), Service: "sip"}) // ktadd changes the key
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Accept(alice.Token, here); !errors.Is(err, ErrToken) {
		t.Errorf("ticket for another key: %v, want ErrToken", err)
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(Config{Keytab: t.TempDir() + "/none", Service: "sip"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing keytab: %v", err)
	}
	kdc := kdctest.Start(t)
	if _, err := New(Config{Keytab: kdc.Keytab(t, "HTTP/fe.parley.test"), Service: "sip"}); err == nil || !strings.Contains(err.Error(), "sip/HOST") {
		t.Errorf("keytab without the service: %v", err)
	}
}

func TestReplayCacheForgets(t *testing.T) {
	c := newReplayCache(time.Minute)
	token, start := [32]byte{1}, time.Unix(1763800000, 0)
	if !c.add(token, start) || c.add(token, start) {
		t.Fatal("a token is good exactly once")
	}
	if c.add(token, start.Add(59*time.Second)) {
		t.Error("forgotten while its time stamp is good")
	}
	if !c.add(token, start.Add(4*time.Minute)) || len(c.now)+len(c.old) != 1 {
		t.Error("remembered for ever")
	}
}

func FuzzAccept(f *testing.F) {
	kdc := kdctest.Start(f)
	kdc.AddUser(f, "alice", "secret")
	a, err := New(Config{Keytab: kdc.Keytab(f, service), Service: "sip"})
	if err != nil {
		f.Fatal(err)
	}
	good := kdc.Login(f, "alice", "secret", service).Token
	f.Add(good)
	f.Add([]byte("`\x1b\x06\x09*\x86H\x86\xf7\x12\x01\x02\x02\x01\x00n\x0c0\x0a\xa0\x03\x02\x01\x05"))
	f.Fuzz(func(t *testing.T, token []byte) {
		if _, err := a.Accept(token, here); err != nil && !errors.Is(err, ErrToken) && !errors.Is(err, ErrReplay) {
			t.Fatalf("error of no known kind: %v", err)
		}
	})
}
