package directory

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// keyMark begins a key file, so that nobody takes it for something else.
const keyMark = "parley-key-1 "

// ErrWrongKey marks secrets that were sealed with another key.
var ErrWrongKey = errors.New("sealed with another key")

// Key seals secrets at rest with AES-256-GCM.
type Key struct {
	ID   string // fingerprint, 16 hexadecimal digits
	aead cipher.AEAD
}

// CreateKeyFile writes a new random key to a file that only its owner may read. It fails if the file exists: what was
// sealed with a lost key is lost.
func CreateKeyFile(path string) (err error) {
	var secret [32]byte
	rand.Read(secret[:])
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("create key file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := io.WriteString(f, keyMark+base64.StdEncoding.EncodeToString(secret[:])+"\n"); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return nil
}

// LoadKeyFile reads a key file that CreateKeyFile wrote. It refuses a file that others may read.
func LoadKeyFile(path string) (*Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("key file %s may be read by others (mode %#o): run chmod 600 on it", path, mode)
	}
	text, err := io.ReadAll(io.LimitReader(f, 256))
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	body, ok := strings.CutPrefix(strings.TrimSpace(string(text)), keyMark)
	secret, err := base64.StdEncoding.DecodeString(body)
	if !ok || err != nil || len(secret) != 32 {
		return nil, fmt.Errorf("%s is not a key file of this server", path)
	}
	return newKey(secret)
}

func newKey(secret []byte) (*Key, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("set up key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("set up key: %w", err)
	}
	sum := sha256.Sum256(append([]byte("parley key id\x00"), secret...))
	return &Key{ID: hex.EncodeToString(sum[:8]), aead: aead}, nil
}

// Sealed is a secret at rest.
type Sealed struct {
	KeyID string `json:"key"`
	Box   []byte `json:"box"` // nonce and ciphertext
}

// seal encrypts a secret for one purpose; it opens for the same purpose only.
func (k *Key) seal(purpose string, secret []byte) Sealed {
	box := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(secret)+k.aead.Overhead())
	rand.Read(box)
	return Sealed{KeyID: k.ID, Box: k.aead.Seal(box, box, secret, []byte(purpose))}
}

// open appends the secret to dst.
func (k *Key) open(dst []byte, purpose string, s *Sealed) ([]byte, error) {
	if s.KeyID != k.ID {
		return nil, fmt.Errorf("%w: %s, not %s", ErrWrongKey, s.KeyID, k.ID)
	}
	n := k.aead.NonceSize()
	if len(s.Box) < n {
		return nil, errors.New("open sealed secret: too short")
	}
	secret, err := k.aead.Open(dst, s.Box[:n], s.Box[n:], []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("open sealed secret of %s: it was changed", purpose)
	}
	return secret, nil
}
