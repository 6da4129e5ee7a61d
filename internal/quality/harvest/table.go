package harvest

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Row is a stream of the original's metrics database: what both ends reported,
// in one row.
type Row struct {
	// CallID names the dialog.
	CallID string `json:"callId"`
	Caller string `json:"caller,omitempty"`
	Callee string `json:"callee,omitempty"`
	Label  string `json:"label"`
	// FromCaller is the direction of the stream.
	FromCaller bool   `json:"fromCaller"`
	Started    string `json:"started,omitempty"`
	Ended      string `json:"ended,omitempty"`
	// Text and Number are fields by name: of the stream, or of one end with
	// "caller." or "callee." before it.
	Text map[string]string `json:"text,omitempty"`
	// Values are metrics by their names in the archive, in the database's
	// units.
	Values map[string]string `json:"values,omitempty"`
}

// isTable tells a header of an export: the columns that every view with streams
// has.
func isTable(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	line = bytes.ToLower(line)
	has := func(name string) bool { return bytes.Contains(line, []byte(name)) }
	return (has("sessiontime") || has("starttime") || has("conferencedatetime")) && (has("caller") || has("streamid")) && bytes.ContainsAny(line, ",;\t")
}

// table reads a CSV export.
type table struct {
	csv     *csv.Reader
	limit   *limited
	view    string
	columns []column // by index; set is nil for what is not known
	names   []string
}

// limited ends a record that does not end.
type limited struct {
	in   io.Reader
	left int
}

// Read implements io.Reader.
func (l *limited) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLong
	}
	n, err := l.in.Read(b[:min(len(b), l.left)])
	l.left -= n
	return n, err
}

func newTable(in *bufio.Reader) (*table, error) {
	head, err := in.Peek(sniff)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read file: %w", err)
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	t := &table{limit: &limited{in, MaxRecord}}
	t.csv = csv.NewReader(t.limit)
	t.csv.LazyQuotes, t.csv.ReuseRecord, t.csv.FieldsPerRecord = true, true, -1
	for _, sep := range []byte("\t;,") {
		if bytes.Count(line, []byte{sep}) > bytes.Count(line, []byte(string(t.csv.Comma))) {
			t.csv.Comma = rune(sep)
		}
	}
	names, err := t.csv.Read()
	if err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	known := 0
	for _, name := range names {
		c := columnOf(strings.TrimSpace(name))
		if c != nil {
			known++
		}
		t.columns = append(t.columns, c)
		t.names = append(t.names, strings.Clone(name))
	}
	t.view = viewOf(t.names)
	if known < 4 {
		return nil, fmt.Errorf("of the %d columns in the header only %d are known: export AudioStreamDetail or VideoStreamDetail of QoEMetrics with its column names", len(names), known)
	}
	return t, nil
}

func viewOf(names []string) string {
	for _, n := range names {
		switch strings.ToLower(n) {
		case "videoframerateavg", "videopostfecplr":
			return "VideoStreamDetail"
		case "spoiledtilepercenttotal":
			return "AppSharingStream"
		}
	}
	return "AudioStreamDetail"
}

func (t *table) next() (Record, error) {
	t.limit.left = MaxRecord
	fields, err := t.csv.Read()
	var wrong *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return Record{}, io.EOF
	case errors.As(err, &wrong) && !errors.Is(err, errLong):
		return Record{}, &LineError{wrong.StartLine, wrong.Err}
	case err != nil:
		return Record{}, fmt.Errorf("a record does not end: %w", err)
	}
	line, _ := t.csv.FieldPos(0)
	row := Row{Label: map[string]string{"VideoStreamDetail": "main-video", "AppSharingStream": "applicationsharing"}[t.view], Text: map[string]string{}, Values: map[string]string{}}
	if row.Label == "" {
		row.Label = "main-audio"
	}
	var key struct{ time, seq, stream string }
	for i, v := range fields {
		if i >= len(t.columns) {
			return Record{}, &LineError{line, fmt.Errorf("%d fields, and %d columns in the header", len(fields), len(t.columns))}
		}
		v = strings.TrimSpace(v)
		if v == "" || v == "NULL" {
			continue
		}
		v = strings.Clone(v)
		switch strings.ToLower(t.names[i]) {
		case "sessiontime", "conferencedatetime":
			key.time = v
		case "sessionseq":
			key.seq = v
		case "streamid":
			key.stream = v
		}
		if c := t.columns[i]; c != nil {
			c(&row, v)
		}
	}
	if row.CallID == "" {
		if key.time == "" || key.seq == "" {
			return Record{}, &LineError{line, errors.New("neither a dialog nor SessionTime and SessionSeq tell which session the stream is of")}
		}
		row.CallID = "qoemetrics:" + key.time + "/" + key.seq
	}
	if _, told := row.Text["direction"]; !told {
		// Without the direction, streams of a line have numbers in turn.
		row.FromCaller = len(key.stream) == 0 || (key.stream[len(key.stream)-1]-'0')%2 == 0
	}
	body, err := json.Marshal(row)
	if err != nil {
		return Record{}, &LineError{line, err}
	}
	return Record{FormatTable, body, line, t.csv.InputOffset()}, nil
}
