package srtp

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"strconv"
	"strings"
)

// Suite is an SDES crypto suite (RFC 4568 section 6.2).
type Suite string

// The suites that are accepted. Both have 128-bit AES keys; the second has short tags on RTP.
const (
	AES80 Suite = "AES_CM_128_HMAC_SHA1_80"
	AES32 Suite = "AES_CM_128_HMAC_SHA1_32"
)

// Sizes of the key parts of both suites, in bytes.
const (
	keySize  = 16
	saltSize = 14
	maxMKI   = 128 // RFC 4568 section 6.1
)

// ErrUnusable marks a well-formed crypto line that cannot be used: another suite, several keys, or session parameters
// that change the transform. An offerer puts several lines so that the answerer skips these (RFC 4568 section 5.1.2).
var ErrUnusable = errors.New("srtp: crypto line cannot be used")

// Crypto is one a=crypto line. It holds a secret: its log form hides the key.
type Crypto struct {
	Tag   int
	Suite Suite
	Key   [keySize]byte
	Salt  [saltSize]byte
	MKI   []byte // nil when the packets carry none
}

// NewCrypto makes a line with a fresh key. Every leg has its own: clients are known to offer guessable or shared keys.
func NewCrypto(tag int, suite Suite) Crypto {
	c := Crypto{Tag: tag, Suite: suite}
	rand.Read(c.Key[:])
	rand.Read(c.Salt[:])
	return c
}

// ParseCrypto reads the value of an a=crypto attribute: "tag suite inline:key[|lifetime][|mki:length] [parameters]".
func ParseCrypto(value string) (Crypto, error) {
	f := strings.Fields(value)
	if len(f) < 3 {
		return Crypto{}, errors.New("parse crypto: want tag, suite and key")
	}
	tag, err := strconv.ParseUint(f[0], 10, 31)
	if err != nil {
		return Crypto{}, fmt.Errorf("parse crypto: tag %.12q is not a number", f[0])
	}
	c := Crypto{Tag: int(tag), Suite: Suite(f[1])}
	if c.Suite != AES80 && c.Suite != AES32 {
		return c, fmt.Errorf("%w: suite %.40q", ErrUnusable, f[1])
	}
	for _, p := range f[3:] {
		// Only WSH leaves the transform as it is (RFC 4568 section 6.3).
		if !strings.HasPrefix(p, "WSH=") {
			return c, fmt.Errorf("%w: parameter %.40q", ErrUnusable, p)
		}
	}
	keys := strings.Split(f[2], ";")
	if len(keys) != 1 {
		return c, fmt.Errorf("%w: more than one master key", ErrUnusable)
	}
	return c, c.parseKey(keys[0])
}

func (c *Crypto) parseKey(s string) error {
	s, ok := strings.CutPrefix(s, "inline:")
	if !ok {
		return errors.New("parse crypto: key method is not inline")
	}
	parts := strings.Split(s, "|")
	raw, err := base64.StdEncoding.DecodeString(parts[0])
	if err != nil || len(raw) != keySize+saltSize {
		return errors.New("parse crypto: key is not 30 bytes of base64")
	}
	copy(c.Key[:], raw)
	copy(c.Salt[:], raw[keySize:])
	for _, p := range parts[1:] {
		if value, size, ok := strings.Cut(p, ":"); ok {
			if c.MKI, err = parseMKI(value, size); err != nil {
				return err
			}
			continue
		}
		if err := checkLifetime(p); err != nil {
			return err
		}
	}
	return nil
}

func parseMKI(value, size string) ([]byte, error) {
	n, err := strconv.ParseUint(size, 10, 8)
	if err != nil || n == 0 || n > maxMKI {
		return nil, fmt.Errorf("parse crypto: MKI length %.8q", size)
	}
	v, err := strconv.ParseUint(value, 10, 64)
	if err != nil || bits.Len64(v) > int(n)*8 {
		return nil, fmt.Errorf("parse crypto: MKI %.24q", value)
	}
	mki := make([]byte, max(n, 8))
	binary.BigEndian.PutUint64(mki[len(mki)-8:], v)
	return mki[len(mki)-int(n):], nil
}

// checkLifetime accepts "2^n" and a plain number of packets. A call never lasts for the 2^31 packets of the shortest
// lifetime in use, so the value is not enforced.
func checkLifetime(s string) error {
	if exp, ok := strings.CutPrefix(s, "2^"); ok {
		if n, err := strconv.ParseUint(exp, 10, 8); err != nil || n > 48 {
			return fmt.Errorf("parse crypto: lifetime %.24q", s)
		}
		return nil
	}
	if n, err := strconv.ParseUint(s, 10, 48); err != nil || n == 0 {
		return fmt.Errorf("parse crypto: lifetime %.24q", s)
	}
	return nil
}

// Line gives the attribute's value with the lifetime 2^31 that Microsoft's endpoints ask for ([MS-SDPEXT] section 3.1.5.9).
func (c Crypto) Line() string {
	key := base64.StdEncoding.EncodeToString(append(c.Key[:], c.Salt[:]...))
	s := fmt.Sprintf("%d %s inline:%s|2^31", c.Tag, c.Suite, key)
	if c.MKI != nil {
		padded := make([]byte, 8)
		copy(padded[max(0, 8-len(c.MKI)):], c.MKI[max(0, len(c.MKI)-8):])
		s += fmt.Sprintf("|%d:%d", binary.BigEndian.Uint64(padded), len(c.MKI))
	}
	return s
}

// LogValue hides the key.
func (c Crypto) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("tag", c.Tag), slog.String("suite", string(c.Suite)), slog.Int("mki", len(c.MKI)))
}

// Answer makes our line for the chosen one of an offer: its tag and suite, our key, no MKI.
func (c Crypto) Answer() Crypto { return NewCrypto(c.Tag, c.Suite) }
