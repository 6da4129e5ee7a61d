package auth

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

func digestChallenge(realm, nonce, algorithm string, stale bool) string {
	text := `Digest realm="` + realm + `", nonce="` + nonce + `", algorithm=` + algorithm + `, qop="auth"`
	if stale {
		text += ", stale=true"
	}
	return text
}

// digest checks Digest credentials. The uri parameter is taken as the client signed it: clients behind proxies and load
// generators put other URIs there than the Request-URI, and the nonce count makes each response good for one request.
func (t *attempt) digest(c *credentials) Outcome {
	now := time.Now()
	scheme := t.algorithm(c.algorithm)
	count, err := strconv.ParseUint(c.nc, 16, 32)
	if scheme == 0 || err != nil || !strings.EqualFold(c.qop, "auth") || c.cnonce == "" || len(c.nc) != 8 {
		return t.refuse(malformed("Digest needs an offered algorithm, qop=auth, nc and cnonce"))
	}
	serial, fresh := t.a.nonces.check(c.nonce, t.a.cfg.Realm, now)
	if !fresh {
		return t.challenge(true)
	}
	login := c.username
	spelling := 1
	if strings.IndexByte(login, '@') < 0 {
		login, spelling = login+"@"+t.domain, 0
	}
	aor, known := t.a.cfg.Accounts.Resolve(login)
	if known {
		login = aor // one record for all of a user's names
	}
	if out, locked := t.locked(login); locked {
		return out
	}
	stored, has := t.a.cfg.Accounts.Credentials(aor)
	// An unknown user is compared too, with a hash that nobody has, so that the time of the answer tells nothing.
	match := responseMatches(scheme, &stored, spelling, c, t.req.Method())
	switch {
	case !known:
		return t.unknown(login, scheme)
	case !has || scheme == DigestSHA256 && !stored.HasSHA256 || scheme == DigestMD5 && !stored.HasMD5:
		return t.wrong(login, scheme, "no Digest password is set: use parley user passwd")
	case !match:
		return t.wrong(login, scheme, "wrong password")
	}
	if !t.a.nonces.use(serial, uint32(count)) {
		return t.challenge(true)
	}
	out := t.granted(aor, scheme)
	if out.User != "" {
		t.trust(out.User, now)
	}
	return out
}

// algorithm reads the parameter of that name; 0 for one that was not offered.
func (t *attempt) algorithm(name string) Scheme {
	var s Scheme
	switch {
	case strings.EqualFold(name, "SHA-256"):
		s = DigestSHA256
	case name == "", strings.EqualFold(name, "MD5"):
		s = DigestMD5
	}
	return s & t.a.cfg.Schemes
}

// responseMatches computes the request-digest of RFC 7616 section 3.4.1 and compares it in constant time.
func responseMatches(s Scheme, stored *Credentials, spelling int, c *credentials, method string) bool {
	var given, sum [sha256.Size]byte
	size := sha256.Size
	if s == DigestMD5 {
		size = md5.Size
	}
	if len(c.response) != 2*size {
		return false
	}
	var text [2 * sha256.Size]byte
	if _, err := hex.Decode(given[:], append(text[:0], c.response...)); err != nil {
		return false
	}
	var room [512]byte
	buf := append(room[:0], method...)
	buf = append(append(buf, ':'), c.uri...)
	a2 := hashOf(s, buf)
	ha1 := stored.SHA256[spelling][:]
	if s == DigestMD5 {
		ha1 = stored.MD5[spelling][:]
	}
	buf = hex.AppendEncode(room[:0], ha1)
	for _, part := range [...]string{c.nonce, c.nc, c.cnonce, c.qop} {
		buf = append(append(buf, ':'), part...)
	}
	buf = hex.AppendEncode(append(buf, ':'), a2[:size])
	sum = hashOf(s, buf)
	return subtle.ConstantTimeCompare(sum[:size], given[:size]) == 1
}

func hashOf(s Scheme, text []byte) (sum [sha256.Size]byte) {
	if s == DigestMD5 {
		short := md5.Sum(text)
		copy(sum[:], short[:])
		return sum
	}
	return sha256.Sum256(text)
}

// trustKey keys a connection's users that signed in with Digest.
type trustKey struct{}

// trust lets a user's later requests on the same connection pass without another round trip. UDP has no connection.
func (t *attempt) trust(user string, now time.Time) {
	if !t.flow.Proto().Reliable() || t.req.Method() != "REGISTER" {
		return
	}
	users, _ := t.flow.Get(trustKey{}).(map[string]time.Time)
	if users == nil {
		users = map[string]time.Time{}
		t.flow.Set(trustKey{}, users)
	}
	users[user] = now.Add(t.a.cfg.Lifetime)
}

// trusted returns the user whom From names if that user signed in on this connection.
func (a *Authenticator) trusted(flow transport.Flow, req *sip.Message) string {
	users, _ := flow.Get(trustKey{}).(map[string]time.Time)
	if users == nil {
		return ""
	}
	from, err := req.From()
	if err != nil {
		return ""
	}
	user := from.URI.Account()
	if !time.Now().Before(users[user]) {
		return ""
	}
	if _, enabled := a.cfg.Accounts.Resolve(user); !enabled {
		return ""
	}
	return user
}
