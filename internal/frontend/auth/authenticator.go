package auth

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/diag"
	"parley/internal/event"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Authenticator signs users in. It is safe for concurrent use by different connections; calls for one connection come in
// the order of its messages.
type Authenticator struct {
	cfg    Config
	nonces *nonces
	locks  *locks
}

// New checks the configuration.
func New(cfg Config) (*Authenticator, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configure sign-in: %w", err)
	}
	cfg.complete()
	key := cfg.NonceKey
	if key == nil {
		key = make([]byte, 32)
		rand.Read(key)
	}
	return &Authenticator{cfg: cfg, nonces: newNonces(key), locks: newLocks(cfg.Lockout)}, nil
}

// Inherit goes on with what another Authenticator remembers, when one with a new configuration takes its place: who is locked
// out, and which nonces were issued. Call it before the first request.
func (a *Authenticator) Inherit(old *Authenticator) {
	a.nonces = old.nonces
	a.locks = old.locks.with(a.cfg.Lockout)
}

// Outcome is the answer to one request.
type Outcome struct {
	// User is the AOR (user@domain) that the request is proved to come from; "" when it is not.
	User string
	// Scheme is what proved it.
	Scheme Scheme
	// Reply is the final response to send instead of going on: a challenge or a refusal. It is nil when User is set.
	Reply *sip.Message
}

// Register decides about a REGISTER that arrived on a flow.
func (a *Authenticator) Register(flow transport.Flow, req *sip.Message) Outcome {
	return a.decide(flow, req, "Authorization", "WWW-Authenticate", 401)
}

// Challenge decides about any request other than REGISTER, ACK and CANCEL of a standard endpoint whose From names a local
// user. A request that the server answers itself is challenged as a user agent does, one that it passes on as a
// proxy does (RFC 3261 section 22). Requests of a flow with a security association go to [Authenticator.Verify] instead.
func (a *Authenticator) Challenge(flow transport.Flow, req *sip.Message) Outcome {
	if user := a.trusted(flow, req); user != "" {
		return Outcome{User: user, Scheme: DigestSHA256}
	}
	if req.Method() == "PUBLISH" {
		return a.decide(flow, req, "Authorization", "WWW-Authenticate", 401)
	}
	return a.decide(flow, req, "Proxy-Authorization", "Proxy-Authenticate", 407)
}

func (a *Authenticator) decide(flow transport.Flow, req *sip.Message, field, ask string, code int) Outcome {
	t := attempt{a: a, flow: flow, req: req, field: field, ask: ask, code: code}
	if !flow.Proto().Secure() && !slices.Contains(a.cfg.InsecureTransports, flow.Proto()) {
		return t.refuse(diag.New(diag.TLSRequired, nil))
	}
	claim := "From"
	addr, err := req.From()
	if req.Method() == "REGISTER" {
		claim = "To"
		addr, err = req.To()
	}
	if err == nil {
		t.claimed, t.domain = addr.URI.Account(), strings.ToLower(addr.URI.Host)
	}
	if t.claimed == "" {
		return t.refuse(malformed(claim + " does not name a user"))
	}
	if !slices.Contains(a.cfg.Domains, t.domain) {
		return t.refuse(diag.New(diag.DomainUnknown, nil))
	}
	t.lync = lyncDialect(req)
	return t.run()
}

// lyncDialect tells by its marks whether a client can take NTLM and Kerberos.
func lyncDialect(req *sip.Message) bool {
	if req.Has("ms-keep-alive") || req.HasToken("Supported", "msrtc-event-categories") {
		return true
	}
	from, err := req.From()
	return err == nil && from.Params.Has("epid")
}

// attempt is one request's way to an outcome.
type attempt struct {
	a               *Authenticator
	flow            transport.Flow
	req             *sip.Message
	field, ask      string // the header fields that carry credentials and challenges
	code            int    // status of a challenge
	claimed, domain string // who the request says it is from
	lync            bool
}

// run takes the first credentials of an enabled scheme that are meant for this server.
func (t *attempt) run() Outcome {
	var c credentials
	for i := range t.req.Count(t.field) {
		value := t.req.Get(t.field)
		if i > 0 {
			value = t.req.Values(t.field)[i]
		}
		if !c.parse(value) {
			return t.refuse(malformed(t.field + " cannot be read"))
		}
		switch {
		case c.is("Digest") && t.a.cfg.Schemes&(DigestSHA256|DigestMD5) != 0 && c.realm == t.a.cfg.Realm:
			return t.digest(&c)
		case c.is("NTLM") && t.a.cfg.Schemes&NTLM != 0, c.is("Kerberos") && t.a.cfg.Schemes&Kerberos != 0:
			return t.gssapi(&c)
		}
	}
	return t.challenge(false)
}

// granted ends a sign-in whose proof was good: the proved user must be the one that the request names.
func (t *attempt) granted(aor string, s Scheme) Outcome {
	t.a.locks.succeed(aor)
	if aor != t.claimed {
		t.failed(aor, s, 0, "signed in for somebody else: "+t.claimed)
		if t.req.Method() == "REGISTER" {
			return t.refuse(diag.New(diag.RegisterForOther, nil))
		}
		return t.refuse(diag.New(diag.IdentityMismatch, nil))
	}
	return Outcome{User: aor, Scheme: s}
}

// wrong ends a sign-in whose proof was bad. reason is for the administrator alone: the client learns nothing that tells
// an unknown user from a wrong password.
func (t *attempt) wrong(login string, s Scheme, reason string) Outcome {
	delay := t.a.locks.fail(login, t.flow.Remote().Addr(), time.Now())
	t.failed(login, s, delay, reason)
	out := t.challenge(false)
	if out.Reply.StatusCode() == t.code {
		out.Reply.Add("ms-diagnostics", diag.New(diag.CredentialsRefused, nil).Header(t.a.cfg.Host))
	}
	return out
}

func (t *attempt) failed(login string, s Scheme, locked time.Duration, reason string) {
	t.a.cfg.Log.Warn("sign-in refused", "user", login, "scheme", s.String(), "remote", t.flow.Remote(), "reason", reason, "locked", locked)
	if t.a.cfg.Events != nil {
		t.a.cfg.Events.Publish(event.AuthFailed{
			User: login, Scheme: s.String(), Remote: t.flow.Remote(), Reason: reason, Locked: locked,
		})
	}
}

// unknown ends a sign-in for a name that nobody has, or that may turn up once the directory has been read.
func (t *attempt) unknown(login string, s Scheme) Outcome {
	if !t.a.cfg.Accounts.Ready() {
		out := t.refuse(diag.New(diag.DirectoryUnavailable, nil))
		out.Reply.Add("Retry-After", "5")
		return out
	}
	return t.wrong(login, s, "no such user")
}

// locked says whether attempts of this user or from this source have to wait, and the answer if so.
func (t *attempt) locked(login string) (Outcome, bool) {
	wait := t.a.locks.wait(login, t.flow.Remote().Addr(), time.Now())
	if wait == 0 {
		return Outcome{}, false
	}
	out := t.refuse(diag.New(diag.LockedOut, nil))
	out.Reply.Add("Retry-After", seconds(wait))
	return out, true
}
