package richtext

import "unicode/utf16"

// word applies one control word; number is its parameter, 0 without one.
func (r *rtfReader) word(word string, number int, has bool) {
	on := !has || number != 0
	switch word {
	case "par", "line", "row", "sect", "page":
		r.put("\n")
	case "pard":
		r.rtl = false
	case "plain":
		r.style = Style{}
	case "b":
		r.style.Bold = on
	case "i":
		r.style.Italic = on
	case "ul", "uld", "uldb", "ulw":
		r.style.Underline = on
	case "ulnone":
		r.style.Underline = false
	case "strike", "striked":
		r.style.Strike = on
	case "fs": // half points
		if points := (number + 1) / 2; points >= 1 && points <= 72 {
			r.style.Size = points
		}
	case "f":
		r.font = number
		if r.state.dest == rtfText {
			r.style.Font = r.fonts[number]
		}
	case "cf":
		r.style.Color = Color{}
		if number > 0 && number < len(r.colors) {
			r.style.Color = r.colors[number]
		}
	case "rtlpar", "rtlch":
		r.rtl = true
	case "ltrpar", "ltrch":
		r.rtl = false
	case "red", "green", "blue":
		r.component(word, uint8(number))
	case "fonttbl":
		r.state.dest = rtfFonts
	case "colortbl":
		r.state.dest = rtfColors
	case "uc":
		r.state.fallback = min(max(number, 0), 8)
	case "u":
		r.unicode(number)
	default:
		if rtfSkipped[word] {
			r.state.skip = true
		} else if text, ok := rtfSymbols[word]; ok {
			r.put(text)
		}
	}
}

// component sets a part of the colour being defined. Black is the default and not kept.
func (r *rtfReader) component(name string, value uint8) {
	switch name {
	case "red":
		r.color.R = value
	case "green":
		r.color.G = value
	case "blue":
		r.color.B = value
	}
	r.color.Set = r.color.R|r.color.G|r.color.B != 0
}

// unicode adds the UTF-16 unit of \u and leaves out the characters that stand for it in older readers.
func (r *rtfReader) unicode(number int) {
	unit := uint16(number) // written as a signed number
	r.omit = 0
	switch {
	case utf16.IsSurrogate(rune(unit)) && unit < 0xDC00:
		r.high = unit
	case utf16.IsSurrogate(rune(unit)):
		r.put(string(utf16.DecodeRune(rune(r.high), rune(unit))))
		r.high = 0
	default:
		r.put(string(rune(unit)))
	}
	r.omit = r.state.fallback
}
