package auth

import (
	"sync"
	"time"

	"parley/internal/stack/kerberos"
	"parley/internal/stack/transport"
	"parley/internal/wire/ntlm"
)

// realm is the name that servers of this dialect give their realm; clients sign it and do not look at it.
const realm = "SIP Communications Service"

// handshakeLife is how long a client may take to answer an NTLM challenge.
const handshakeLife = time.Minute

// grace is how long after its end a security association still carries messages other than REGISTER, so that a client
// learns from its next refresh that it must sign in again, and loses nothing until then.
const grace = 3 * time.Hour

// keys are what a sign-in leaves both sides with.
type keys interface {
	sign(text []byte) ([]byte, error)
	verify(text, signature []byte) bool
}

// association is a security association, [MS-SIPAE] section 3.2.1: one user on one connection.
type association struct {
	scheme  Scheme
	user    string
	opaque  string
	target  string
	version int
	expires time.Time
	keys    keys

	mu       sync.Mutex
	sent     uint32
	received window
}

// link is what is kept with a connection.
type link struct {
	mu       sync.Mutex
	pending  *handshake
	current  *association
	previous *association // messages signed before a renewed sign-in may still be on their way
}

// handshake is an NTLM challenge that waits for its answer. There is one a connection: a new one replaces it.
type handshake struct {
	opaque    string
	challenge []byte
	expires   time.Time
}

type linkKey struct{}

func linkOf(flow transport.Flow) *link {
	l, _ := flow.Get(linkKey{}).(*link)
	return l
}

// open returns the flow's link, a new one if there is none. Only the flow's reader calls it.
func open(flow transport.Flow) *link {
	l := linkOf(flow)
	if l == nil {
		l = &link{}
		flow.Set(linkKey{}, l)
	}
	return l
}

func (l *link) begin(h *handshake) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = h
}

// take returns the handshake with this handle if it is still open; it can be answered once.
func (l *link) take(opaque string, now time.Time) *handshake {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.pending
	if h == nil || h.opaque != opaque {
		return nil
	}
	l.pending = nil
	if now.After(h.expires) {
		return nil
	}
	return h
}

func (l *link) establish(a *association) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.previous, l.current = l.current, a
}

func (l *link) find(opaque string) *association {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range [...]*association{l.current, l.previous} {
		if a != nil && a.opaque == opaque {
			return a
		}
	}
	return nil
}

// active returns the association that the server signs with, nil when there is none.
func (l *link) active() *association {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// next counts a message that the server sends.
func (a *association) next() uint32 {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent++
	return a.sent
}

// fresh records the number of a verified message; false when it was used before or is too old to tell.
func (a *association) fresh(number uint32) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.received.accept(number)
}

type ntlmKeys struct{ *ntlm.Session }

func (k ntlmKeys) sign(text []byte) ([]byte, error) {
	sig := k.SignServer(text)
	return sig[:], nil
}

func (k ntlmKeys) verify(text, sig []byte) bool { return k.VerifyClient(text, sig) }

type kerberosKeys struct{ *kerberos.Context }

func (k kerberosKeys) sign(text []byte) ([]byte, error)   { return k.Sign(text) }
func (k kerberosKeys) verify(text, signature []byte) bool { return k.Verify(text, signature) == nil }
