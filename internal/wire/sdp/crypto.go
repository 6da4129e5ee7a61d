package sdp

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// AESCM128SHA80 is the suite that every peer of both dialects has (RFC 4568 section 6.2).
const AESCM128SHA80 = "AES_CM_128_HMAC_SHA1_80"

// Crypto is one a=crypto line (RFC 4568 section 9.1). Key is a secret: never log it.
type Crypto struct {
	Tag        int
	Suite      string
	Key        []byte // master key and master salt, concatenated
	Lifetime   string // as written, such as 2^31; "" when absent
	MKI        uint64 // master key identifier, meaningful when MKILength > 0
	MKILength  int    // bytes, 0 when there is no MKI
	Parameters string // session parameters, such as UNENCRYPTED_SRTCP; "" when none
}

// ParseCrypto reads the value of an a=crypto line. Lines with more than one key are refused.
func ParseCrypto(value string) (Crypto, error) {
	f := strings.Fields(value)
	if len(f) < 3 {
		return Crypto{}, errors.New("crypto: want tag, suite and key")
	}
	var c Crypto
	var err error
	if c.Tag, err = parseUint(f[0], 999_999_999); err != nil {
		return Crypto{}, fmt.Errorf("crypto: tag: %w", err)
	}
	c.Suite, c.Parameters = f[1], strings.Join(f[3:], " ")
	inline, ok := strings.CutPrefix(f[2], "inline:")
	if !ok || strings.Contains(inline, ";") {
		return Crypto{}, errors.New("crypto: want exactly one inline key")
	}
	parts := strings.Split(inline, "|")
	if c.Key, err = decodeKey(parts[0]); err != nil {
		return Crypto{}, err
	}
	for _, p := range parts[1:] {
		mki, length, isMKI := strings.Cut(p, ":")
		if !isMKI {
			c.Lifetime = p
			continue
		}
		if c.MKI, err = strconv.ParseUint(mki, 10, 64); err != nil {
			return Crypto{}, errors.New("crypto: MKI is not a number below 2^64")
		}
		if c.MKILength, err = parseUint(length, 128); err != nil || c.MKILength == 0 {
			return Crypto{}, errors.New("crypto: MKI length is not a number from 1 to 128")
		}
	}
	return c, nil
}

func decodeKey(text string) ([]byte, error) {
	if len(text) > 128 {
		return nil, errors.New("crypto: key too long")
	}
	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || len(key) == 0 {
		return nil, errors.New("crypto: key is not base64")
	}
	return key, nil
}

// String returns the value of the a=crypto line, key included.
func (c Crypto) String() string {
	s := strconv.Itoa(c.Tag) + " " + c.Suite + " inline:" + base64.StdEncoding.EncodeToString(c.Key)
	if c.Lifetime != "" {
		s += "|" + c.Lifetime
	}
	if c.MKILength > 0 {
		s += "|" + strconv.FormatUint(c.MKI, 10) + ":" + strconv.Itoa(c.MKILength)
	}
	if c.Parameters != "" {
		s += " " + c.Parameters
	}
	return s
}
