package srtp

import (
	"strings"
	"testing"
	"time"
)

type outcome struct {
	keys Keys
	err  error
}

// shake runs a handshake between two identities; drop loses datagrams of the client by number.
func shake(t *testing.T, client, server *Identity, clientSees, serverSees string, drop func(int) bool) (c, s outcome) {
	t.Helper()
	results := [2]chan outcome{make(chan outcome, 1), make(chan outcome, 1)}
	ready := make(chan struct{})
	var a, b *Handshake
	var err error
	n := 0
	b, err = server.Start(HandshakeConfig{
		Fingerprint: serverSees,
		Send:        func(p []byte) { <-ready; a.Receive(p) },
		Done:        func(k Keys, err error) { results[1] <- outcome{k, err} },
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err = client.Start(HandshakeConfig{
		Client: true, Fingerprint: clientSees,
		Send: func(p []byte) {
			n++
			if drop == nil || !drop(n) {
				b.Receive(p)
			}
		},
		Done: func(k Keys, err error) { results[0] <- outcome{k, err} },
	})
	if err != nil {
		t.Fatal(err)
	}
	close(ready)
	t.Cleanup(func() { a.Close(); b.Close() })
	for i, out := range []*outcome{&c, &s} {
		select {
		case *out = <-results[i]:
		case <-time.After(10 * time.Second):
			t.Fatal("the handshake neither succeeds nor fails")
		}
	}
	return c, s
}

func identity(t *testing.T) *Identity {
	t.Helper()
	id, err := NewIdentity(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestHandshake(t *testing.T) {
	x, y := identity(t), identity(t)
	for name, drop := range map[string]func(int) bool{"clean": nil, "first record lost": func(n int) bool { return n == 1 }} {
		c, s := shake(t, x, y, y.Fingerprint(), strings.ToLower(x.Fingerprint()), drop)
		if c.err != nil || s.err != nil {
			t.Fatalf("%s: %v, %v", name, c.err, s.err)
		}
		if c.keys.Send.Key != s.keys.Receive.Key || c.keys.Receive.Salt != s.keys.Send.Salt || c.keys.Send.Key == c.keys.Receive.Key {
			t.Errorf("%s: the two sides have different keys", name)
		}
		out, err := NewSender(c.keys.Send)
		if err != nil {
			t.Fatal(err)
		}
		in, err := NewReceiver(s.keys.Receive)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := out.ProtectRTP(packet(1, 20))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.UnprotectRTP(sealed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongFingerprint(t *testing.T) {
	x, y, z := identity(t), identity(t), identity(t)
	c, _ := shake(t, x, y, z.Fingerprint(), x.Fingerprint(), nil)
	if c.err == nil {
		t.Error("the client accepted another certificate")
	}
	_, s := shake(t, x, y, y.Fingerprint(), z.Fingerprint(), nil)
	if s.err == nil {
		t.Error("the server accepted another certificate")
	}
}

func TestMatches(t *testing.T) {
	id := identity(t)
	der := id.cert.Certificate[0]
	if err := matches(id.Fingerprint(), der); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "sha-256", "sha-1 AA:BB", "sha-256 AA:BB"} {
		if matches(bad, der) == nil {
			t.Errorf("%q matches", bad)
		}
	}
}
