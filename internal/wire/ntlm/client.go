package ntlm

import (
	"fmt"
	"time"
)

// Client answers challenges for one user. The probe agent and tests sign in with it.
type Client struct {
	User, Domain, Workstation string
	Hash                      Hash
	TargetName                string // service name to bind the answer to, "" for none
}

// Answer builds the AUTHENTICATE for a CHALLENGE and the session it establishes. nonce and key must be fresh random bytes;
// now is used when the server does not tell its time.
func (c *Client) Answer(challenge []byte, nonce [8]byte, key [16]byte, now time.Time) ([]byte, *Session, error) {
	ch, err := ParseChallenge(challenge)
	if err != nil {
		return nil, nil, fmt.Errorf("answer ntlm challenge: %w", err)
	}
	if !ch.Flags.has(required | TargetInfo) {
		return nil, nil, fmt.Errorf("answer ntlm challenge: %w: flags %#x", ErrWeak, uint32(ch.Flags))
	}
	stamp := find(ch.TargetInfo, AVTimestamp)
	withMIC := len(stamp) == 8 // [MS-NLMP] section 3.1.5.1.2: a server that tells its time expects a MIC
	if !withMIC {
		stamp = le.AppendUint64(nil, filetime(now))
	}
	info := ch.TargetInfo
	if withMIC {
		info = append(info[:len(info):len(info)], AV{AVFlags, le.AppendUint32(nil, avFlagMIC)})
	}
	if c.TargetName != "" {
		info = append(info[:len(info):len(info)], TextAV(AVTargetName, c.TargetName))
	}

	blob := append([]byte{1, 1, 0, 0, 0, 0, 0, 0}, stamp...)
	blob = append(blob, nonce[:]...)
	blob = append(blob, 0, 0, 0, 0)
	blob = append(appendAVs(blob, info), 0, 0, 0, 0)
	response := c.Hash.response(c.User, c.Domain)
	proof := hmacMD5(response, ch.Nonce[:], blob)
	base := hmacMD5(response, proof)

	raw := c.message(ch.Flags, proof, blob, rc4Once(base, key[:]))
	if withMIC {
		copy(raw[micOffset:], hmacMD5(key[:], challenge, raw))
	}
	return raw, newSession(key[:]), nil
}

// message lays out the AUTHENTICATE with room for version and MIC, both zero.
func (c *Client) message(flags Flags, proof, blob, sessionKey []byte) []byte {
	domain, user, host := appendUTF16(nil, c.Domain), appendUTF16(nil, c.User), appendUTF16(nil, c.Workstation)
	raw := le.AppendUint32([]byte(signature), typeAuthenticate)
	at := micOffset + 16
	for _, size := range []int{24, len(proof) + len(blob), len(domain), len(user), len(host), len(sessionKey)} {
		raw = appendField(raw, size, at)
		at += size
	}
	raw = le.AppendUint32(raw, uint32(flags&(required|RequestTarget|Datagram|AlwaysSign|Identify|TargetInfo|Key56)))
	raw = append(raw, make([]byte, 8+16+24)...) // version, MIC, and the LM response that NTLMv2 leaves empty
	for _, part := range [][]byte{proof, blob, domain, user, host, sessionKey} {
		raw = append(raw, part...)
	}
	return raw
}
