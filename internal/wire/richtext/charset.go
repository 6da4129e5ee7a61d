package richtext

import (
	"strings"
	"unicode/utf16"
)

// decode turns a body of a known character set into UTF-8. An unknown set is read as UTF-8, bytes that are none
// replaced.
func decode(charset string, body []byte) string {
	switch strings.ToLower(strings.TrimSpace(charset)) {
	case "utf-16", "utf-16le", "unicode":
		return decodeUTF16(body)
	case "iso-8859-1", "latin1", "windows-1252", "cp1252":
		var s strings.Builder
		for _, c := range body {
			s.WriteRune(cp1252(c))
		}
		return s.String()
	}
	return strings.ToValidUTF8(strings.TrimPrefix(string(body), "\ufeff"), "�")
}

// decodeUTF16 reads little-endian UTF-16, which is what Microsoft's clients write, or the order that a byte order
// mark tells.
func decodeUTF16(body []byte) string {
	big := len(body) >= 2 && body[0] == 0xFE && body[1] == 0xFF
	units := make([]uint16, 0, len(body)/2)
	for ; len(body) >= 2; body = body[2:] {
		low, high := uint16(body[0]), uint16(body[1])
		if big {
			low, high = high, low
		}
		units = append(units, low|high<<8)
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}

func encodeUTF16(s string) []byte {
	units := utf16.Encode([]rune(s))
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// cp1252Upper is what Windows-1252 has at 0x80 to 0x9F; 0xFFFD where it has nothing.
var cp1252Upper = [32]rune{
	'€', 0xFFFD, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0xFFFD, 'Ž', 0xFFFD,
	0xFFFD, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0xFFFD, 'ž', 'Ÿ',
}

func cp1252(c byte) rune {
	if c >= 0x80 && c <= 0x9F {
		return cp1252Upper[c-0x80]
	}
	return rune(c)
}
