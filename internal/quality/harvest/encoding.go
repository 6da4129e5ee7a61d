package harvest

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// recoder brings text in another encoding into UTF-8.
type recoder struct {
	in   *bufio.Reader
	next func(in *bufio.Reader) (rune, error)
	left []byte // that did not fit
}

// Read implements io.Reader.
func (r *recoder) Read(b []byte) (int, error) {
	n := copy(b, r.left)
	r.left = r.left[n:]
	for len(b)-n >= utf8.UTFMax {
		c, err := r.next(r.in)
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		n += utf8.EncodeRune(b[n:], c)
	}
	if n == 0 && len(b) > 0 { // a reader that asks for very little
		c, err := r.next(r.in)
		if err != nil {
			return 0, err
		}
		r.left = utf8.AppendRune(nil, c)
		n = copy(b, r.left)
		r.left = r.left[n:]
	}
	return n, nil
}

// fromUTF16 reads a character of UTF-16; half a pair becomes the replacement
// character.
func fromUTF16(order binary.ByteOrder) func(in *bufio.Reader) (rune, error) {
	unit := func(in *bufio.Reader) (uint16, error) {
		var b [2]byte
		if _, err := io.ReadFull(in, b[:]); err != nil {
			return 0, io.EOF // a last odd byte is nothing
		}
		return order.Uint16(b[:]), nil
	}
	return func(in *bufio.Reader) (rune, error) {
		first, err := unit(in)
		if err != nil || !utf16.IsSurrogate(rune(first)) {
			return rune(first), err
		}
		second, err := unit(in)
		if err != nil {
			return utf8.RuneError, nil
		}
		return utf16.DecodeRune(rune(first), rune(second)), nil
	}
}

// windows1252 are the characters of 0x80 to 0x9f; the others are those of
// Latin-1. Never changed.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

func fromWindows1252(in *bufio.Reader) (rune, error) {
	b, err := in.ReadByte()
	if err != nil {
		return 0, err
	}
	if b >= 0x80 && b < 0xa0 {
		return windows1252[b-0x80], nil
	}
	return rune(b), nil
}
