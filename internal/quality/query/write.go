package query

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The media types of answers.
const (
	JSON   = "application/json"
	NDJSON = "application/x-ndjson"
	CSV    = "text/csv"
)

// Writer is a Sink that writes an answer as it comes. Fail ends it after an
// error that came when rows were on their way.
type Writer interface {
	Sink
	Fail(err error)
}

// NewWriter writes answers of a media type: JSON is one object {"columns":[...],
// "rows":[[...]...],"totals":[...],"meta":{...}}; NDJSON has a line for the
// columns, one for each row and one for the rest; CSV the titles and the rows.
func NewWriter(w io.Writer, mediaType string) Writer {
	b := bufio.NewWriterSize(w, 32<<10)
	switch mediaType {
	case NDJSON:
		return &lineWriter{b}
	case CSV:
		return &csvWriter{csv.NewWriter(b), b}
	}
	return &jsonWriter{out: b}
}

// Accepted chooses the media type of an Accept header; JSON when it names none.
func Accepted(accept string) string {
	for part := range strings.SplitSeq(accept, ",") {
		switch name, _, _ := strings.Cut(strings.TrimSpace(part), ";"); strings.ToLower(strings.TrimSpace(name)) {
		case NDJSON, "application/ndjson", "application/jsonl":
			return NDJSON
		case CSV:
			return CSV
		case JSON:
			return JSON
		}
	}
	return JSON
}

type jsonWriter struct {
	out  *bufio.Writer
	rows int
}

func (w *jsonWriter) Columns(columns []Column) error {
	text, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, `{"columns":%s,"rows":[`, text)
	return err
}

func (w *jsonWriter) Row(row []any) error {
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	if w.rows > 0 {
		_ = w.out.WriteByte(',') // an error stays and comes with the next write
	}
	w.rows++
	_ = w.out.WriteByte('\n')
	_, err = w.out.Write(text)
	return err
}

func (w *jsonWriter) End(tail Tail) error {
	text, err := json.Marshal(tail)
	if err != nil {
		return err
	}
	_, _ = w.out.WriteString("\n],") // an error stays and comes with Flush
	_, _ = w.out.Write(text[1:])
	_ = w.out.WriteByte('\n')
	return w.out.Flush()
}

func (w *jsonWriter) Fail(err error) {
	text, _ := json.Marshal(err.Error()) // a text can always be written
	_, _ = fmt.Fprintf(w.out, "\n],\"error\":%s}\n", text)
	_ = w.out.Flush()
}

type lineWriter struct{ out *bufio.Writer }

func (w *lineWriter) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, _ = w.out.Write(text) // an error stays and comes with the next write
	return w.out.WriteByte('\n')
}

func (w *lineWriter) Columns(columns []Column) error {
	return w.line(map[string]any{"columns": columns})
}
func (w *lineWriter) Row(row []any) error { return w.line(row) }
func (w *lineWriter) End(tail Tail) error {
	if err := w.line(tail); err != nil {
		return err
	}
	return w.out.Flush()
}

func (w *lineWriter) Fail(err error) {
	_ = w.line(map[string]string{"error": err.Error()}) // the reader is gone if this fails
	_ = w.out.Flush()
}

type csvWriter struct {
	csv *csv.Writer
	out *bufio.Writer
}

func (w *csvWriter) Columns(columns []Column) error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return w.csv.Write(names)
}

func (w *csvWriter) Row(row []any) error {
	fields := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case nil:
		case string:
			fields[i] = harmless(v)
		case float64:
			fields[i] = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			fields[i] = fmt.Sprint(v)
		}
	}
	return w.csv.Write(fields)
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (w *csvWriter) End(Tail) error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return err
	}
	return w.out.Flush()
}

func (w *csvWriter) Fail(err error) {
	_ = w.csv.Write([]string{"error: " + err.Error()}) // the reader is gone if this fails
	w.csv.Flush()
	_ = w.out.Flush()
}
