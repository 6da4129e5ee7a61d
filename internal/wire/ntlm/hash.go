package ntlm

import (
	"crypto/hmac"
	"crypto/md5"
	"strings"

	//lint:ignore SA1019 the NT hash is defined over MD4
	"golang.org/x/crypto/md4"
)

// Hash is an NT hash: all that NTLM needs of a password, and as good as the password to whoever holds it.
type Hash [16]byte

// PasswordHash computes the NT hash, NTOWFv1 of [MS-NLMP] section 3.3.1.
func PasswordHash(password string) (h Hash) {
	sum := md4.New()
	sum.Write(appendUTF16(nil, password))
	sum.Sum(h[:0])
	return h
}

// response is NTOWFv2 of [MS-NLMP] section 3.3.2: the key of every computation for this user and domain spelling.
func (h Hash) response(user, domain string) []byte {
	return hmacMD5(h[:], appendUTF16(appendUTF16(nil, strings.ToUpper(user)), domain))
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	mac := hmac.New(md5.New, key)
	for _, part := range parts {
		mac.Write(part)
	}
	return mac.Sum(make([]byte, 0, md5.Size))
}
