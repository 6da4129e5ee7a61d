package ntlm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
)

// MaxMessage is the longest CHALLENGE or AUTHENTICATE that is read, in bytes. Windows sends less than 1 KiB.
const MaxMessage = 4096

// ErrMalformed marks a message that breaks the layout of [MS-NLMP] section 2.2.1.
var ErrMalformed = errors.New("malformed ntlm message")

const (
	signature        = "NTLMSSP\x00"
	typeChallenge    = 2
	typeAuthenticate = 3
)

var le = binary.LittleEndian

// header checks signature, type and size; every message starts with 12 bytes of them.
func header(raw []byte, kind uint32, least int) error {
	switch {
	case len(raw) > MaxMessage:
		return fmt.Errorf("%w: %d bytes, more than %d", ErrMalformed, len(raw), MaxMessage)
	case len(raw) < least:
		return fmt.Errorf("%w: %d bytes, fewer than %d", ErrMalformed, len(raw), least)
	case string(raw[:8]) != signature:
		return fmt.Errorf("%w: no NTLMSSP signature", ErrMalformed)
	case le.Uint32(raw[8:]) != kind:
		return fmt.Errorf("%w: message type %d where %d is due", ErrMalformed, le.Uint32(raw[8:]), kind)
	}
	return nil
}

// payload returns the bytes that the field descriptor (length, space, offset) at pos points to, of at most limit bytes.
func payload(raw []byte, pos, limit int, name string) ([]byte, error) {
	size := int(le.Uint16(raw[pos:]))
	offset := le.Uint32(raw[pos+4:])
	if size == 0 {
		return nil, nil
	}
	if size > limit {
		return nil, fmt.Errorf("%w: %s of %d bytes, more than %d", ErrMalformed, name, size, limit)
	}
	if uint64(offset)+uint64(size) > uint64(len(raw)) {
		return nil, fmt.Errorf("%w: %s lies outside the message", ErrMalformed, name)
	}
	return raw[offset:][:size], nil
}

// appendField appends the descriptor of a payload of size bytes at offset.
func appendField(dst []byte, size, offset int) []byte {
	dst = le.AppendUint16(dst, uint16(size))
	dst = le.AppendUint16(dst, uint16(size))
	return le.AppendUint32(dst, uint32(offset))
}

func appendUTF16(dst []byte, s string) []byte {
	for _, unit := range utf16.Encode([]rune(s)) {
		dst = le.AppendUint16(dst, unit)
	}
	return dst
}

func utf16String(raw []byte, name string) (string, error) {
	if len(raw)%2 != 0 {
		return "", fmt.Errorf("%w: %s has half a character", ErrMalformed, name)
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = le.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units)), nil
}
