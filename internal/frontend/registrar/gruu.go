package registrar

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/wire/sip"
)

// bare is an instance's UUID without "urn:uuid:".
func bare(instance string) string {
	if len(instance) > 9 && strings.EqualFold(instance[:9], "urn:uuid:") {
		return instance[9:]
	}
	return instance
}

// gruu makes the URI that reaches one device: RFC 5627 section 3.1, or the Lync dialect's form.
func gruu(b *frontend.Binding) string {
	switch {
	case b.Instance == "":
		return ""
	case b.Dialect == dialect.Lync:
		return "sip:" + b.Account + ";opaque=user:epid:" + bare(b.Instance) + ";gruu"
	default:
		return "sip:" + b.Account + ";gr=" + b.Instance
	}
}

// A temporary GRUU (RFC 5627 section 3.1.2) is the device's secret and a counter, encrypted as one block: each answer to a
// REGISTER gives another, which nobody can connect with the others or with the user, guess or make, and all of them
// lead to the device for as long as it has that secret. It gets a new one with a new Call-ID, and none is kept after the
// registration, so no list of what was given out is needed.

const temporaryPrefix = "tgruu."

// letters survive a peer that changes the case of user parts.
var letters = base32.HexEncoding.WithPadding(base32.NoPadding)

func newVeil() cipher.Block {
	var key [16]byte
	rand.Read(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("BUG: AES refuses a key of 16 bytes: " + err.Error())
	}
	return block
}

// temporaryGRUU makes another temporary GRUU of a device; "" when it has none.
func (r *Registrar) temporaryGRUU(b *frontend.Binding) string {
	if b.Temporary == [12]byte{} {
		return ""
	}
	var block [aes.BlockSize]byte
	copy(block[:], b.Temporary[:])
	binary.BigEndian.PutUint32(block[12:], r.issued.Add(1))
	r.veil.Encrypt(block[:], block[:])
	_, domain, _ := strings.Cut(b.Account, "@")
	return "sip:" + temporaryPrefix + strings.ToLower(letters.EncodeToString(block[:])) + "@" + domain + ";gr"
}

// veiled finds the device of a temporary GRUU. The caller holds mu.
func (r *Registrar) veiled(u sip.URI, now time.Time) (frontend.Binding, bool) {
	text, ok := strings.CutPrefix(strings.ToLower(u.User), temporaryPrefix)
	if !ok {
		return frontend.Binding{}, false
	}
	block, err := letters.DecodeString(strings.ToUpper(text))
	if err != nil || len(block) != aes.BlockSize {
		return frontend.Binding{}, false
	}
	r.veil.Decrypt(block, block)
	b := r.temporary[[12]byte(block[:12])]
	if b == nil || !b.Expires.After(now) || !strings.HasSuffix(b.Account, "@"+strings.ToLower(u.Host)) {
		return frontend.Binding{}, false
	}
	return *b, true
}

// keepSecret gives a registration the secret that the device had, if it goes on with the same Call-ID, else a new one
// (RFC 5627 section 5.2). The caller holds mu; old may be nil.
func (r *Registrar) keepSecret(b, old *frontend.Binding) {
	if old != nil && old.Temporary != [12]byte{} {
		delete(r.temporary, old.Temporary)
	}
	if !b.Private {
		return
	}
	if old != nil && old.CallID == b.CallID && old.Temporary != [12]byte{} {
		b.Temporary = old.Temporary
	} else {
		rand.Read(b.Temporary[:])
	}
	r.temporary[b.Temporary] = b
}
