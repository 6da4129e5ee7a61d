package richtext

import (
	"errors"
	"strings"
	"unicode"
)

// MaxBody is the longest body in bytes that is read. Lync clients send up to 64 KiB.
const MaxBody = 256 << 10

const (
	maxRuns  = 8192 // runs of one document; further text joins the last run
	maxDepth = 64   // nested elements or groups
	maxParts = 16   // parts of a multipart body
)

// Errors of the readers.
var (
	ErrTooLong     = errors.New("message body is longer than 256 KiB")
	ErrUnsupported = errors.New("message body has a content type that cannot be shown")
)

// Document is a message as its reader sees it.
type Document struct{ Lines []Line }

// Line is one line or paragraph.
type Line struct {
	Runs        []Run
	RightToLeft bool
}

// Run is a piece of text in one style.
type Run struct {
	Text  string // without line breaks and control characters
	Link  string // absolute URL accepted by SafeLink, or empty
	Style Style
}

// Style is how a run looks. The zero value is the reader's default.
type Style struct {
	Bold, Italic, Underline, Strike bool
	Font                            string // family, such as "Segoe UI"; empty: default
	Size                            int    // points, 0 (default) to 72
	Color                           Color
}

// Color is a text colour; the zero value is the reader's default.
type Color struct {
	Set     bool
	R, G, B uint8
}

// Empty says whether there is no text at all.
func (d Document) Empty() bool {
	for _, line := range d.Lines {
		for _, run := range line.Runs {
			if strings.TrimSpace(run.Text) != "" {
				return false
			}
		}
	}
	return true
}

// uniform says whether one style and one direction are enough for the whole document, and which.
func (d Document) uniform() (style Style, rightToLeft, ok bool) {
	first := true
	for _, line := range d.Lines {
		for _, run := range line.Runs {
			if first {
				style, rightToLeft, first = run.Style, line.RightToLeft, false
			}
			if run.Style != style || run.Link != "" || line.RightToLeft != rightToLeft {
				return Style{}, false, false
			}
		}
	}
	return style, rightToLeft, style.Size == 0
}

// builder puts a document together from text in reading order.
type builder struct {
	doc     Document
	style   Style
	link    string
	rtl     bool
	runs    int
	pending Run             // the run being written, its text in words
	words   strings.Builder // of the pending run, so that long runs are not copied again and again
}

// text adds text to the current line; line breaks in it end the line.
func (b *builder) text(s string) {
	for {
		line, rest, more := strings.Cut(s, "\n")
		b.inline(strings.TrimSuffix(line, "\r"))
		if !more {
			return
		}
		b.newline()
		s = rest
	}
}

func (b *builder) inline(s string) {
	s = printable(s)
	if s == "" {
		return
	}
	changed := b.pending.Style != b.style || b.pending.Link != b.link
	if b.words.Len() > 0 && changed && b.runs < maxRuns {
		b.flush()
	}
	if b.words.Len() == 0 {
		b.pending = Run{Link: b.link, Style: b.style}
		b.line().RightToLeft = b.rtl
	}
	b.words.WriteString(s)
}

// flush ends the run being written.
func (b *builder) flush() {
	if b.words.Len() == 0 {
		return
	}
	b.pending.Text = b.words.String()
	b.words.Reset()
	b.runs++
	line := b.line()
	line.Runs = append(line.Runs, b.pending)
}

// line is the line being written.
func (b *builder) line() *Line {
	if len(b.doc.Lines) == 0 {
		b.doc.Lines = append(b.doc.Lines, Line{RightToLeft: b.rtl})
	}
	return &b.doc.Lines[len(b.doc.Lines)-1]
}

// newline ends the line being written, even an empty one.
func (b *builder) newline() {
	if len(b.doc.Lines) >= maxRuns {
		b.words.WriteByte(' ')
		return
	}
	b.flush()
	b.line()
	b.doc.Lines = append(b.doc.Lines, Line{RightToLeft: b.rtl})
}

// atStart says whether the line being written has no text yet.
func (b *builder) atStart() bool {
	return b.words.Len() == 0 && len(b.line().Runs) == 0
}

// block makes sure that the next text starts on a line of its own.
func (b *builder) block() {
	if len(b.doc.Lines) > 0 && !b.atStart() {
		b.newline()
	}
}

// done returns the document without the empty lines at its end.
func (b *builder) done() Document {
	b.flush()
	for n := len(b.doc.Lines); n > 0 && len(b.doc.Lines[n-1].Runs) == 0; n-- {
		b.doc.Lines = b.doc.Lines[:n-1]
	}
	return b.doc
}

// printable removes control characters other than the tab, and those that turn the reading direction of what follows
// them: with these a link can be shown as another one.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case unicode.IsControl(r):
			return -1
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}
