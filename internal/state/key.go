package state

import (
	"fmt"
	"strings"
)

// maxKey bounds a key in bytes.
const maxKey = 512

const hexDigits = "0123456789ABCDEF"

// encodeKey writes a key with the characters that a NATS subject token may have: letters, digits, "-", "_" and "/" stand for
// themselves, any other byte is "=" and two hexadecimal digits.
func encodeKey(key string) (string, error) {
	if key == "" || len(key) > maxKey {
		return "", fmt.Errorf("key of %d bytes: must have 1 to %d", len(key), maxKey)
	}
	var b strings.Builder
	for i := range len(key) {
		if c := key[i]; plain(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('=')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String(), nil
}

// decodeKey is the inverse of encodeKey; false for what encodeKey never writes.
func decodeKey(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case plain(c):
			b.WriteByte(c)
		case c == '=' && i+2 < len(s):
			hi, lo := strings.IndexByte(hexDigits, s[i+1]), strings.IndexByte(hexDigits, s[i+2])
			if hi < 0 || lo < 0 || plain(byte(hi<<4|lo)) {
				return "", false
			}
			b.WriteByte(byte(hi<<4 | lo))
			i += 2
		default:
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}

func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '/'
}
