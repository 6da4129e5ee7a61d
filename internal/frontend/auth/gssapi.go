package auth

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/diag"
	"parley/internal/stack/kerberos"
	"parley/internal/wire/ntlm"
)

// gssapiChallenge is the first challenge of a scheme, [MS-SIPAE] section 3.3.5.1.
func (t *attempt) gssapiChallenge(s Scheme) string {
	text := s.String() + ` realm="` + realm + `", targetname="` + t.target(s) + `"`
	if v := t.a.cfg.Version; v >= 3 {
		text += ", version=" + strconv.Itoa(v)
	}
	return text
}

// target is how clients name this server to a scheme: by its host, to Kerberos by its service principal.
func (t *attempt) target(s Scheme) string {
	if s == Kerberos {
		return t.a.cfg.Principal
	}
	return t.a.cfg.Host
}

// gssapi goes on with an NTLM or Kerberos sign-in, or takes a REGISTER that is signed with an earlier one.
func (t *attempt) gssapi(c *credentials) Outcome {
	if t.req.Method() != "REGISTER" {
		return t.refuse(signInFirst())
	}
	switch {
	case !c.hasGSSAPI:
		return t.refresh(c)
	case c.gssapi == "" && c.is("NTLM"):
		return t.ntlmChallenge()
	case c.gssapi == "":
		return t.challenge(false)
	}
	token, err := base64.StdEncoding.DecodeString(c.gssapi)
	if err != nil {
		return t.refuse(malformed("gssapi-data is not base64"))
	}
	if c.is("NTLM") {
		return t.ntlmAnswer(c, token)
	}
	return t.kerberosToken(c, token)
}

// refresh takes a REGISTER of a user who is signed in; when that is over, the client has to sign in again.
func (t *attempt) refresh(c *credentials) Outcome {
	now := time.Now()
	sa, err := verify(linkOf(t.flow), t.req, c, now)
	if err == nil {
		if _, enabled := t.a.cfg.Accounts.Resolve(sa.user); !enabled {
			return t.challenge(false) // blocked since: the answer to the new sign-in says so
		}
	}
	if err != nil || now.After(sa.expires) {
		if errors.Is(err, ErrReplay) || errors.Is(err, ErrSignature) && t.a.Signed(t.flow) {
			t.failed(t.claimed, t.scheme(c), 0, err.Error())
		}
		return t.challenge(false)
	}
	return t.granted(sa.user, sa.scheme)
}

func (t *attempt) scheme(c *credentials) Scheme {
	if c.is("Kerberos") {
		return Kerberos
	}
	return NTLM
}

func (t *attempt) ntlmChallenge() Outcome {
	host, _, _ := strings.Cut(t.a.cfg.Host, ".")
	label, _, _ := strings.Cut(t.domain, ".")
	ch := ntlm.Challenge{Flags: ntlm.ServerFlags, TargetName: strings.ToUpper(label), TargetInfo: []ntlm.AV{
		ntlm.TextAV(ntlm.AVNbDomain, strings.ToUpper(label)), ntlm.TextAV(ntlm.AVNbComputer, strings.ToUpper(host)),
		ntlm.TextAV(ntlm.AVDNSDomain, t.domain), ntlm.TextAV(ntlm.AVDNSComputer, t.a.cfg.Host),
		ntlm.TimeAV(ntlm.AVTimestamp, time.Now()),
	}}
	rand.Read(ch.Nonce[:])
	h := &handshake{opaque: newHandle(), challenge: ch.Append(nil), expires: time.Now().Add(handshakeLife)}
	open(t.flow).begin(h)

	out := t.challenge(false)
	text := `NTLM opaque="` + h.opaque + `", gssapi-data="` + base64.StdEncoding.EncodeToString(h.challenge) +
		`", targetname="` + t.target(NTLM) + `", realm="` + realm + `"`
	if v := t.a.cfg.Version; v >= 3 {
		text += ", version=" + strconv.Itoa(v)
	}
	out.Reply.Set(t.ask, text)
	return out
}

