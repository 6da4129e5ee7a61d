package ntlm

import (
	"crypto/hmac"
	"crypto/rc4" // NTLM's key exchange is defined over RC4
	"errors"
	"fmt"
)

// ErrProof says that the answer was not made with this password.
var ErrProof = errors.New("ntlm proof does not match")

// Verify checks a client's answer against the user's NT hash and returns the session that both now share. challenge is
// the CHALLENGE as it was sent. The time taken does not depend on which check fails.
func (a *Authenticate) Verify(h Hash, challenge []byte) (*Session, error) {
	if err := header(challenge, typeChallenge, challengeHeader); err != nil {
		return nil, fmt.Errorf("verify ntlm authenticate: %w", err)
	}
	key := h.response(a.User, a.Domain)
	proof := hmacMD5(key, challenge[24:32], a.blob)
	good := hmac.Equal(proof, a.proof)

	base := hmacMD5(key, proof) // for NTLMv2 also the key exchange key, [MS-NLMP] section 3.4.5.1
	exported := rc4Once(base, a.sessionKey)
	if a.mic != nil {
		var zero [16]byte
		mic := hmacMD5(exported, challenge, a.raw[:micOffset], zero[:], a.raw[micOffset+16:])
		good = hmac.Equal(mic, a.mic) && good
	}
	if !good {
		return nil, fmt.Errorf("verify ntlm authenticate: %w", ErrProof)
	}
	return newSession(exported), nil
}

// rc4Once en- or decrypts data with a key that is used for nothing else.
func rc4Once(key, data []byte) []byte {
	cipher, err := rc4.NewCipher(key)
	if err != nil {
		panic("BUG: rc4 key of " + err.Error())
	}
	out := make([]byte, len(data))
	cipher.XORKeyStream(out, data)
	return out
}
