package auth

import (
	"strings"
	"testing"

	"parley/internal/stack/transport"
)

func TestClientsThatOnlyTakeMD5(t *testing.T) {
	for name, want := range map[string]string{
		"":                                "MD5",
		"baresip v1.0.0 (x86_64/linux)":   "MD5",
		"baresip v3.10.1 (x86_64/Linux)":  "MD5",
		"baresip v3.11.0 (x86_64/Linux)":  "SHA-256 MD5",
		"baresip v10.0.0 (x86_64/Linux)":  "SHA-256 MD5",
		"baresip v":                       "SHA-256 MD5",
		"Linphone/5.1.65 (belle-sip/5.1)": "SHA-256 MD5",
	} {
		for schemes, want := range map[Scheme]string{DigestSHA256 | DigestMD5: want, DigestSHA256: "SHA-256"} {
			a, _ := newAuthenticator(t, func(c *Config) { c.Schemes = schemes })
			req := request(t, "REGISTER", "alice@parley.test", false)
			req.Set("User-Agent", name)
			var got []string
			for _, line := range a.Register(newFlow(transport.TLS), req).Reply.Values("WWW-Authenticate") {
				_, after, _ := strings.Cut(line, "algorithm=")
				algorithm, _, _ := strings.Cut(after, ",")
				got = append(got, algorithm)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%q is offered %v, want %s", name, got, want)
			}
		}
	}
}
