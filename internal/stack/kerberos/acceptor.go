// Package kerberos accepts Kerberos sign-ins (RFC 4121) with the keys of a keytab file, and signs and verifies message texts
// with the context that a sign-in establishes.
//
// It is the one place that knows gokrb5, which has had no release since 2023: what its parser makes of hostile bytes is
// bounded here, and its process-wide replay cache is not used.
package kerberos

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Errors of a refused token.
var (
	ErrToken  = errors.New("not a usable kerberos token")
	ErrReplay = errors.New("kerberos token was used before")
)

// MaxToken is the longest initial token that is read, in bytes: tickets of users in many groups reach 48 KiB.
const MaxToken = 64 << 10

// DefaultSkew is the usual tolerance between the clocks of client, server and KDC.
const DefaultSkew = 5 * time.Minute

// Config says which tickets are accepted.
type Config struct {
	Keytab  string        // file with the keys of Service/host
	Service string        // first part of the principal that tickets must be for, such as "sip"
	Skew    time.Duration // tolerated clock difference, 0 for DefaultSkew
	Log     *slog.Logger  // nil for slog.Default
}

// Acceptor accepts initial tokens. It is safe for concurrent use.
type Acceptor struct {
	cfg     Config
	keys    *keytab.Keytab
	replays *replayCache
}

// New reads the keytab.
func New(cfg Config) (*Acceptor, error) {
	keys, err := keytab.Load(cfg.Keytab)
	if err != nil {
		return nil, fmt.Errorf("read keytab %s (create it with kadmin's ktadd or ktpass): %w", cfg.Keytab, err)
	}
	found := false
	for _, entry := range keys.Entries {
		found = found || len(entry.Principal.Components) == 2 && entry.Principal.Components[0] == cfg.Service
	}
	if !found {
		return nil, fmt.Errorf("keytab %s has no key of a principal %s/HOST@REALM", cfg.Keytab, cfg.Service)
	}
	if cfg.Skew == 0 {
		cfg.Skew = DefaultSkew
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Acceptor{cfg: cfg, keys: keys, replays: newReplayCache(2 * cfg.Skew)}, nil
}

// Accept verifies a client's initial token (RFC 4121 section 4.1), sent from an address, and returns the established context.
func (a *Acceptor) Accept(token []byte, from netip.Addr) (c *Context, err error) {
	if len(token) > MaxToken {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrToken, len(token), MaxToken)
	}
	defer func() {
		if bug := recover(); bug != nil { // a defect of the library must cost one sign-in, not the server
			a.cfg.Log.Error("kerberos library failed on a token", "panic", bug, "remote", from)
			c, err = nil, fmt.Errorf("%w: the library failed on it", ErrToken)
		}
	}()
	var t spnego.KRB5Token
	if err := t.Unmarshal(token); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if !t.IsAPReq() {
		return nil, fmt.Errorf("%w: not an AP-REQ", ErrToken)
	}
	return a.accept(&t.APReq, from)
}

func (a *Acceptor) accept(req *messages.APReq, from netip.Addr) (*Context, error) {
	name := req.Ticket.SName.NameString
	if len(name) != 2 || name[0] != a.cfg.Service {
		return nil, fmt.Errorf("%w: ticket is for %q, not for %s/HOST", ErrToken, req.Ticket.SName.PrincipalNameString(), a.cfg.Service)
	}
	ok, err := req.Verify(a.keys, a.cfg.Skew, types.HostAddressFromNetIP(from.Unmap().AsSlice()), nil)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	ticket := &req.Ticket.DecryptedEncPart
	if req.Authenticator.CRealm != ticket.CRealm {
		return nil, fmt.Errorf("%w: authenticator of realm %q in a ticket of %q", ErrToken, req.Authenticator.CRealm, ticket.CRealm)
	}
	if err := checkFlags(&req.Authenticator); err != nil {
		return nil, err
	}
	key := ticket.Key
	if sub := req.Authenticator.SubKey; len(sub.KeyValue) > 0 {
		key = sub
	}
	if !strong(key.KeyType) {
		return nil, fmt.Errorf("%w: encryption type %d; the account needs AES keys", ErrToken, key.KeyType)
	}
	if !a.replays.add(sha256.Sum256(req.EncryptedAuthenticator.Cipher), time.Now()) {
		return nil, ErrReplay
	}
	return &Context{
		Principal: ticket.CName.PrincipalNameString(), Realm: ticket.CRealm, Expires: ticket.EndTime, key: key,
	}, nil
}

// strong says whether messages can be signed with a key by RFC 4121: the AES types of RFC 3962 and RFC 8009.
func strong(kind int32) bool {
	switch kind {
	case etypeID.AES128_CTS_HMAC_SHA1_96, etypeID.AES256_CTS_HMAC_SHA1_96,
		etypeID.AES128_CTS_HMAC_SHA256_128, etypeID.AES256_CTS_HMAC_SHA384_192:
		return true
	}
	return false
}
