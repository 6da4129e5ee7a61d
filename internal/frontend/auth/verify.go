package auth

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"parley/internal/diag"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Errors of [Authenticator.Verify].
var (
	// ErrNoAssociation: nobody signed in with NTLM or Kerberos on this connection.
	ErrNoAssociation = errors.New("no sign-in on this connection")
	// ErrUnsigned: the message carries no signature.
	ErrUnsigned = errors.New("message is not signed")
	// ErrSignature: the signature is not the client's, or the message was changed.
	ErrSignature = errors.New("message signature does not match")
	// ErrReplay: the message was received before.
	ErrReplay = errors.New("message was replayed")
	// ErrExpired: the sign-in is too old.
	ErrExpired = errors.New("sign-in has expired")
	// ErrIdentity: From names somebody else.
	ErrIdentity = errors.New("message names another user as its sender")
)

// Signed says whether the flow has a security association, so that everything on it goes through Verify and is signed.
func (a *Authenticator) Signed(flow transport.Flow) bool { return linkOf(flow).active() != nil }

// Verify checks the signature of any request or response that arrived on a flow with a security association and returns the
// user who signed it. A message that fails must have no effect; answer a request that does with [Authenticator.Refuse].
func (a *Authenticator) Verify(flow transport.Flow, m *sip.Message) (user string, err error) {
	var c credentials
	if !c.parse(m.Get("Authorization")) && !c.parse(m.Get("Proxy-Authorization")) {
		if !a.Signed(flow) {
			return "", ErrNoAssociation
		}
		return "", ErrUnsigned
	}
	sa, err := verify(linkOf(flow), m, &c, time.Now())
	if err != nil {
		return "", err
	}
	if m.IsRequest() {
		if from, err := m.From(); err != nil || from.URI.Account() != sa.user {
			return "", fmt.Errorf("%w: signed by %s", ErrIdentity, sa.user)
		}
	}
	return sa.user, nil
}

func verify(l *link, m *sip.Message, c *credentials, now time.Time) (*association, error) {
	if l == nil {
		return nil, ErrNoAssociation
	}
	sa := l.find(c.opaque)
	if sa == nil {
		return nil, fmt.Errorf("%w: no association %.16q", ErrSignature, c.opaque)
	}
	if c.response == "" {
		return nil, ErrUnsigned
	}
	number, err := strconv.ParseUint(c.cnum, 10, 32)
	if err != nil || !c.is(sa.scheme.String()) {
		return nil, ErrSignature
	}
	if now.After(sa.expires.Add(grace)) {
		return nil, ErrExpired
	}
	signature, err := hex.DecodeString(c.response)
	if err != nil {
		return nil, ErrSignature
	}
	var room [1024]byte
	if !sa.keys.verify(sa.signedText(room[:0], m, c.crand, c.cnum), signature) {
		return nil, ErrSignature
	}
	if !sa.fresh(uint32(number)) {
		return nil, ErrReplay
	}
	return sa, nil
}

// Refuse is the answer to a request that Verify refused. It is never 401: clients answer that by sending the same request
// again, at once and without end.
func (a *Authenticator) Refuse(flow transport.Flow, req *sip.Message, err error) *sip.Message {
	t := attempt{a: a, flow: flow, req: req, field: "Authorization", ask: "WWW-Authenticate", code: 401, lync: true}
	a.cfg.Log.Warn("request refused", "method", req.Method(), "from", req.Get("From"), "remote", flow.Remote(), "reason", err)
	switch {
	case errors.Is(err, ErrIdentity):
		return t.refuse(diag.New(diag.IdentityMismatch, nil)).Reply
	case errors.Is(err, ErrSignature):
		return t.refuse(diag.New(diag.SignatureInvalid, nil)).Reply
	case errors.Is(err, ErrReplay):
		return t.refuse(diag.New(diag.SignatureReplayed, nil)).Reply
	}
	return t.refuse(signInFirst()).Reply
}
