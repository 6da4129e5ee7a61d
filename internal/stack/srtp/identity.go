package srtp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	// The hashes that a fingerprint may name (RFC 8122 section 5).
	_ "crypto/sha256"
	_ "crypto/sha512"
)

// Identity is the self-signed certificate that stands for us in DTLS handshakes; the SDP's fingerprint vouches for it
// (RFC 5763 section 5).
type Identity struct {
	cert        tls.Certificate
	fingerprint string
}

// NewIdentity makes a fresh P-256 certificate, valid for a year.
func NewIdentity(now time.Time) (*Identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make dtls key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("make dtls serial: %w", err)
	}
	// linphone's TLS library refuses a certificate whose subject is empty.
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "parley"}, SerialNumber: serial, NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make dtls certificate: %w", err)
	}
	return &Identity{
		cert:        tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		fingerprint: "sha-256 " + digest(crypto.SHA256, der),
	}, nil
}

// Fingerprint gives the value of our a=fingerprint attribute.
func (i *Identity) Fingerprint() string { return i.fingerprint }

// digest writes a hash as RFC 8122 section 5 has it: upper-case hexadecimal, colons between bytes.
func digest(h crypto.Hash, der []byte) string {
	d := h.New()
	d.Write(der)
	s := strings.ToUpper(hex.EncodeToString(d.Sum(nil)))
	var b strings.Builder
	for i := 0; i < len(s); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(s[i : i+2])
	}
	return b.String()
}

// matches checks a certificate against the value of a peer's a=fingerprint attribute. Hashes weaker than SHA-256 are refused.
func matches(fingerprint string, der []byte) error {
	name, want, ok := strings.Cut(strings.TrimSpace(fingerprint), " ")
	if !ok {
		return errors.New("check fingerprint: want a hash name and a value")
	}
	var h crypto.Hash
	switch strings.ToLower(name) {
	case "sha-256":
		h = crypto.SHA256
	case "sha-384":
		h = crypto.SHA384
	case "sha-512":
		h = crypto.SHA512
	default:
		return fmt.Errorf("check fingerprint: hash %.20q is not accepted, offer sha-256", name)
	}
	got := digest(h, der)
	if subtle.ConstantTimeCompare([]byte(got), []byte(strings.ToUpper(strings.TrimSpace(want)))) != 1 {
		return errors.New("check fingerprint: the peer's certificate is not the one that its SDP names")
	}
	return nil
}
