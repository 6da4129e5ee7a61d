package richtext

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// msgrPrefix starts the format line within the msgr parameter.
const msgrPrefix = "X-MMS-IM-Format:"

// parseMsgr reads the msgr parameter of text/plain: base64, without padding as clients send it, of UTF-16LE text
// "X-MMS-IM-Format: FN=Segoe%20UI; EF=BI; CO=ff0000; PF=0; RL=1". Unknown and unreadable parts are left out.
func parseMsgr(msgr string) (style Style, rightToLeft bool) {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(msgr, "="))
	if err != nil || len(raw) > 4096 {
		return Style{}, false
	}
	text := strings.TrimSpace(decodeUTF16(raw))
	if text, ok := strings.CutPrefix(text, msgrPrefix); ok {
		return parseFormatLine(text)
	}
	return Style{}, false
}

func parseFormatLine(line string) (style Style, rightToLeft bool) {
	for field := range strings.SplitSeq(line, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "FN":
			if font, err := url.PathUnescape(value); err == nil {
				style.Font = fontName(font)
			}
		case "EF":
			style.Bold = strings.Contains(value, "B")
			style.Italic = strings.Contains(value, "I")
			style.Underline = strings.Contains(value, "U")
			style.Strike = strings.Contains(value, "S")
		case "CO":
			// Blue, green, red, leading zeros left out; black, the default, is not kept.
			if bgr, err := strconv.ParseUint(value, 16, 24); err == nil && bgr != 0 {
				style.Color = Color{Set: true, R: uint8(bgr), G: uint8(bgr >> 8), B: uint8(bgr >> 16)}
			}
		case "RL":
			rightToLeft = value == "1"
		}
	}
	return style, rightToLeft
}

// msgr writes the msgr parameter for a style.
func (s Style) msgr(rightToLeft bool) string {
	font := s.Font
	if font == "" {
		font = "Segoe UI"
	}
	var effects strings.Builder
	for _, e := range []struct {
		on   bool
		name byte
	}{{s.Bold, 'B'}, {s.Italic, 'I'}, {s.Underline, 'U'}, {s.Strike, 'S'}} {
		if e.on {
			effects.WriteByte(e.name)
		}
	}
	direction := 0
	if rightToLeft {
		direction = 1
	}
	bgr := uint32(s.Color.B)<<16 | uint32(s.Color.G)<<8 | uint32(s.Color.R)
	line := fmt.Sprintf("%s FN=%s; EF=%s; CO=%x; PF=0; RL=%d\r\n\r\n", msgrPrefix, url.PathEscape(font), effects.String(), bgr, direction)
	return base64.RawStdEncoding.EncodeToString(encodeUTF16(line))
}

// fontName keeps what a font family's name is made of, so that it can be written into markup as it is.
func fontName(name string) string {
	name, _, _ = strings.Cut(name, ",")
	name = strings.Trim(strings.TrimSpace(name), `'"`)
	if len(name) > 64 {
		return ""
	}
	for _, r := range name {
		ok := r == ' ' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r > 0x7F
		if !ok {
			return ""
		}
	}
	return name
}
