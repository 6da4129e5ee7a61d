package richtext

import (
	"fmt"
	"html"
	"strings"
)

// HTML writes the document as an HTML fragment of b, i, u, s, font, a, span and br elements, which both a browser and
// a chat client's small HTML reader show.
func (d Document) HTML() string {
	var out strings.Builder
	for i, line := range d.Lines {
		if i > 0 {
			out.WriteString("<br>")
		}
		if line.RightToLeft {
			out.WriteString(`<span dir="rtl">`)
		}
		for _, run := range line.Runs {
			run.html(&out)
		}
		if line.RightToLeft {
			out.WriteString(`</span>`)
		}
	}
	return out.String()
}

func (r Run) html(out *strings.Builder) {
	var closing []string
	tag := func(on bool, open, shut string) {
		if on {
			out.WriteString(open)
			closing = append(closing, shut)
		}
	}
	s := r.Style
	tag(r.Link != "", `<a href="`+html.EscapeString(r.Link)+`">`, `</a>`)
	if s.Font != "" || s.Color.Set {
		out.WriteString("<font")
		if s.Font != "" {
			fmt.Fprintf(out, ` face="%s"`, html.EscapeString(s.Font))
		}
		if s.Color.Set {
			fmt.Fprintf(out, ` color="#%02x%02x%02x"`, s.Color.R, s.Color.G, s.Color.B)
		}
		out.WriteString(">")
		closing = append(closing, "</font>")
	}
	tag(s.Size > 0, fmt.Sprintf(`<span style="font-size:%dpt">`, s.Size), `</span>`)
	tag(s.Bold, "<b>", "</b>")
	tag(s.Italic, "<i>", "</i>")
	tag(s.Underline, "<u>", "</u>")
	tag(s.Strike, "<s>", "</s>")
	out.WriteString(preserveSpaces(html.EscapeString(r.Text)))
	for i := len(closing) - 1; i >= 0; i-- {
		out.WriteString(closing[i])
	}
}

// preserveSpaces keeps runs of spaces and tabs, which HTML would collapse.
func preserveSpaces(s string) string {
	s = strings.ReplaceAll(s, "\t", "&nbsp;&nbsp;&nbsp; ")
	return strings.ReplaceAll(s, "  ", "&nbsp; ")
}
