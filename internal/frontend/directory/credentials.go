package directory

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"

	"parley/internal/wire/ntlm"
)

// Credentials are what the sign-in schemes need of a password, and nothing else of it is kept. Each part is as good as the
// password for its scheme, so they are stored sealed only.
type Credentials struct {
	// SHA256 and MD5 are the Digest hashes H(name ":" realm ":" password) of RFC 7616 section 3.4.2 for the two names that
	// clients use: the user part alone, and the whole address.
	SHA256    [2][32]byte
	MD5       [2][16]byte
	NTHash    [16]byte
	HasSHA256 bool
	HasMD5    bool
	HasNTHash bool
}

// Keep says for which schemes credentials are derived from a new password.
type Keep struct {
	SHA256, MD5, NTHash bool
	Realm               string // of Digest
}

// maxPassword bounds a password in bytes. Windows allows 256 characters.
const maxPassword = 1024

// Derive computes the credentials of a user's password.
func (k Keep) Derive(aor, password string) (Credentials, error) {
	switch {
	case password == "":
		return Credentials{}, errors.New("the password is empty")
	case len(password) > maxPassword:
		return Credentials{}, fmt.Errorf("the password has %d bytes, more than %d", len(password), maxPassword)
	}
	c := Credentials{HasSHA256: k.SHA256, HasMD5: k.MD5, HasNTHash: k.NTHash}
	user, _, _ := strings.Cut(aor, "@")
	for i, name := range [...]string{user, aor} {
		a1 := []byte(name + ":" + k.Realm + ":" + password)
		if k.SHA256 {
			c.SHA256[i] = sha256.Sum256(a1)
		}
		if k.MD5 {
			c.MD5[i] = md5.Sum(a1)
		}
	}
	if k.NTHash {
		c.NTHash = ntlm.PasswordHash(password)
	}
	return c, nil
}

// matches says whether the stored credentials belong to a password, by the strongest of them.
func (c *Credentials) matches(aor, realm, password string) bool {
	given, err := Keep{SHA256: true, MD5: true, NTHash: true, Realm: realm}.Derive(aor, password)
	if err != nil {
		return false
	}
	switch {
	case c.HasSHA256:
		return subtle.ConstantTimeCompare(c.SHA256[0][:], given.SHA256[0][:]) == 1
	case c.HasMD5:
		return subtle.ConstantTimeCompare(c.MD5[0][:], given.MD5[0][:]) == 1
	case c.HasNTHash:
		return subtle.ConstantTimeCompare(c.NTHash[:], given.NTHash[:]) == 1
	}
	return false
}

// credentialsFormat is the first byte of the stored form; the second says which parts follow.
const (
	credentialsFormat = 1
	partSHA256        = 1 << 0
	partMD5           = 1 << 1
	partNTHash        = 1 << 2
)

func (c *Credentials) append(dst []byte) []byte {
	var parts byte
	body := make([]byte, 0, 128)
	if c.HasSHA256 {
		parts |= partSHA256
		body = append(append(body, c.SHA256[0][:]...), c.SHA256[1][:]...)
	}
	if c.HasMD5 {
		parts |= partMD5
		body = append(append(body, c.MD5[0][:]...), c.MD5[1][:]...)
	}
	if c.HasNTHash {
		parts |= partNTHash
		body = append(body, c.NTHash[:]...)
	}
	return append(append(dst, credentialsFormat, parts), body...)
}

func (c *Credentials) read(raw []byte) error {
	*c = Credentials{}
	if len(raw) < 2 || raw[0] != credentialsFormat {
		return errors.New("credentials of an unknown format")
	}
	parts, raw := raw[1], raw[2:]
	take := func(to []byte) bool {
		if len(raw) < len(to) {
			return false
		}
		copy(to, raw)
		raw = raw[len(to):]
		return true
	}
	ok := true
	if parts&partSHA256 != 0 {
		c.HasSHA256 = true
		ok = take(c.SHA256[0][:]) && take(c.SHA256[1][:])
	}
	if parts&partMD5 != 0 {
		c.HasMD5 = true
		ok = ok && take(c.MD5[0][:]) && take(c.MD5[1][:])
	}
	if parts&partNTHash != 0 {
		c.HasNTHash = true
		ok = ok && take(c.NTHash[:])
	}
	if !ok || len(raw) != 0 {
		*c = Credentials{}
		return errors.New("credentials of a wrong length")
	}
	return nil
}
