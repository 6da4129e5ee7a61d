package richtext

import (
	"strconv"
	"strings"
)

// rtfGroup is what a group's end restores.
type rtfGroup struct {
	style    Style
	rtl      bool
	skip     bool // a destination that is not text of the message
	fallback int  // characters that follow \u for readers without Unicode (\uc)
	dest     rtfDestination
}

type rtfDestination int

const (
	rtfText rtfDestination = iota
	rtfFonts
	rtfColors
)

// rtfSkipped are the destinations without text of the message. A field's result (fldrslt) is text, its instruction
// (fldinst, with the targets of links and included pictures) is not.
var rtfSkipped = map[string]bool{
	"stylesheet": true, "info": true, "pict": true, "object": true, "objdata": true, "fldinst": true, "header": true, "footer": true,
	"headerl": true, "headerr": true, "headerf": true, "footerl": true, "footerr": true, "footerf": true, "footnote": true, "themedata": true,
	"colorschememapping": true, "latentstyles": true, "datastore": true, "listtable": true, "listoverridetable": true, "rsidtbl": true,
	"generator": true, "xmlnstbl": true, "template": true, "filetbl": true, "revtbl": true, "nonshppict": true, "shppict": true,
}

// rtfSymbols are control words and symbols that stand for text.
var rtfSymbols = map[string]string{
	"tab": "\t", "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "bullet": "•", "lquote": "‘", "rquote": "’",
	"ldblquote": "“", "rdblquote": "”", "~": "\u00a0", "_": "‑", "\\": "\\", "{": "{", "}": "}",
}

// rtfReader reads RTF 1.9 as far as instant messages use it.
type rtfReader struct {
	builder
	in     string
	groups []rtfGroup
	state  rtfGroup
	fonts  map[int]string
	colors []Color
	font   int    // the font being defined in the font table
	color  Color  // the colour being defined in the colour table
	omit   int    // characters still to leave out after \u
	high   uint16 // first half of a surrogate pair
	excess int    // open groups beyond maxDepth
}

// readRTF reads text/rtf. Unbalanced groups and unknown control words are tolerated.
func readRTF(body []byte) Document {
	r := rtfReader{in: string(body), state: rtfGroup{fallback: 1}, fonts: map[int]string{}}
	for r.in != "" {
		switch c := r.in[0]; c {
		case '{':
			r.in = r.in[1:]
			r.push()
		case '}':
			r.in = r.in[1:]
			r.pop()
		case '\\':
			r.control()
		case '\r', '\n', 0:
			r.in = r.in[1:]
		default:
			end := strings.IndexAny(r.in, "{}\\\r\n\x00")
			if end < 0 {
				end = len(r.in)
			}
			literal := r.in[:end]
			r.in = r.in[end:]
			r.literal(literal)
		}
	}
	return r.done()
}

func (r *rtfReader) push() {
	if len(r.groups) >= maxDepth {
		r.excess++
		return
	}
	r.state.style, r.state.rtl = r.style, r.rtl
	r.groups = append(r.groups, r.state)
}

func (r *rtfReader) pop() {
	if r.excess > 0 {
		r.excess--
		return
	}
	if n := len(r.groups); n > 0 {
		r.state, r.groups = r.groups[n-1], r.groups[:n-1]
		r.style, r.rtl = r.state.style, r.state.rtl
	}
	r.omit = 0
}

// literal handles text between control words: bytes of Windows-1252.
func (r *rtfReader) literal(s string) {
	for r.omit > 0 && s != "" {
		s = s[1:]
		r.omit--
	}
	if r.state.skip || r.excess > 0 {
		return
	}
	switch r.state.dest {
	case rtfFonts:
		name, _, ended := strings.Cut(s, ";")
		if len(r.fonts) < 256 && r.fonts[r.font] == "" && (ended || name != "") {
			r.fonts[r.font] = fontName(name)
		}
	case rtfColors:
		for range strings.Count(s, ";") {
			if len(r.colors) < 256 {
				r.colors = append(r.colors, r.color)
			}
			r.color = Color{}
		}
	default:
		var text strings.Builder
		for i := 0; i < len(s); i++ {
			text.WriteRune(cp1252(s[i]))
		}
		r.inline(text.String())
	}
}

// control reads one control word with its number, or one control symbol.
func (r *rtfReader) control() {
	in := r.in[1:]
	if in == "" {
		r.in = ""
		return
	}
	n := 0
	for n < len(in) && n < 32 && isLetter(in[n]) {
		n++
	}
	if n == 0 {
		r.in = in[1:]
		r.symbol(in[0])
		return
	}
	word, in := in[:n], in[n:]
	n = 0
	if in != "" && in[0] == '-' {
		n = 1
	}
	for n < len(in) && n < 11 && in[n] >= '0' && in[n] <= '9' {
		n++
	}
	number, err := strconv.Atoi(in[:n])
	has := err == nil
	if !has {
		number = 0
	}
	in = strings.TrimPrefix(in[n:], " ")
	if word == "bin" { // raw bytes follow
		in = in[min(max(number, 0), len(in)):]
	}
	r.in = in
	r.word(word, number, has)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (r *rtfReader) symbol(c byte) {
	switch c {
	case '\'':
		if len(r.in) < 2 {
			r.in = ""
			return
		}
		code, err := strconv.ParseUint(r.in[:2], 16, 8)
		if err != nil {
			return
		}
		r.in = r.in[2:]
		r.literal(string([]byte{byte(code)}))
	case '*':
		// A destination that readers may skip: they all hold what is no text.
		r.state.skip = true
	case '\r', '\n':
		r.put("\n")
	default:
		if text, ok := rtfSymbols[string(c)]; ok {
			r.put(text)
		}
	}
}

// put adds text that a control stands for.
func (r *rtfReader) put(text string) {
	if r.omit > 0 {
		r.omit--
		return
	}
	if !r.state.skip && r.excess == 0 && r.state.dest == rtfText {
		r.text(text)
	}
}
