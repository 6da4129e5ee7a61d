package qoe

// writer writes elements without whitespace between them.
type writer struct{ b []byte }

// start writes a start tag; attributes are pairs of name and value, those with
// an empty value are left out.
func (w *writer) start(name string, attrs ...string) {
	w.b = append(w.b, '<')
	w.b = append(w.b, name...)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] == "" {
			continue
		}
		w.b = append(w.b, ' ')
		w.b = append(w.b, attrs[i]...)
		w.b = append(w.b, `="`...)
		w.escape(attrs[i+1])
		w.b = append(w.b, '"')
	}
	w.b = append(w.b, '>')
}

func (w *writer) end(name string) {
	w.b = append(w.b, "</"...)
	w.b = append(w.b, name...)
	w.b = append(w.b, '>')
}

// leaf writes an element with text; nothing for empty text.
func (w *writer) leaf(name, text string) {
	if text == "" {
		return
	}
	w.start(name)
	w.escape(text)
	w.end(name)
}

// escape writes text, without the characters that XML cannot carry.
func (w *writer) escape(s string) {
	for _, r := range s {
		switch {
		case r == '<':
			w.b = append(w.b, "&lt;"...)
		case r == '>':
			w.b = append(w.b, "&gt;"...)
		case r == '&':
			w.b = append(w.b, "&amp;"...)
		case r == '"':
			w.b = append(w.b, "&quot;"...)
		case r == '\t' || r == '\n' || r == '\r':
			w.b = append(w.b, ' ')
		case r < ' ':
		default:
			w.b = append(w.b, string(r)...)
		}
	}
}