func (t *attempt) ntlmAnswer(c *credentials, token []byte) Outcome {
	h := open(t.flow).take(c.opaque, time.Now())
	if h == nil {
		return t.challenge(false)
	}
	answer, err := ntlm.ParseAuthenticate(token)
	if errors.Is(err, ntlm.ErrWeak) {
		t.failed(t.claimed, NTLM, 0, err.Error())
		return t.refuse(diag.New(diag.LegacyProtocol, nil))
	}
	if err != nil {
		return t.wrong(t.claimed, NTLM, err.Error())
	}
	login := t.windowsLogin(answer.User, answer.Domain)
	aor, known := t.a.cfg.Accounts.Resolve(login)
	if known {
		login = aor
	}
	if out, locked := t.locked(login); locked {
		return out
	}
	stored, has := t.a.cfg.Accounts.Credentials(aor)
	session, err := answer.Verify(stored.NTHash, h.challenge) // for an unknown user too: the time must not tell
	switch {
	case !known:
		return t.unknown(login, NTLM)
	case !has || !stored.HasNTHash:
		return t.wrong(login, NTLM, "no NTLM password is set: use parley user passwd")
	case err != nil:
		return t.wrong(login, NTLM, "wrong password")
	case !t.meantForUs(answer.TargetName):
		return t.wrong(login, NTLM, "the answer was made for another server, "+answer.TargetName)
	}
	return t.associate(c, NTLM, aor, h.opaque, ntlmKeys{session}, time.Time{})
}

// meantForUs checks the service name that a client bound its answer to, such as sip/fe.parley.test; an answer for another
// server was relayed from there.
func (t *attempt) meantForUs(service string) bool {
	if service == "" {
		return true
	}
	host := service[strings.IndexByte(service, '/')+1:]
	return strings.EqualFold(host, t.a.cfg.Host) || slices.Contains(t.a.cfg.Domains, strings.ToLower(host))
}

// windowsLogin turns what a user typed, PARLEY\alice, alice@parley.test or alice, into a sign-in name.
func (t *attempt) windowsLogin(user, domain string) string {
	user, domain = strings.ToLower(user), strings.ToLower(domain)
	switch {
	case strings.Contains(user, "@"):
		return user
	case domain == "":
		return user + "@" + t.domain
	}
	if known, ok := t.a.cfg.NetBIOS[domain]; ok {
		domain = known
	}
	return user + "@" + domain
}

func (t *attempt) kerberosToken(c *credentials, token []byte) Outcome {
	if out, locked := t.locked(t.claimed); locked {
		return out
	}
	ctx, err := t.a.cfg.Kerberos.Accept(token, t.flow.Remote().Addr())
	if err != nil {
		return t.wrong(t.claimed, Kerberos, err.Error())
	}
	login := t.kerberosLogin(ctx)
	aor, known := t.a.cfg.Accounts.Resolve(login)
	if !known {
		return t.unknown(login, Kerberos)
	}
	return t.associate(c, Kerberos, aor, newHandle(), kerberosKeys{ctx}, ctx.Expires)
}

// kerberosLogin turns a principal into a sign-in name. Only realms that are configured, or named as a SIP domain, count:
// a trusted foreign realm has its own alice.
func (t *attempt) kerberosLogin(ctx *kerberos.Context) string {
	domain, ok := t.a.cfg.Realms[ctx.Realm]
	if !ok {
		domain = strings.ToLower(ctx.Realm)
	}
	return strings.ToLower(ctx.Principal) + "@" + domain
}

// associate ends a good sign-in: it checks who it is for and, from version 4 on, the REGISTER's own signature.
func (t *attempt) associate(c *credentials, s Scheme, aor, opaque string, k keys, until time.Time) Outcome {
	version := 2 // clients of before version 3 name none
	if v, err := strconv.Atoi(c.version); err == nil {
		version = min(max(v, 2), t.a.cfg.Version)
	}
	now := time.Now()
	sa := &association{
		scheme: s, user: aor, opaque: opaque, target: t.target(s), version: version, keys: k, expires: now.Add(t.a.cfg.Lifetime),
	}
	if !until.IsZero() && until.Before(sa.expires) {
		sa.expires = until
	}
	if version >= 4 || c.response != "" {
		c.opaque = opaque
		if _, err := verify(&link{current: sa}, t.req, c, now); err != nil {
			return t.wrong(aor, s, "REGISTER: "+err.Error())
		}
	}
	out := t.granted(aor, s)
	if out.User != "" {
		open(t.flow).establish(sa)
	}
	return out
}

// newHandle names a security association to its client.
func newHandle() string {
	var raw [8]byte
	rand.Read(raw[:])
	return strings.ToUpper(hex.EncodeToString(raw[:]))
}
