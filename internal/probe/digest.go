package probe

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"parley/internal/wire/sip"
)

var errNoDigest = errors.New("the server asks for no Digest sign-in that the probe knows: add digest to [auth] schemes")

// authorize puts credentials for the challenge of a 401 or 407 into the request that is sent again (RFC 8760). SHA-256 is taken if offered.
func authorize(m, res *sip.Message, user, password string) error {
	ask, field := "WWW-Authenticate", "Authorization"
	if res.StatusCode() == 407 {
		ask, field = "Proxy-Authenticate", "Proxy-Authorization"
	}
	var best map[string]string
	for _, value := range res.Values(ask) {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
		if !strings.EqualFold(scheme, "Digest") {
			continue
		}
		p := parameters(rest)
		switch strings.ToUpper(p["algorithm"]) {
		case "SHA-256":
			best = p
		case "", "MD5":
			if best == nil {
				best = p
			}
		}
	}
	if best == nil {
		return errNoDigest
	}
	m.Set(field, credentials(best, m.Method(), m.RequestURI(), user, password))
	return nil
}

// credentials answers a challenge (RFC 7616 section 3.4), with quality of protection "auth".
func credentials(p map[string]string, method, uri, user, password string) string {
	hash := func(s string) string {
		if strings.EqualFold(p["algorithm"], "SHA-256") {
			sum := sha256.Sum256([]byte(s))
			return hex.EncodeToString(sum[:])
		}
		sum := md5.Sum([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	const count = "00000001" // a nonce is used once
	cnonce := sip.NewTag()
	response := hash(strings.Join([]string{
		hash(user + ":" + p["realm"] + ":" + password), p["nonce"], count, cnonce, "auth", hash(method + ":" + uri),
	}, ":"))
	out := fmt.Sprintf("Digest username=%s, realm=%s, nonce=%s, uri=%s, response=%q, qop=auth, nc=%s, cnonce=%q",
		sip.Quote(user), sip.Quote(p["realm"]), sip.Quote(p["nonce"]), sip.Quote(uri), response, count, cnonce)
	if p["algorithm"] != "" {
		out += ", algorithm=" + p["algorithm"]
	}
	if p["opaque"] != "" {
		out += ", opaque=" + sip.Quote(p["opaque"])
	}
	return out
}

// parameters reads name=value pairs; values may be quoted strings with commas.
func parameters(s string) map[string]string {
	out := map[string]string{}
	for s != "" {
		name, rest, ok := strings.Cut(s, "=")
		if !ok {
			break
		}
		name = strings.ToLower(strings.Trim(name, " \t,"))
		rest = strings.TrimLeft(rest, " \t")
		end := strings.IndexByte(rest, ',')
		if strings.HasPrefix(rest, `"`) {
			end = closingQuote(rest)
		}
		if end < 0 {
			end = len(rest)
		}
		out[name] = sip.Unquote(strings.TrimSpace(rest[:end]))
		s = rest[end:]
	}
	return out
}

// closingQuote is the index behind the quoted string that s begins with, or -1.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}
