package ice

import "crypto/rand"

// Lengths of our credentials in characters; RFC 8839 section 5.4 asks for 24 and 128 bits at least.
const (
	ufragLength = 8
	pwdLength   = 24
)

// iceChars are the characters of credentials (RFC 8839 section 5.4); 64 of them, so that a byte picks one evenly.
const iceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// NewCredentials makes a fresh user name fragment and password.
func NewCredentials() (ufrag, pwd string) {
	b := make([]byte, ufragLength+pwdLength)
	rand.Read(b)
	for i, v := range b {
		b[i] = iceChars[v%64]
	}
	return string(b[:ufragLength]), string(b[ufragLength:])
}
