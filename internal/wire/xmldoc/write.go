package xmldoc

import (
	"strconv"
	"unicode/utf8"
)

// Namespaces that have fixed prefixes wherever they are written as those of an attribute.
const (
	SchemaInstance = "http://www.w3.org/2001/XMLSchema-instance" // xsi
	XML            = "http://www.w3.org/XML/1998/namespace"      // xml
)

// Declaration begins a document of its own; most bodies of the Lync dialect leave it out.
const Declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// Writer appends a document element by element. The zero value is ready. Names are written as given: a caller that
// needs a namespace passes xmlns attributes itself.
type Writer struct {
	buf     []byte
	open    []string
	pending bool // the last start tag lacks its ">"
}

// Raw appends text that is XML already.
func (w *Writer) Raw(s string) *Writer {
	w.finishTag()
	w.buf = append(w.buf, s...)
	return w
}

// Open begins an element; attrs are pairs of name and value.
func (w *Writer) Open(name string, attrs ...string) *Writer {
	w.finishTag()
	w.buf = append(append(w.buf, '<'), name...)
	for i := 0; i+1 < len(attrs); i += 2 {
		w.Attr(attrs[i], attrs[i+1])
	}
	w.open = append(w.open, name)
	w.pending = true
	return w
}

// Attr adds an attribute to the element that was just opened.
func (w *Writer) Attr(name, value string) *Writer {
	w.buf = append(append(append(w.buf, ' '), name...), '=', '"')
	w.buf = append(AppendEscaped(w.buf, value), '"')
	return w
}

// OptAttr adds an attribute unless its value is empty.
func (w *Writer) OptAttr(name, value string) *Writer {
	if value == "" {
		return w
	}
	return w.Attr(name, value)
}

// Text adds character data.
func (w *Writer) Text(s string) *Writer {
	if s == "" {
		return w
	}
	w.finishTag()
	w.buf = AppendEscaped(w.buf, s)
	return w
}

// Close ends the innermost open element, as an empty-element tag when nothing is in it.
func (w *Writer) Close() *Writer {
	last := len(w.open) - 1
	if w.pending {
		w.buf = append(w.buf, '/', '>')
		w.pending = false
	} else {
		w.buf = append(append(append(w.buf, '<', '/'), w.open[last]...), '>')
	}
	w.open = w.open[:last]
	return w
}

// Leaf writes an element that has only text.
func (w *Writer) Leaf(name, text string, attrs ...string) *Writer {
	return w.Open(name, attrs...).Text(text).Close()
}

// Node writes a tree; space is the default namespace in force around it.
func (w *Writer) Node(n *Node, space string) *Writer {
	w.Open(n.Name)
	if n.Space != space {
		w.Attr("xmlns", n.Space)
	}
	declared := map[string]bool{}
	generated := 0
	for _, a := range n.Attrs {
		switch a.Space {
		case "":
			w.Attr(a.Name, a.Value)
		case XML, "xml":
			w.Attr("xml:"+a.Name, a.Value)
		case SchemaInstance:
			if !declared[a.Space] {
				w.Attr("xmlns:xsi", SchemaInstance)
				declared[a.Space] = true
			}
			w.Attr("xsi:"+a.Name, a.Value)
		default:
			generated++
			prefix := "ns" + strconv.Itoa(generated)
			w.Attr("xmlns:"+prefix, a.Space).Attr(prefix+":"+a.Name, a.Value)
		}
	}
	if len(n.Children) == 0 {
		w.Text(n.Text)
	} else if v := n.Value(); v != "" {
		w.Text(v)
	}
	for _, c := range n.Children {
		w.Node(c, n.Space)
	}
	return w.Close()
}

// Bytes is the document so far; it is complete when every element was closed.
func (w *Writer) Bytes() []byte {
	w.finishTag()
	return w.buf
}

func (w *Writer) finishTag() {
	if w.pending {
		w.buf = append(w.buf, '>')
		w.pending = false
	}
}

// AppendEscaped appends s as character data that is also safe inside a quoted attribute. Characters that XML 1.0 cannot
// hold (section 2.2) become U+FFFD.
func AppendEscaped(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		var with string
		switch {
		case r == '&':
			with = "&amp;"
		case r == '<':
			with = "&lt;"
		case r == '>':
			with = "&gt;"
		case r == '"':
			with = "&quot;"
		case r == '\t', r == '\n', r == '\r':
			with = "&#" + strconv.Itoa(int(r)) + ";"
		case r < ' ', r == 0xFFFE, r == 0xFFFF, r == utf8.RuneError && size == 1:
			with = "\ufffd"
		}
		if with != "" {
			dst = append(append(dst, s[from:i]...), with...)
			from = i + size
		}
		i += size
	}
	return append(dst, s[from:]...)
}

// Bytes writes the tree as a document without declaration.
func (n *Node) Bytes() []byte {
	var w Writer
	return w.Node(n, "").Bytes()
}
