package ntlm

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
)

// sequence is the number that SIP signs every message with: order is protected by the signed snum and cnum instead
// ([MS-SIPAE] section 3.1.5).
const sequence = 100

// SignatureSize is the length of a message signature in bytes.
const SignatureSize = 16

// Session holds the keys of one authenticated client, [MS-NLMP] section 3.4.5. It is safe for concurrent use.
type Session struct {
	client, server direction
}

// direction signs what one side sends.
type direction struct {
	sign [16]byte
	seal [16]byte // MD5(seal key, sequence): connection-less mode re-keys for each message
}

func newSession(exported []byte) *Session {
	return &Session{client: newDirection(exported, "client-to-server"), server: newDirection(exported, "server-to-client")}
}

func newDirection(exported []byte, name string) direction {
	d := direction{sign: signKey(exported, name)}
	seal := sealKey(exported, name)
	d.seal = md5.Sum(le.AppendUint32(seal[:], sequence))
	return d
}

func signKey(exported []byte, name string) [16]byte {
	return md5.Sum(append(exported[:16:16], "session key to "+name+" signing key magic constant\x00"...))
}

func sealKey(exported []byte, name string) [16]byte {
	return md5.Sum(append(exported[:16:16], "session key to "+name+" sealing key magic constant\x00"...))
}

// SignServer returns the signature of a text that the server sends.
func (s *Session) SignServer(text []byte) [SignatureSize]byte { return s.server.signature(text) }

// SignClient returns the signature of a text that the client sends.
func (s *Session) SignClient(text []byte) [SignatureSize]byte { return s.client.signature(text) }

// VerifyClient says whether sig is the client's signature of text.
func (s *Session) VerifyClient(text, sig []byte) bool { return s.client.verify(text, sig) }

// VerifyServer says whether sig is the server's signature of text.
func (s *Session) VerifyServer(text, sig []byte) bool { return s.server.verify(text, sig) }

// signature is the MAC of [MS-NLMP] section 3.4.4.2: version 1, eight encrypted bytes of an HMAC, sequence number.
func (d *direction) signature(text []byte) (sig [SignatureSize]byte) {
	mac := hmac.New(md5.New, d.sign[:])
	var number [4]byte
	le.PutUint32(number[:], sequence)
	mac.Write(number[:])
	mac.Write(text)
	var sum [md5.Size]byte
	mac.Sum(sum[:0])

	cipher, err := rc4.NewCipher(d.seal[:])
	if err != nil {
		panic("BUG: rc4 key: " + err.Error())
	}
	le.PutUint32(sig[0:], 1)
	cipher.XORKeyStream(sig[4:12], sum[:8])
	le.PutUint32(sig[12:], sequence)
	return sig
}

func (d *direction) verify(text, sig []byte) bool {
	want := d.signature(text)
	return hmac.Equal(want[:], sig)
}
