package auth

import (
	"strconv"
	"time"

	"parley/internal/diag"
	"parley/internal/wire/sip"
)

// refuse answers with a final error that says why, in the fields that each dialect's clients show to their user.
func (t *attempt) refuse(f *diag.Fault) Outcome {
	res := sip.NewResponse(t.req, f.SIP, "")
	res.SetTag(sip.NewTag())
	res.Add("Warning", "399 "+t.a.cfg.Host+" "+sip.Quote(f.Public))
	res.Add("ms-diagnostics", f.Header(t.a.cfg.Host))
	res.Add("ms-diagnostics-public", f.Header(t.a.cfg.Host))
	return Outcome{Reply: res}
}

// challenge asks for credentials with every scheme that this client can use.
func (t *attempt) challenge(stale bool) Outcome {
	res := sip.NewResponse(t.req, t.code, "")
	res.SetTag(sip.NewTag())
	schemes := t.a.cfg.Schemes
	if t.lync && schemes&(Kerberos|NTLM) != 0 {
		if t.req.Method() != "REGISTER" {
			return t.refuse(signInFirst())
		}
		// Strongest first; clients of this dialect have their own order anyway.
		for _, s := range [...]Scheme{Kerberos, NTLM} {
			if schemes&s != 0 {
				res.Add(t.ask, t.gssapiChallenge(s))
			}
		}
		return Outcome{Reply: res}
	}
	nonce := t.a.nonces.issue(t.a.cfg.Realm, time.Now())
	if schemes&DigestMD5 != 0 && onlyMD5(t.req.Get("User-Agent")) {
		schemes &^= DigestSHA256
	}
	// RFC 8760 section 2.4: most preferred first.
	if schemes&DigestSHA256 != 0 {
		res.Add(t.ask, digestChallenge(t.a.cfg.Realm, nonce, "SHA-256", stale))
	}
	if schemes&DigestMD5 != 0 {
		res.Add(t.ask, digestChallenge(t.a.cfg.Realm, nonce, "MD5", stale))
	}
	if schemes&(DigestSHA256|DigestMD5) == 0 {
		return t.refuse(diag.New(diag.SchemeNotAllowed, nil))
	}
	return Outcome{Reply: res}
}

// signInFirst is the fault of a request of a Lync-dialect client that has not signed in, or no longer: such clients do that
// with REGISTER alone.
func signInFirst() *diag.Fault {
	f := diag.New(diag.SignInRequired, nil)
	f.SIP = 403
	return f
}

// malformed is the fault of a request that cannot be understood; what is told holds nothing from the request.
func malformed(what string) *diag.Fault {
	f := diag.New(diag.MessageMalformed, nil)
	f.Public = what + "."
	return f
}

func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
