package richtext

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// silent are elements whose content is not text of the message.
var silent = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Head: true, atom.Title: true, atom.Iframe: true, atom.Object: true,
	atom.Embed: true, atom.Applet: true, atom.Svg: true, atom.Math: true, atom.Template: true, atom.Noscript: true, atom.Textarea: true,
	atom.Select: true, atom.Audio: true, atom.Video: true, atom.Canvas: true, atom.Frameset: true, atom.Noframes: true, atom.Xmp: true,
}

// void are elements without an end tag.
var void = map[atom.Atom]bool{
	atom.Br: true, atom.Hr: true, atom.Img: true, atom.Meta: true, atom.Link: true, atom.Base: true, atom.Input: true, atom.Area: true,
	atom.Col: true, atom.Embed: true, atom.Param: true, atom.Source: true, atom.Track: true, atom.Wbr: true, atom.Frame: true,
}

// blocks are elements that stand on lines of their own.
var blocks = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.Li: true, atom.Ul: true, atom.Ol: true, atom.Blockquote: true, atom.Pre: true, atom.Table: true, atom.Tr: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Dl: true, atom.Dt: true, atom.Dd: true,
	atom.Section: true, atom.Article: true, atom.Header: true, atom.Footer: true, atom.Address: true, atom.Center: true, atom.Body: true, atom.Html: true,
}

// element is an open element with what to go back to at its end.
type element struct {
	name         string
	style        Style
	link         string
	rtl          bool
	silent, pre_ bool
}

// htmlReader walks the tokens of a body. No tree is built, so there is no deep recursion to exhaust.
type htmlReader struct {
	builder
	open   []element
	quiet  int  // open silent elements
	pre    int  // open pre elements
	space  bool // white space is due before the next word
	excess int  // open elements beyond maxDepth, whose style is not followed
}

// readHTML reads text/html. What the tokenizer cannot make sense of becomes text or is left out, as in a browser.
func readHTML(m MediaType, body []byte) Document {
	var r htmlReader
	z := html.NewTokenizer(bytes.NewReader([]byte(decode(m.Param("charset"), body))))
	z.SetMaxBuf(MaxBody)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return r.done()
		case html.TextToken:
			if r.quiet == 0 {
				r.flow(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			r.start(z.Token())
		case html.EndTagToken:
			name, _ := z.TagName()
			r.end(string(name))
		}
	}
}

// flow adds text with its white space collapsed, except within pre.
func (r *htmlReader) flow(s string) {
	if r.pre > 0 {
		r.text(s)
		return
	}
	for s != "" {
		word := strings.TrimLeft(s, " \t\r\n\f")
		r.space = r.space || len(word) < len(s)
		end := strings.IndexAny(word, " \t\r\n\f")
		if end < 0 {
			end = len(word)
		}
		if end > 0 {
			if r.space {
				r.gap()
			}
			r.inline(word[:end])
		}
		s = word[end:]
	}
}

// gap adds the space before a word: to the run before, unless that is a link that has ended; at the start of a line
// there is none.
func (r *htmlReader) gap() {
	r.space = false
	switch {
	case r.builder.words.Len() == 0:
	case r.pending.Link == "" || r.pending.Link == r.link:
		r.builder.words.WriteByte(' ')
	default:
		link := r.link
		r.link = ""
		r.inline(" ")
		r.link = link
	}
}

func (r *htmlReader) start(t html.Token) {
	if blocks[t.DataAtom] && r.quiet == 0 {
		r.block()
		r.space = false
	}
	switch t.DataAtom {
	case atom.Br, atom.Hr:
		if r.quiet == 0 {
			r.newline()
			r.space = false
		}
	case atom.Img:
		// An image is shown by its description, never fetched.
		if alt := attribute(t, "alt"); alt != "" && r.quiet == 0 {
			r.flow(alt)
		}
	}
	if void[t.DataAtom] || t.Type == html.SelfClosingTagToken {
		return
	}
	if len(r.open) >= maxDepth {
		r.excess++
		return
	}
	r.open = append(r.open, element{t.Data, r.style, r.link, r.rtl, silent[t.DataAtom], t.DataAtom == atom.Pre})
	if silent[t.DataAtom] {
		r.quiet++
	}
	if t.DataAtom == atom.Pre {
		r.pre++
	}
	r.dress(t)
}

// dress applies an element's meaning to the current style.
func (r *htmlReader) dress(t html.Token) {
	switch t.DataAtom {
	case atom.B, atom.Strong, atom.H1, atom.H2, atom.H3, atom.Th:
		r.style.Bold = true
	case atom.I, atom.Em:
		r.style.Italic = true
	case atom.U, atom.Ins:
		r.style.Underline = true
	case atom.S, atom.Strike, atom.Del:
		r.style.Strike = true
	case atom.A:
		r.link = SafeLink(attribute(t, "href"))
	case atom.Font:
		if font := fontName(attribute(t, "face")); font != "" {
			r.style.Font = font
		}
		if c := parseColor(attribute(t, "color")); c.Set {
			r.style.Color = c
		}
	}
	switch strings.ToLower(attribute(t, "dir")) {
	case "rtl":
		r.rtl = true
	case "ltr":
		r.rtl = false
	}
	r.style, r.rtl = applyCSS(attribute(t, "style"), r.style, r.rtl)
}

func (r *htmlReader) end(name string) {
	a := atom.Lookup([]byte(name))
	if r.excess > 0 {
		r.excess--
		return
	}
	for i := len(r.open) - 1; i >= 0; i-- {
		if r.open[i].name != name {
			continue
		}
		for _, closed := range r.open[i:] {
			if closed.silent {
				r.quiet--
			}
			if closed.pre_ {
				r.pre--
			}
		}
		if blocks[a] && r.quiet == 0 {
			r.block()
			r.space = false
		}
		r.style, r.link, r.rtl = r.open[i].style, r.open[i].link, r.open[i].rtl
		r.open = r.open[:i]
		return
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Namespace == "" && a.Key == name {
			return a.Val
		}
	}
	return ""
}
