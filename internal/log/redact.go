package log

import (
	"regexp"
	"strings"
)

// redacted stands for what was taken out.
const redacted = "[redacted]"

// secret is a form in which secrets turn up; what its groups 1 and 2 match stays, what is between them goes.
type secret struct {
	form *regexp.Regexp
	// marks are in lower case; a text without any of them needs no search, which most need not.
	marks []string
}

func hide(form string, marks ...string) secret { return secret{regexp.MustCompile(form), marks} }

var secrets = [...]secret{
	// Credentials in SIP and HTTP header fields: all but the scheme. A value may be folded over lines (RFC 3261 section 7.3.1).
	hide(`(?im)((?:proxy-)?authorization[ \t]*:[ \t]*[a-z-]*)[ \t](?:[^\r\n]|\r?\n[ \t])*()`, "authorization"),
	hide(`(?im)^((?:set-)?cookie[ \t]*:[ \t]*)(?:[^\r\n]|\r?\n[ \t])*()`, "cookie"),
	// Tokens and proofs wherever they stand: a challenge, a struct that was printed.
	hide(`(?i)\b((?:gssapi-data|response|rspauth|cnonce|nextnonce)[ \t]*[=:][ \t]*\\?"?)[^"\s,;}]+()`, "gssapi-data", "response", "rspauth", "cnonce", "nextnonce"),
	// An NTLM message or a GSS-API token in base64 starts with its signature.
	hide(`()\bTlRMTVNTUA[A-Za-z0-9+/=]*()`, "tlrmtvntua"),
	hide(`()\bYI[GHI][A-Za-z0-9+/]{40,}={0,2}()`, "yig", "yih", "yii"),
	// Media keys: SDES (RFC 4568), MIKEY (RFC 4567), k= (RFC 4566 section 5.12), ICE passwords.
	hide(`(?i)(\binline:)[A-Za-z0-9+/=]+()`, "inline:"),
	hide(`(?im)(a=key-mgmt:|^k=[a-z0-9]+:)[^\r\n]*()`, "key-mgmt", "k="),
	hide(`(?i)(\bice-pwd[ \t]*[:=][ \t]*)[^\s,;}]+()`, "ice-pwd"),
	// Passwords by name, as in JSON, XML, LDAP or a printed struct.
	hide(`(?i)(passw(?:or)?d\\?"?[ \t]*[:=][ \t]*\\?"?)[^"\s,;&}]+()`, "passw"),
	hide(`(?i)(<(?:\w+:)?password>)[^<]*(</)`, "password>"),
	// user:password@host in an address.
	hide(`(?i)\b((?:sips?|nats|tls|wss?|https?|ldaps?):(?:/{2})?[^\s:@/;?<>"]+:)[^\s@/<>"]+(@)`, "@"),
	// The first text of an instant message, which an INVITE carries in a header field.
	hide(`(?i)(\bms-body[ \t]*=[ \t]*"?)[^\s;",]+()`, "ms-body"),
}

// Redact blacks out the credentials, keys and passwords in a text.
func Redact(text string) string {
	lower := strings.ToLower(text)
	for _, s := range secrets {
		if s.in(lower) {
			text = s.form.ReplaceAllString(text, "${1}"+redacted+"${2}")
		}
	}
	return text
}

// in reports whether a text in lower case can have the secret.
func (s secret) in(lower string) bool {
	for _, m := range s.marks {
		if strings.Contains(lower, m) {
			return true
		}
	}
	return false
}
