package richtext

import "strings"

// readPlain reads text/plain with its charset and msgr parameters.
func readPlain(m MediaType, body []byte) Document {
	var b builder
	if msgr := m.Param("msgr"); msgr != "" {
		b.style, b.rtl = parseMsgr(msgr)
	}
	b.text(decode(m.Param("charset"), body))
	return b.done()
}

// Plain writes the document as plain text, lines ended by "\n" but for the last. A link whose text does not show
// its target is followed by the target in angle brackets.
func (d Document) Plain() string {
	var out strings.Builder
	for i, line := range d.Lines {
		if i > 0 {
			out.WriteByte('\n')
		}
		for j, run := range line.Runs {
			out.WriteString(run.Text)
			ends := j+1 == len(line.Runs) || line.Runs[j+1].Link != run.Link
			if run.Link != "" && ends && !strings.Contains(run.Text, run.Link) && "mailto:"+run.Text != run.Link && "tel:"+run.Text != run.Link {
				out.WriteString(" <" + run.Link + ">")
			}
		}
	}
	return out.String()
}
