package harvest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// text finds reports in any text: a file of them, or a client's log.
type text struct {
	lines
	doc    []byte // the report being gathered, nil between two
	format string
	began  int    // its line
	rest   []byte // of a line, behind a report
}

// documents are the elements that are looked for.
var documents = []struct{ format, open, close string }{
	{FormatQoE, "<VQReportEvent", "</VQReportEvent>"},
	{FormatFeedback, "<CallQualityFeedbackReport", "</CallQualityFeedbackReport>"},
}

func (x *text) next() (Record, error) {
	for {
		var b []byte
		if x.rest != nil {
			b, x.rest = x.rest, nil
		} else {
			line, err := x.line()
			switch {
			case errors.Is(err, errLong):
				x.doc = nil
				return Record{}, &LineError{x.number, err}
			case errors.Is(err, io.EOF) && x.doc != nil:
				return x.cut()
			case err != nil:
				return Record{}, err
			}
			b = line
		}
		if r, ok, err := x.take(b); ok || err != nil {
			return r, err
		}
	}
}

// take looks at a line, or at the rest of one.
func (x *text) take(b []byte) (r Record, ok bool, err error) {
	if x.doc == nil {
		at := -1
		for _, d := range documents {
			if i := bytes.Index(b, []byte(d.open)); i >= 0 && (at < 0 || i < at) {
				at, x.format = i, d.format
			}
		}
		if at < 0 {
			return r, false, nil
		}
		x.doc, x.began = []byte{}, x.number
		b = b[at:]
	} else if i := bytes.Index(b, []byte("<VQReportEvent")); i >= 0 && !bytes.Contains(b[:i], []byte("</VQReportEvent>")) {
		// The one before never ended: it is told as it is, then this one.
		x.rest = bytes.Clone(b[i:])
		x.doc = append(x.doc, b[:i]...)
		r, err := x.cut()
		return r, err == nil, err
	}
	end := []byte("</VQReportEvent>")
	if x.format == FormatFeedback {
		end = []byte("</CallQualityFeedbackReport>")
	}
	if i := bytes.Index(b, end); i >= 0 {
		i += len(end)
		r = Record{x.format, append(x.doc, b[:i]...), x.began, x.end}
		x.doc, x.rest = nil, bytes.Clone(b[i:])
		return r, true, nil
	}
	x.doc = append(append(x.doc, b...), '\n')
	if len(x.doc) > MaxRecord {
		x.doc = nil
		return r, false, &LineError{x.began, errLong}
	}
	return r, false, nil
}

// cut ends a report that was cut off: clients' logs do that at the length of a
// line. Up to the last element that is whole, it says what it says.
func (x *text) cut() (Record, error) {
	doc, began, format := bytes.TrimRight(x.doc, "\r\n\t "), x.began, x.format
	x.doc = nil
	if format != FormatQoE {
		return Record{}, &LineError{began, fmt.Errorf("the document does not end")}
	}
	closed, ok := closeElements(doc)
	if !ok {
		return Record{}, &LineError{began, fmt.Errorf("the report is cut off and nothing of it can be used")}
	}
	return Record{format, closed, began, x.end}, nil
}

// closeElements ends a cut document after its last whole tag by closing what is
// open there.
func closeElements(doc []byte) ([]byte, bool) {
	var open [][]byte
	last, lastOpen := 0, 0
	for i := 0; i < len(doc); {
		lt := bytes.IndexByte(doc[i:], '<')
		if lt < 0 {
			break
		}
		i += lt
		gt := bytes.IndexByte(doc[i:], '>')
		if gt < 0 {
			break
		}
		tag := doc[i+1 : i+gt]
		i += gt + 1
		switch {
		case len(tag) == 0 || tag[0] == '?' || tag[0] == '!' || tag[len(tag)-1] == '/':
		case tag[0] == '/':
			if len(open) == 0 {
				return nil, false
			}
			open = open[:len(open)-1]
			last, lastOpen = i, len(open)
			continue
		default:
			name, _, _ := bytes.Cut(tag, []byte(" "))
			open = append(open, bytes.TrimSpace(name))
			if len(open) > 64 {
				return nil, false
			}
			continue
		}
		last, lastOpen = i, len(open)
	}
	if last == 0 || lastOpen == 0 || lastOpen > len(open) {
		return nil, false
	}
	out := bytes.Clone(doc[:last])
	for i := lastOpen - 1; i >= 0; i-- {
		out = append(append(append(out, "</"...), open[i]...), '>')
	}
	return out, true
}
